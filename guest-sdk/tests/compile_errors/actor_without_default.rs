use coyote_guest::prelude::*;

#[derive(Debug)]
struct Server;

#[actor]
impl Server {}

fn main() {}
