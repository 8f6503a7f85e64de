//! Sets its keys and asks for them, without waiting.

use chain_replication_messages::{Answer, NewEnds, Plan, Query, Update, Updated};
use coyote_guest::prelude::*;

#[derive(Debug, Default)]
struct Client;

#[actor]
impl Client {
    #[on(init)]
    fn start(&mut self, ctx: &Context, plan: Plan) {
        let Plan { head, tail, first_key, keys } = plan;
        let keys = first_key..first_key + keys;
        let client = ctx.id();
        for key in keys.clone() {
            ctx.send(head, Update { client, key, value: 100 + key });
        }
        for key in keys {
            ctx.send(tail, Query { client, key });
        }
    }

    #[on]
    fn updated(&mut self, updated: Updated) {
        info!("{} is set", updated.key);
    }

    #[on]
    fn answer(&mut self, answer: Answer) {
        info!("{} is {:?}", answer.key, answer.value);
    }

    #[on]
    fn new_ends(&mut self, ends: NewEnds) {
        info!("updates go to {}, queries to {}", ends.head, ends.tail);
    }
}
