//! The macros of coyote-guest, which re-exports them: see there for the tutorial.

mod actor;
mod event;
mod handler;
mod kind;
mod monitor;
mod program;
mod states;
mod table;

use proc_macro::TokenStream;

/// Makes an actor of a type. Goes on an `impl` block of it.
///
/// The handlers are the methods with `#[on]`:
///
/// | attribute | is called | takes, after `&mut self` and `ctx: &Context` |
/// | --- | --- | --- |
/// | `#[on]` | with each event of its kind | the event, by value |
/// | `#[on(any)]` | with each event that no other handler takes, `halt` included | an `AnyEvent` |
/// | `#[on(init)]` | in the first turn | the initial payload, of any type serde reads, or nothing |
/// | `#[on(error)]` | when a handler returned an error, or there is none for an event | a `&HandlerError`; returns an `OnError` |
/// | `#[on(halt)]` | last, in the turn in which the actor halts | the `&AnyEvent` that led to it, or nothing |
///
/// `ctx` may be left out where it is not needed. Handlers return nothing, or a `Result<(), E>` where
/// `E: Display`. `#[on(init)]` may be a constructor instead of a method: without `self`, it returns the
/// actor, or a `Result` of it.
///
/// The first three of the table may be `async`: they may [receive](https://docs.rs/coyote-guest), ask, sleep and wait for
/// tasks. While one of them waits, the actor takes no other events.
///
/// The actor is called after its type in kebab case; `#[actor(kind = "..")]` gives it another name.
/// Under wasm the attribute also makes the exports of the component, so it stands once in a crate.
///
/// # With states
///
/// `#[actor(states = ..)]` names the enum of its [`states`](macro@states). `#[on]` is then for all states that have no
/// reaction of their own. The others name states, or sets of them, several as in `#[on(in One, Other)]`:
///
/// | attribute | is called | takes, after `&mut self` and `ctx: &Context` |
/// | --- | --- | --- |
/// | `#[on(in State)]` | with each event of its kind that comes in this state | the event, by value |
/// | `#[on(any in State)]` | with each event for which the state has no other reaction | an `AnyEvent` |
/// | `#[on(default in State)]` | whenever the inbox offers nothing | nothing |
/// | `#[on(entry in State)]` | when the state is entered, the first one after `#[on(init)]` | the `&AnyEvent` that led to it, or nothing |
/// | `#[on(exit in State)]` | when the state is left | the same |
/// | `#[on(goto in State)]` | between exit and entry, when a `goto` that is declared at the state is taken | the event, by value |
///
/// Handlers and entries return what comes next, in any of the forms of `IntoNext`; exits and `#[on(goto ..)]` return
/// nothing, or a `Result<(), E>`. All of these may be `async`. What comes next comes once they have ended; until then the
/// actor takes no other events.
///
/// # Callbacks
///
/// | attribute | is called |
/// | --- | --- |
/// | `#[on(dequeued)]` | before the reaction to an event of the inbox |
/// | `#[on(handled)]` | after it, with all that was raised in between |
/// | `#[on(ignored)]` | with each event that the states ignore: a turn of its own, unless it was raised |
/// | `#[on(deferred)]` | with each event that the states defer, once per stack of states: a turn of its own |
/// | `#[on(unhandled)]` | with an event for which there is no reaction, before `#[on(error)]`; to halt here averts the failure |
/// | `#[on(error_handled)]` | after an `#[on(error)]` that did not fail the turn; takes a `&HandlerError` |
///
/// They take `ctx`, the `&AnyEvent`, and with states `#[on(unhandled)]` the state in which the event was taken, each if
/// it is needed, and return nothing, or a `Result<(), E>`. `ignored` and `deferred` are for actors with states: others
/// do neither.
///
/// # Example
///
/// ```
/// use coyote_guest::prelude::*;
///
/// #[event]
/// struct Deposit {
///     amount: u32,
/// }
///
/// #[derive(Debug, Default)]
/// struct Account {
///     balance: u32,
/// }
///
/// #[actor(kind = "bank-account")]
/// impl Account {
///     #[on(init)]
///     fn open(&mut self, initial_balance: u32) {
///         self.balance = initial_balance;
///     }
///
///     #[on]
///     fn deposit(&mut self, deposit: Deposit) -> Result<(), String> {
///         let sum = self.balance.checked_add(deposit.amount);
///         self.balance = sum.ok_or_else(|| format!("{} is too much", deposit.amount))?;
///         Ok(())
///     }
///
///     #[on(error)]
///     fn refused(&mut self, error: &HandlerError) -> OnError {
///         warn!("{}: {error}", error.kind());
///         OnError::Handled
///     }
///
///     #[on(any)]
///     fn other(&mut self, ctx: &Context, event: AnyEvent) {
///         info!("`{}` ends the account", event.kind());
///         ctx.halt();
///     }
///
///     #[on(halt)]
///     fn close(&mut self) {
///         info!("closed with {}", self.balance);
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn actor(arguments: TokenStream, item: TokenStream) -> TokenStream {
    finish(actor::expand(arguments.into(), item.into()))
}

