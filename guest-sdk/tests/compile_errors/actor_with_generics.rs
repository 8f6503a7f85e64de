use coyote_guest::prelude::*;

#[derive(Debug, Default)]
struct Server<T>(T);

#[actor]
impl<T> Server<T> {}

fn main() {}
