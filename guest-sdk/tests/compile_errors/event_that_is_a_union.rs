#[derive(coyote_guest::Event)]
union Ping {
    number: u32,
    bytes: [u8; 4],
}

fn main() {}
