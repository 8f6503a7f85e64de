//! What an actor may ask of the world during a turn.

use crate::{
    Actor, ActorId, AnyEvent, Event, Firing, GroupId, Payload, SendOptions, TimerId,
    failure::{Cause, fail, fail_assertion},
    host::{choice, timers, turn},
    payload::Encoded,
    timer::{lift, lower},
};
use core::{cell::Cell, fmt, time::Duration};
use serde::Serialize;

/// The turn in which a handler runs, and all that it may ask of the world.
///
/// What acts is *staged*: it leaves when the turn has ended, in the order of the calls, as one unit. If
/// the turn fails, nothing leaves. What asks (ids, time, choices) is answered at once.
///
/// An actor is not given more than its manifest grants and its limits allow; to go beyond fails the
/// turn, so no method here returns an error for it.
///
/// It is a handle that may be copied, for example into a [task](crate::task::spawn).
#[derive(Debug, Clone, Copy)]
pub struct Context(());

thread_local! {
    /// Whether the actor is to end with this turn. All contexts of an actor share it.
    static HALTING: Cell<bool> = const { Cell::new(false) };
}

/// The actor itself, and the others.
impl Context {
    /// The context of a new turn. Only the exports make one.
    pub(crate) fn new() -> Self {
        HALTING.set(false);
        Self(())
    }

    /// The context of a turn that is under way.
    pub(crate) const fn of_this_turn() -> Self {
        Self(())
    }

    /// The id of this actor.
    #[must_use]
    pub fn id(&self) -> ActorId {
        turn::self_id().into()
    }

    /// How logs and reports call this actor: its name, else its kind and ordinal, such as `client-2`.
    #[must_use]
    pub fn label(&self) -> String {
        turn::label()
    }

    /// Creates an actor whose type is known here. The id may be used at once.
    ///
    /// ```
    /// # use coyote_guest::prelude::*;
    /// #[derive(Debug)]
    /// struct Countdown(u32);
    ///
    /// #[actor]
    /// impl Countdown {
    ///     #[on(init)]
    ///     fn new(ctx: &Context, count: u32) -> Self {
    ///         if count > 0 {
    ///             ctx.create::<Self>(count - 1);
    ///         }
    ///         Self(count)
    ///     }
    /// }
    /// ```
    pub fn create<A: Actor>(&self, initial: A::Initial) -> ActorId {
        self.create_kind(A::KIND, initial)
    }

    /// Creates an actor of another crate or language. `kind` is its name in the manifest.
    pub fn create_kind(&self, kind: &str, initial: impl Payload) -> ActorId {
        create(kind, None, &initial.encode())
    }

    /// Creates an actor with a name of 1 to 256 bytes: the same kind and name give the same id for the whole run.
    pub fn create_named(&self, kind: &str, name: &str, initial: impl Payload) -> ActorId {
        create(kind, Some(name), &initial.encode())
    }

    /// An id for an actor of this kind that [`create_at`](Self::create_at) is to create.
    #[must_use]
    pub fn reserve_id(&self, kind: &str) -> ActorId {
        turn::reserve_id(kind).into()
    }

    /// Creates an actor at a reserved id, or at that of an actor which has halted. If the holder of the
    /// id has not halted when the turn commits, that is a violation. Another kind than the reserved one fails the turn.
    pub fn create_at(&self, id: ActorId, kind: &str, initial: impl Payload) {
        let Encoded { encoding, bytes } = initial.encode();
        turn::create_at(id.into(), kind, encoding, &bytes);
    }

    /// The id of the actor of this kind and name, whether it was created yet or not: until then what is
    /// sent to it becomes a dead letter.
    #[must_use]
    pub fn id_of(&self, kind: &str, name: &str) -> ActorId {
        turn::id_of(kind, name).into()
    }

    /// Asks for an [`ActorDown`](crate::ActorDown) once that actor is gone; at once if it is gone already.
    pub fn watch(&self, id: ActorId) {
        turn::watch(id.into());
    }

    /// Ends this actor when the turn commits. The rest of the handler runs, then `#[on(halt)]`.
    ///
    /// To ask twice in one turn fails the turn.
    pub fn halt(&self) {
        if HALTING.replace(true) {
            fail(Cause::IllegalCall, format_args!("halt was asked for twice in one turn"));
        }
    }

    /// Ends this actor, whether or not that was asked for before.
    pub(crate) fn end(&self) {
        HALTING.set(true);
    }

    pub(crate) fn is_halting(&self) -> bool {
        HALTING.get()
    }

    /// Whether a halt was asked for that nobody has dealt with.
    pub(crate) fn take_halt() -> bool {
        HALTING.take()
    }
}

