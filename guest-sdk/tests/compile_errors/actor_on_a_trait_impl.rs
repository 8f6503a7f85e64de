use coyote_guest::prelude::*;

#[derive(Debug)]
struct Server;

#[actor]
impl Default for Server {
    fn default() -> Self {
        Self
    }
}

fn main() {}
