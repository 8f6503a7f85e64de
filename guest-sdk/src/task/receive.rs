//! Receiving events inside a handler (section 8).

use super::{
    executor::{self, Condition},
    kinds,
    wait::{Delivery, Waiting},
};
use crate::{
    Context as Turn, Event,
    bindings::coyote::actor::waits::{Wait, Wanted},
    event::decode,
    failure::{Cause, fail},
    payload::Encoded,
};
use core::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};
use std::rc::Rc;

impl Turn {
    /// Waits for the oldest event of a kind, of those in the inbox and those to come. The others stay as they are: a
    /// receive takes no notice of what handlers there are.
    ///
    /// ```
    /// # use coyote_guest::prelude::*;
    /// # #[event] struct Ping { caller: ActorId }
    /// # #[event] struct Pong;
    /// # async fn f(ctx: &Context, server: ActorId) {
    /// ctx.send(server, Ping { caller: ctx.id() });
    /// let pong: Pong = ctx.receive().await;
    /// # }
    /// ```
    pub fn receive<E: Event + 'static>(&self) -> Receive<E> {
        self.receive_of().kind(|event: E| event)
    }

    /// Waits for the oldest event of a kind that a condition accepts. The condition may do nothing but look: it runs in
    /// a turn of its own.
    ///
    /// ```
    /// # use coyote_guest::prelude::*;
    /// # #[event] struct Vote { round: u32 }
    /// # async fn f(ctx: &Context, round: u32) {
    /// let vote = ctx.receive_if(move |vote: &Vote| vote.round == round).await;
    /// # }
    /// ```
    pub fn receive_if<E: Event + 'static>(
        &self,
        condition: impl Fn(&E) -> bool + 'static,
    ) -> Receive<E> {
        self.receive_of().kind_if(condition, |event: E| event)
    }

    /// Waits for the oldest event of several kinds, which are then named one by one.
    ///
    /// ```
    /// # use coyote_guest::prelude::*;
    /// # #[event] struct Commit { round: u32 }
    /// # #[event] struct Abort;
    /// enum Decision {
    ///     Commit(Commit),
    ///     Abort(Abort),
    /// }
    ///
    /// # async fn f(ctx: &Context) {
    /// match ctx.receive_of().kind(Decision::Commit).kind(Decision::Abort).await {
    ///     Decision::Commit(commit) => info!("round {} is over", commit.round),
    ///     Decision::Abort(_) => info!("aborted"),
    /// }
    /// # }
    /// ```
    pub fn receive_of<T>(&self) -> Receive<T> {
        Receive { arms: Vec::new(), waiting: Waiting::new() }
    }
}

/// An event to come.
#[must_use = "nothing is received before it is awaited"]
pub struct Receive<T> {
    arms: Vec<Arm<T>>,
    waiting: Waiting,
}

/// One kind that is accepted.
struct Arm<T> {
    kind: u32,
    condition: Option<(u32, Condition)>,
    make: Rc<dyn Fn(&Encoded) -> T>,
}

impl<T> Drop for Arm<T> {
    fn drop(&mut self) {
        if let Some((number, _)) = &self.condition {
            executor::remove_condition(*number);
        }
    }
}

impl<T> Receive<T> {
    /// Events of the kind that `make` takes.
    pub fn kind<E: Event + 'static>(mut self, make: impl Fn(E) -> T + 'static) -> Self {
        self.add::<E>(None, make);
        self
    }

    /// Events of the kind that `make` takes, if a condition accepts them.
    pub fn kind_if<E: Event + 'static>(
        mut self,
        condition: impl Fn(&E) -> bool + 'static,
        make: impl Fn(E) -> T + 'static,
    ) -> Self {
        let condition: Condition = Rc::new(move |event| condition(&decode(event)));
        self.add::<E>(Some(condition), make);
        self
    }

    fn add<E: Event + 'static>(
        &mut self,
        condition: Option<Condition>,
        make: impl Fn(E) -> T + 'static,
    ) {
        let condition =
            condition.map(|condition| (executor::add_condition(Rc::clone(&condition)), condition));
        self.arms.push(Arm {
            kind: kinds::index_of::<E>(),
            condition,
            make: Rc::new(move |event| make(decode(event))),
        });
    }

    fn take(&self, kind: u32, event: &Encoded) -> T {
        let mut arms = self.arms.iter();
        let accepts = |arm: &&Arm<T>| {
            let condition = arm.condition.as_ref();
            arm.kind == kind && condition.is_none_or(|(_, condition)| condition(event))
        };
        match arms.find(accepts) {
            Some(arm) => (arm.make)(event),
            None => fail(Cause::IllegalCall, format_args!("an event that no receive accepts")),
        }
    }
}

impl<T> Future for Receive<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Self { arms, waiting } = &mut *self;
        let delivery = waiting.poll(cx, || {
            let wanted = arms.iter().map(|arm| Wanted {
                kind: arm.kind,
                condition: arm.condition.as_ref().map(|(number, _)| *number),
            });
            Wait::Receive(wanted.collect())
        });
        delivery.map(|delivery| match delivery {
            Delivery::Event(kind, event) => self.take(kind, &event),
            Delivery::Time | Delivery::Answer(_) => super::wrong_delivery(),
        })
    }
}

impl<T> fmt::Debug for Receive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receive").finish_non_exhaustive()
    }
}
