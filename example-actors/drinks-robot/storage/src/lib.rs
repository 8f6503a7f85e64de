//! Keeps what others are to know later.

use coyote_guest::prelude::*;
use drinks_robot_messages::{Delete, Read, Value, Write, Written};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
struct Storage {
    values: BTreeMap<String, ActorId>,
}

#[actor]
impl Storage {
    #[on]
    fn read(&mut self, ctx: &Context, read: Read) {
        ctx.send(read.client, Value { value: self.values.get(&read.key).copied() });
    }

    #[on]
    fn write(&mut self, ctx: &Context, write: Write) {
        let existed = self.values.insert(write.key, write.value).is_some();
        ctx.send(write.client, Written { existed });
    }

    #[on]
    fn delete(&mut self, delete: Delete) {
        self.values.remove(&delete.key);
    }
}
