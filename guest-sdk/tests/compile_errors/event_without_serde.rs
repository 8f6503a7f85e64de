#[derive(coyote_guest::Event, Debug)]
struct Ping(u32);

fn main() {}