/// Makes a monitor of a type that has a `Default`. Goes on an `impl` block of it.
///
/// The handlers are the methods with `#[on]`:
///
/// | attribute | is called | takes, after `&mut self` |
/// | --- | --- | --- |
/// | `#[on(in State)]` | with each event of its kind that comes in this state | the event, by value |
/// | `#[on]` | with each event of its kind for which the state has no reaction | the event, by value |
/// | `#[on(any in State)]` | with each event for which the state has no other reaction | nothing |
/// | `#[on(entry in State)]` | when the state is entered, the first one at the start | nothing |
/// | `#[on(exit in State)]` | when the state is left | nothing |
/// | `#[on(goto in State)]` | between exit and entry, when a `goto` that is declared at the state is taken | the event, by value |
///
/// Several states are written `#[on(in One, Other)]`. What the states are, and what they do without a handler, is
/// said where they are declared: see [`states`](macro@states), which `#[monitor(states = ..)]` names. A
/// monitor that names none is always in one state, which is neither hot nor cold.
///
/// Handlers return what comes next, in any of the forms of `IntoNext`: nothing, a state to go to, an `Option` of one,
/// a `Next`, or a `Result` of these and an error, which is a violation. Exits and `#[on(goto ..)]` return nothing, or a
/// `Result<(), E>`. A monitor can neither push, pop, defer nor halt.
///
/// The monitor is called after its type in kebab case; `#[monitor(name = "..")]` gives it another name. Under wasm
/// the attribute also makes the exports of the component, so it stands once in a crate.
///
/// ```
/// use coyote_guest::prelude::*;
///
/// #[event]
/// struct Taken {
///     by: ActorId,
/// }
///
/// #[event]
/// struct GivenBack;
///
/// /// A lock has one holder at a time.
/// #[derive(Debug, Default)]
/// struct OneHolder {
///     holder: Option<ActorId>,
/// }
///
/// #[monitor]
/// impl OneHolder {
///     #[on]
///     fn taken(&mut self, taken: Taken) {
///         let holder = self.holder.replace(taken.by);
///         ensure!(holder.is_none(), "{} took what {holder:?} has", taken.by);
///     }
///
///     #[on]
///     fn given_back(&mut self, _: GivenBack) {
///         self.holder = None;
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn monitor(arguments: TokenStream, item: TokenStream) -> TokenStream {
    finish(monitor::expand(arguments.into(), item.into()))
}

/// Makes states of the variants of an enum, for [`actor`](macro@actor) and [`monitor`](macro@monitor). The first is the
/// start state.
///
/// What `#[state(..)]` says of a variant:
///
/// | | |
/// | --- | --- |
/// | `goto(Event => State, ..)` | the event leads to another state, or to the same again |
/// | `push(Event => State, ..)` | the event puts another state on top of this one; actors only |
/// | `defer(Event, ..)` | the event waits for a state that does not defer it; actors only |
/// | `ignore(Event, ..)` | the event is dropped |
/// | `include(Set, ..)` | what the sets say holds here too |
/// | `hot` | progress is owed: the app must not come to rest here, nor stay for ever; monitors only |
/// | `cold` | progress was made; monitors only |
/// | `name = ".."` | the name in reports, else that of the variant in kebab case; dots make groups, as in `"call.talking"` |
///
/// A variant with `#[set(..)]` is no state but a set of reactions that states include, with `goto`, `push`, `defer`,
/// `ignore`. Handlers, entries and exits may be in a set, too: `#[on(in Set)]`. What a state says itself replaces what
/// its set says in the same way (a handler a handler, a goto a goto, ..); in another way is an error, as are two sets of
/// one state with reactions to one kind.
///
/// `any` in the place of an event stands for every event for which the state has no other reaction, `default`, in `goto`
/// and `push`, for the event that comes whenever the inbox offers nothing. A state and a kind of event have at most one
/// reaction, whether it stands here or at a handler.
///
/// ```
/// use coyote_guest::prelude::*;
///
/// # #[event] struct Elected;
/// # #[event] struct Crashed;
/// #[states]
/// enum Leader {
///     #[state(hot, goto(Elected => Known), ignore(Crashed))]
///     Unknown,
///     #[state(cold, goto(Crashed => Unknown), ignore(any))]
///     Known,
/// }
/// ```
///
/// It derives `Clone`, `Copy`, `Debug`, `PartialEq` and `Eq`.
#[proc_macro_attribute]
pub fn states(arguments: TokenStream, item: TokenStream) -> TokenStream {
    finish(states::expand(&arguments.into(), item.into()))
}

