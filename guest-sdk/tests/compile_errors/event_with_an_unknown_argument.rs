use coyote_guest::prelude::*;

#[event(name = "ping")]
struct Ping;

fn main() {}
