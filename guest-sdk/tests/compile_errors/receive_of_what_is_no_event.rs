use coyote_guest::prelude::*;

async fn f(ctx: &Context) {
    let _: String = ctx.receive().await;
}

fn main() {}
