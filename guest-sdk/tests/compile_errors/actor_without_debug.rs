use coyote_guest::prelude::*;

#[derive(Default)]
struct Server;

#[actor]
impl Server {}

fn main() {}
