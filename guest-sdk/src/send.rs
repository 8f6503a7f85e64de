//! The options of one send.

use crate::{GroupId, bindings::coyote::actor::turn};

/// What else is asked of one send.
///
/// ```
/// # use coyote_guest::prelude::*;
/// # #[event] struct Commit;
/// # fn f(ctx: &Context, store: ActorId) {
/// ctx.send_with(store, Commit, SendOptions::new().must_handle().max_instances(1));
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct SendOptions(pub(crate) turn::SendOptions);

impl SendOptions {
    /// None: what a plain send does.
    #[must_use]
    pub const fn new() -> Self {
        Self(turn::SendOptions {
            must_handle: false,
            max_instances: None,
            group: turn::GroupChoice::Current,
        })
    }

    /// A violation if the receiver halts before it took or ignored the event.
    #[must_use]
    pub const fn must_handle(mut self) -> Self {
        self.0.must_handle = true;
        self
    }

    /// A violation if, right after the commit, more than `count` events of this kind wait for the
    /// receiver.
    #[must_use]
    pub const fn max_instances(mut self, count: u32) -> Self {
        self.0.max_instances = Some(count);
        self
    }

    /// The event carries this group instead of the current one.
    #[must_use]
    pub fn group(mut self, group: GroupId) -> Self {
        self.0.group = turn::GroupChoice::This(group.into());
        self
    }

    /// The event carries no group, even if there is a current one.
    #[must_use]
    pub const fn no_group(mut self) -> Self {
        self.0.group = turn::GroupChoice::None;
        self
    }
}

impl Default for SendOptions {
    fn default() -> Self {
        Self::new()
    }
}
