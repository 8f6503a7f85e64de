use coyote_guest::prelude::*;

#[event]
fn ping() {}

fn main() {}
