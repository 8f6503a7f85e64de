//! A model with all the steps that coyote-host takes: the start of an actor is one, and so is a message that changes nothing, which
//! Stateright's networks keep for ever. So both go through the same states.

use std::borrow::Cow;

use stateright::Expectation;
use stateright::actor::{Actor, ActorModel, Command, Envelope, Id, Network, Out};

use crate::register::{Member, agree};

/// An actor that starts when it is told to, and takes whatever comes after that.
#[derive(Clone, Debug)]
pub(crate) struct Stepping(Member);

/// None tells an actor to start.
type Message = Option<<Member as Actor>::Msg>;

impl Actor for Stepping {
    type Msg = Message;
    type Timer = ();
    /// None before it has started.
    type State = Option<<Member as Actor>::State>;
    type Storage = ();
    type Random = ();

    fn on_start(&self, _: Id, _: &Option<()>, _: &mut Out<Self>) -> Self::State {
        None
    }

    fn on_msg(
        &self,
        id: Id,
        state: &mut Cow<'_, Self::State>,
        from: Id,
        message: Message,
        out: &mut Out<Self>,
    ) {
        let mut sent = Out::new();
        let next = match (&**state, message) {
            (None, None) => self.0.on_start(id, &None, &mut sent),
            (Some(present), Some(message)) => {
                let mut present = Cow::Borrowed(present);
                self.0.on_msg(id, &mut present, from, message, &mut sent);
                present.into_owned()
            }
            // It waits until the actor has started.
            (None, Some(_)) => return,
            (Some(_), None) => unreachable!("an actor starts once"),
        };
        *state = Cow::Owned(Some(next));
        for command in sent {
            let Command::Send(to, message) = command else { unreachable!("they only send") };
            out.send(to, Some(message));
        }
    }
}

/// A model with the actors of this one.
pub(crate) fn of(model: ActorModel<Member, (), ()>) -> ActorModel<Stepping, (), ()> {
    let starts = (0..model.actors.len()).map(|number| {
        let id = Id::from(number);
        Envelope { src: id, dst: id, msg: None }
    });
    ActorModel::new((), ())
        .init_network(Network::new_unordered_nonduplicating(starts))
        .actors(model.actors.into_iter().map(Stepping))
        .property(Expectation::Always, "one value is decided", |_, state| {
            agree(state.actor_states.iter().filter_map(|member| member.as_ref().as_ref()))
        })
}
