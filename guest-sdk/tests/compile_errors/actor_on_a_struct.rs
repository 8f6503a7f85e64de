use coyote_guest::prelude::*;

#[actor]
#[derive(Debug, Default)]
struct Server;

fn main() {}