/// Makes a component of a plain async program: an actor without handlers, whose first turn and what follows from it is
/// the function.
///
/// It takes a `&Context` or nothing, after it the initial payload if there is one, and returns nothing or a
/// `Result<(), E>` where `E: Display`. When it returns the actor halts, and tasks that it did not await are dropped.
///
/// The actor is called after its package; `#[main(kind = "..")]` gives it another name.
///
/// ```
/// use coyote_guest::{prelude::*, sync::mpsc};
///
/// #[coyote_guest::main]
/// async fn count() {
///     let (sender, mut receiver) = mpsc::unbounded_channel();
///     for number in 0..3 {
///         let sender = sender.clone();
///         coyote_guest::spawn(async move { sender.send(number) });
///     }
///     drop(sender);
///     while let Some(number) = receiver.recv().await {
///         info!("{number}");
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn main(arguments: TokenStream, item: TokenStream) -> TokenStream {
    finish(program::expand(arguments.into(), item.into()))
}

/// Marks a handler; see [`actor`](macro@actor) and [`monitor`](macro@monitor).
#[proc_macro_attribute]
pub fn on(_: TokenStream, item: TokenStream) -> TokenStream {
    let message = "`#[on]` marks a method in an `impl` block that has `#[actor]` or `#[monitor]`";
    let error = syn::Error::new(proc_macro2::Span::call_site(), message).into_compile_error();
    [error.into(), item].into_iter().collect()
}

/// Makes an event of a struct or enum: derives `Event`, `Clone`, `Debug`, and serde's `Serialize` and
/// `Deserialize`.
///
/// The kind of the event is the name of the type in kebab case; `#[event(kind = "..")]` gives another.
///
/// ```
/// use coyote_guest::prelude::*;
///
/// #[event]
/// struct NodeFailed {
///     node: ActorId,
/// }
///
/// #[event(kind = "node-is-back")]
/// struct Recovered;
///
/// assert_eq!(NodeFailed::KIND, "node-failed");
/// assert_eq!(Recovered::KIND, "node-is-back");
/// ```
#[proc_macro_attribute]
pub fn event(arguments: TokenStream, item: TokenStream) -> TokenStream {
    finish(event::expand_event(&arguments.into(), &item.into()))
}

/// Makes a struct or enum ready to travel: as an initial payload, or as a part of an event. Derives
/// `Clone`, `Debug`, and serde's `Serialize` and `Deserialize`, whose attributes may be used.
///
/// ```
/// use coyote_guest::prelude::*;
///
/// #[payload]
/// struct Setup {
///     server: ActorId,
///     #[serde(default)]
///     rounds: u32,
/// }
/// ```
#[proc_macro_attribute]
pub fn payload(arguments: TokenStream, item: TokenStream) -> TokenStream {
    finish(event::expand_payload(&arguments.into(), &item.into()))
}

/// Makes an event of a type. For types that choose their other derives; [`event`](macro@event) is shorter.
///
/// A type with fields needs `Serialize` and `Deserialize`, one without does not. All need `Debug`.
///
/// ```
/// #[derive(coyote_guest::Event, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
/// #[event(kind = "node-failed")]
/// struct Failed(u32);
/// ```
#[proc_macro_derive(Event, attributes(event))]
pub fn derive_event(item: TokenStream) -> TokenStream {
    finish(event::derive(item.into()))
}

/// What was made, or the error as one that the compiler shows.
fn finish(expanded: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    expanded.unwrap_or_else(syn::Error::into_compile_error).into()
}
