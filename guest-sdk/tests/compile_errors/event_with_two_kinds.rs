use coyote_guest::prelude::*;

#[event(kind = "ping", kind = "pong")]
struct Ping;

fn main() {}
