use coyote_guest::prelude::*;

#[event(kind = "*")]
struct Ping;

fn main() {}
