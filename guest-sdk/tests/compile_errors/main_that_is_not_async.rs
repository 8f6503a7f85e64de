#[coyote_guest::main]
fn main() {}
