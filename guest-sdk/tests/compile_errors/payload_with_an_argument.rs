use coyote_guest::prelude::*;

#[payload(kind = "setup")]
struct Setup;

fn main() {}
