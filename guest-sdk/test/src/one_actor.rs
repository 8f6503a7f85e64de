//! One actor alone.

use core::{fmt, marker::PhantomData};
use std::{collections::VecDeque, mem, rc::Rc};

use coyote_guest::{Actor, ActorId, Event, Payload as _};
use coyote_kernel::strategy::{Diverged, Oracle, Question, Strategy};
use coyote_kernel::{
    Alone, Exchange as _, Guests as _, Init, Kernel, Label, Message, Outbox, Parcel, Turn,
};

use crate::{
    app::{definition, event, init, key},
    component::Component,
    desk::{lifted, number},
    did::Did,
    natives::Natives,
    shared::Shared,
};

/// The definition of the actor, and that of everybody else.
const ACTOR: u32 = 0;
const PEER: u32 = 1;

/// An actor with nobody else there: its turns come one after the other, and whom it creates or sends to does nothing.
///
/// See the [crate] for an example.
pub struct OneActor<A> {
    kernel: Kernel,
    exchange: Alone,
    natives: Natives,
    outbox: Outbox,
    draws: VecDeque<u32>,
    id: coyote_kernel::ActorId,
    peers: u32,
    of: PhantomData<A>,
}

impl<A> fmt::Debug for OneActor<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneActor").field("id", &self.id).finish_non_exhaustive()
    }
}

impl<A: Actor> Default for OneActor<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Actor> OneActor<A> {
    /// An actor that has not started yet.
    #[must_use]
    pub fn new() -> Self {
        let names = vec![A::KIND.to_owned(), "peer".to_owned()];
        let shared = Rc::new(Shared::new(names, Some(PEER)));
        let components = vec![Component::of_actor::<A>(), Component::nobody()];
        let definitions = shared
            .definitions
            .iter()
            .zip(&components)
            .map(|(name, it)| definition(&shared, name, *it));
        let kernel = Kernel::new(definitions.collect());
        let mut natives = Natives::new(shared, components, Vec::new());
        natives.begin();
        natives.story = Some(Vec::new());
        Self {
            kernel,
            exchange: Alone::new(100_000),
            natives,
            outbox: Outbox::default(),
            draws: VecDeque::new(),
            id: key().child(coyote_kernel::ActorId::ENVIRONMENT, 0),
            peers: 0,
            of: PhantomData,
        }
    }

    /// The id of the actor.
    #[must_use]
    pub fn id(&self) -> ActorId {
        lifted(self.id).into()
    }

    /// The id of somebody else, who does nothing: to be put into payloads, or to send in whose name.
    pub fn peer(&mut self) -> ActorId {
        self.peers += 1;
        let id = key().child(coyote_kernel::ActorId::ENVIRONMENT, self.peers);
        self.create(id, PEER, self.peers, Init::empty());
        lifted(id).into()
    }

    /// What the actor draws from here on, first to last; 0 or false once they are used up.
    pub fn draws(&mut self, numbers: impl IntoIterator<Item = u32>) {
        self.draws = numbers.into_iter().collect();
    }

    /// Starts the actor; what it did in its first turn, and in all that follow from it.
    pub fn start(&mut self, initial: A::Initial) -> Vec<Did> {
        self.create(self.id, ACTOR, 1, init(&initial.encode()));
        self.run()
    }

    /// Sends an event in somebody's name; what the actor did in all turns that follow from it.
    pub fn send<E: Event>(&mut self, from: ActorId, event_sent: &E) -> Vec<Did> {
        let event = event(&self.natives.shared, E::KIND, &event_sent.encode());
        let message = Message::plain(number(from.into()), event);
        self.kernel.receive(Parcel::Message { to: self.id, message }, &mut self.exchange);
        self.run()
    }

    /// Lets virtual time pass up to the next timer; what the actor did in all turns that follow. None if no timer is
    /// armed.
    pub fn fire(&mut self) -> Option<Vec<Did>> {
        let due = self.kernel.next_due()?;
        self.kernel.advance(due);
        Some(self.run())
    }

    /// The actor as text, as `Debug` has it, behind its states if it has any. Empty once it is gone.
    pub fn state(&mut self) -> String {
        let slot = self.kernel.slot(self.id);
        let state = slot.and_then(|slot| self.natives.state(&self.kernel, slot));
        state.unwrap_or_default()
    }

    /// The kinds of the events that wait, deferred ones included, the oldest first.
    #[must_use]
    pub fn inbox(&self) -> Vec<String> {
        let slot = self.kernel.slot(self.id).into_iter();
        let waiting = slot.flat_map(|slot| self.kernel.waiting(slot));
        waiting.map(|message| self.natives.kind_name(message.event.kind)).collect()
    }

    fn create(&mut self, id: coyote_kernel::ActorId, definition: u32, ordinal: u32, init: Init) {
        let bound = self.exchange.bind(id, coyote_kernel::ActorId::ENVIRONMENT, ordinal);
        bound.expect("an actor is started once");
        let (label, group) = (Label::Ordinal(ordinal), None);
        let parcel = Parcel::Create { id, definition, label, init, group };
        self.kernel.receive(parcel, &mut self.exchange);
    }

    fn run(&mut self) -> Vec<Did> {
        let mut oracle = Some(Box::new(Oracle::new(Box::new(Script(mem::take(&mut self.draws))))));
        while let Some(turn) = self.kernel.next(&mut self.outbox, &mut self.exchange) {
            self.turn(turn, &mut oracle);
        }
        let story = self.natives.story.replace(Vec::new()).unwrap_or_default();
        story.into_iter().flat_map(|turn| turn.did).collect()
    }

    fn turn(&mut self, turn: Turn, oracle: &mut Option<Box<Oracle>>) {
        let Self { kernel, exchange, natives, outbox, .. } = self;
        let slot = turn.slot;
        let (turn, failure) = match natives.turn(kernel, &turn, outbox, oracle) {
            Ok(()) => match kernel.commit(turn, outbox, exchange) {
                Ok(ended) => return natives.commit(slot, ended),
                Err(refused) => {
                    let (turn, failure) = refused.into_failure(|kind| natives.kind_name(kind));
                    natives.refuse(&failure);
                    (turn, failure)
                }
            },
            Err(failure) => (turn, failure),
        };
        outbox.clear();
        let recovery = kernel.fail(turn, failure, exchange);
        natives.recover(slot, recovery);
    }
}

/// Draws what a test says.
struct Script(VecDeque<u32>);

impl Strategy for Script {
    fn begin(&mut self, _: u64) {}

    fn choose(&mut self, question: &Question<'_>) -> Result<u32, Diverged> {
        Ok(self.0.pop_front().unwrap_or(0).min(question.bound() - 1))
    }

    fn is_fair(&self) -> bool {
        false
    }
}