/// Events.
impl Context {
    /// Sends an event. Events from one actor to another keep their order.
    ///
    /// A receiver that is gone makes it a dead letter, which is no error. An id that was never issued fails the turn.
    pub fn send<E: Event>(&self, to: ActorId, event: E) {
        let Encoded { encoding, bytes } = event.encode();
        turn::send(to.into(), E::KIND, encoding, &bytes);
    }

    /// Sends an event, with options.
    pub fn send_with<E: Event>(&self, to: ActorId, event: E, options: SendOptions) {
        let Encoded { encoding, bytes } = event.encode();
        turn::send_with(to.into(), E::KIND, encoding, &bytes, options.0);
    }

    /// Passes an event of any kind on, as it came.
    pub fn forward(&self, to: ActorId, event: &AnyEvent) {
        let Encoded { encoding, bytes } = event.payload();
        turn::send(to.into(), event.kind(), *encoding, bytes);
    }

    /// Answers the request that is being worked on, as JSON. Only the first answer reaches the asker.
    ///
    /// It fails the turn if the current [group](Self::group) is not that of a request, or if the answer cannot be JSON,
    /// such as a map whose keys are structs.
    pub fn reply(&self, answer: impl Serialize) {
        let Encoded { encoding, bytes } = Encoded::json(&answer);
        turn::reply(encoding, &bytes);
    }

    /// Answers the request that is being worked on with an error. It fails the turn if the current [group](Self::group) is
    /// not that of a request.
    pub fn reply_error(&self, error: impl fmt::Display) {
        turn::reply_error(&error.to_string());
    }

    /// Notifies a monitor. It gets the notifications of a turn at once, before anybody can act on the
    /// turn. Nothing happens if the app has no such monitor.
    pub fn notify<E: Event>(&self, monitor: &str, event: E) {
        let Encoded { encoding, bytes } = event.encode();
        turn::notify(monitor, E::KIND, encoding, &bytes);
    }

    /// The current group: that of the last event taken which had one.
    #[must_use]
    pub fn group(&self) -> Option<GroupId> {
        turn::group().map(GroupId::from)
    }

    /// Opens a new group, with a name of 1 to 256 bytes or without. It does not become the current one.
    pub fn open_group(&self, name: Option<&str>) -> GroupId {
        turn::open_group(name).into()
    }

    /// Makes a group the current one, or none.
    pub fn set_group(&self, group: Option<GroupId>) {
        turn::set_group(group.map(GroupId::into));
    }
}

/// Time.
impl Context {
    /// Virtual time since the start of the app. Constant within a turn.
    #[must_use]
    pub fn now(&self) -> Duration {
        lift(turn::now())
    }

    /// Starts a timer: the event arrives once, `after` from now, which may be zero. More than `u32::MAX` seconds, about
    /// 136 years, count as so many.
    pub fn start_timer<E: Event>(&self, after: Duration, event: E) -> TimerId {
        let Encoded { encoding, bytes } = event.encode();
        TimerId(timers::start(lower(after), E::KIND, encoding, &bytes))
    }

    /// Starts a timer whose event arrives `after` from now, then every `period`. A period of zero fails the turn.
    ///
    /// At most one event of it waits in the inbox; [`firing`](Self::firing) tells how many ticks it
    /// stands for.
    pub fn start_periodic<E: Event>(&self, after: Duration, period: Duration, event: E) -> TimerId {
        let Encoded { encoding, bytes } = event.encode();
        TimerId(timers::start_periodic(lower(after), lower(period), E::KIND, encoding, &bytes))
    }

    /// Stops a timer: nothing of it arrives any more, not even an event that waits in the inbox.
    /// Stopping one that is stopped or spent does nothing; a number that this actor never got fails the turn.
    pub fn stop_timer(&self, timer: TimerId) {
        timers::stop(timer.0);
    }

    /// The firing that the event of this turn tells of; none if it does not come from a timer.
    #[must_use]
    pub fn firing(&self) -> Option<Firing> {
        timers::fired().map(Firing::from)
    }
}

/// Choices and claims.
impl Context {
    /// True or false. Exploration tries both.
    #[must_use]
    pub fn random_bool(&self) -> bool {
        choice::random_bool()
    }

    /// A number below `bound`. Exploration tries all. A bound of 0 fails the turn.
    #[must_use]
    pub fn random_below(&self, bound: u32) -> u32 {
        choice::random_below(bound)
    }

    /// Fails the turn unless a condition holds. [`ensure!`](crate::ensure) does the same and formats.
    #[track_caller]
    pub fn assert(&self, condition: bool, message: impl fmt::Display) {
        if !condition {
            fail_assertion(format_args!("{message}"));
        }
    }
}

fn create(kind: &str, name: Option<&str>, initial: &Encoded) -> ActorId {
    turn::create(kind, name, initial.encoding, &initial.bytes).into()
}
