//! The methods with `#[on]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{
    Attribute, Error, FnArg, ImplItemFn, Meta, Result, Signature, Token, Type,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
    spanned::Spanned as _,
};

/// Whose handler it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// An actor without states.
    Plain,
    /// An actor with states.
    Machine,
    Monitor,
}

impl Owner {
    fn expected(self) -> &'static str {
        match self {
            Self::Plain => {
                "expected `#[on]`, `#[on(any)]`, `#[on(init)]`, `#[on(error)]`, `#[on(halt)]`, \
                 or one of the callbacks `dequeued`, `handled`, `unhandled`, `error_handled`"
            }
            Self::Machine => {
                "expected `#[on]`, `#[on(in State)]`, one of `any`, `default`, `entry`, `exit`, `goto` as in \
                 `#[on(entry in State)]`, `#[on(init)]`, `#[on(error)]`, `#[on(halt)]`, or one of the callbacks \
                 `dequeued`, `handled`, `ignored`, `deferred`, `unhandled`, `error_handled`"
            }
            Self::Monitor => {
                "expected `#[on]`, `#[on(in State)]`, or one of `any`, `entry`, `exit`, `goto` as in \
                 `#[on(entry in State)]`"
            }
        }
    }

    fn has(self, role: Role) -> bool {
        match self {
            Self::Plain => !matches!(
                role,
                Role::Entry
                    | Role::Exit
                    | Role::Goto
                    | Role::Default
                    | Role::Ignored
                    | Role::Deferred
            ),
            Self::Machine => true,
            Self::Monitor => {
                matches!(role, Role::Event | Role::Any | Role::Entry | Role::Exit | Role::Goto)
            }
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Plain | Self::Machine => "actor",
            Self::Monitor => "monitor",
        }
    }
}

/// When a handler is called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Event,
    Any,
    Default,
    Entry,
    Exit,
    Goto,
    Init,
    Error,
    ErrorHandled,
    Halt,
    Dequeued,
    Handled,
    Ignored,
    Deferred,
    Unhandled,
}

/// What stands in the parentheses of `#[on(..)]`.
struct When {
    role: Option<Ident>,
    states: Vec<Ident>,
}

impl Parse for When {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let role = if input.peek(Token![in]) { None } else { Some(input.parse()?) };
        let states = if input.is_empty() {
            Vec::new()
        } else {
            input.parse::<Token![in]>()?;
            Punctuated::<Ident, Token![,]>::parse_separated_nonempty(input)?.into_iter().collect()
        };
        Ok(Self { role, states })
    }
}

impl When {
    /// The role, and the states in which it is played; no state stands for all of them.
    fn read(attribute: &Attribute, owner: Owner) -> Result<(Role, Vec<Ident>)> {
        if matches!(attribute.meta, Meta::Path(_)) {
            return Ok((Role::Event, Vec::new()));
        }
        let Self { role: name, states } =
            attribute.parse_args().map_err(|_| Error::new_spanned(attribute, owner.expected()))?;
        if owner == Owner::Plain
            && let Some(state) = states.first()
        {
            return Err(Error::new(
                state.span(),
                "this actor has no states: `#[actor(states = ..)]` names the enum of them",
            ));
        }
        let role = match &name {
            Some(name) => Role::named(name)
                .filter(|&role| owner.has(role))
                .ok_or_else(|| Error::new(name.span(), owner.expected()))?,
            None => Role::Event,
        };
        match states.first() {
            Some(state) if !role.is_of_states() => {
                Err(Error::new(state.span(), format!("`{}` is for all states", role.attribute())))
            }
            _ => Ok((role, states)),
        }
    }
}

impl Role {
    fn named(name: &Ident) -> Option<Self> {
        match name.to_string().as_str() {
            "any" => Some(Self::Any),
            "default" => Some(Self::Default),
            "entry" => Some(Self::Entry),
            "exit" => Some(Self::Exit),
            "goto" => Some(Self::Goto),
            "init" => Some(Self::Init),
            "error" => Some(Self::Error),
            "error_handled" => Some(Self::ErrorHandled),
            "halt" => Some(Self::Halt),
            "dequeued" => Some(Self::Dequeued),
            "handled" => Some(Self::Handled),
            "ignored" => Some(Self::Ignored),
            "deferred" => Some(Self::Deferred),
            "unhandled" => Some(Self::Unhandled),
            _ => None,
        }
    }

    /// As it is written.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Event => "#[on]",
            Self::Any => "#[on(any)]",
            Self::Default => "#[on(default in State)]",
            Self::Entry => "#[on(entry in State)]",
            Self::Exit => "#[on(exit in State)]",
            Self::Goto => "#[on(goto in State)]",
            Self::Init => "#[on(init)]",
            Self::Error => "#[on(error)]",
            Self::ErrorHandled => "#[on(error_handled)]",
            Self::Halt => "#[on(halt)]",
            Self::Dequeued => "#[on(dequeued)]",
            Self::Handled => "#[on(handled)]",
            Self::Ignored => "#[on(ignored)]",
            Self::Deferred => "#[on(deferred)]",
            Self::Unhandled => "#[on(unhandled)]",
        }
    }

    /// Whether states may be named.
    fn is_of_states(self) -> bool {
        matches!(self, Self::Event | Self::Any) || self.needs_states()
    }

    /// Whether it may wait (W1).
    fn may_be_async(self) -> bool {
        matches!(
            self,
            Self::Event
                | Self::Any
                | Self::Default
                | Self::Entry
                | Self::Exit
                | Self::Goto
                | Self::Init
        )
    }

    /// Whether states must be named.
    pub(crate) fn needs_states(self) -> bool {
        matches!(self, Self::Default | Self::Entry | Self::Exit | Self::Goto)
    }

    /// The variant of `Callback`, if it is one.
    pub(crate) fn callback(self) -> Option<&'static str> {
        match self {
            Self::Halt => Some("Halt"),
            Self::Dequeued => Some("Dequeued"),
            Self::Handled => Some("Handled"),
            Self::Ignored => Some("Ignored"),
            Self::Deferred => Some("Deferred"),
            Self::Unhandled => Some("Unhandled"),
            _ => None,
        }
    }

    /// Its shape, for error messages.
    fn shape(self, owner: Owner) -> &'static str {
        match (owner, self) {
            (Owner::Monitor, Self::Event | Self::Goto) => "fn(&mut self, event: E)",
            (Owner::Monitor, _) => "fn(&mut self)",
            (_, Self::Event | Self::Goto) => "fn(&mut self, ctx: &Context, event: E)",
            (_, Self::Any) => "fn(&mut self, ctx: &Context, event: AnyEvent)",
            (_, Self::Init) => "fn(ctx: &Context, initial: T) -> Self",
            (_, Self::Error) => "fn(&mut self, ctx: &Context, error: &HandlerError) -> OnError",
            (_, Self::ErrorHandled) => "fn(&mut self, ctx: &Context, error: &HandlerError)",
            (_, Self::Default) => "fn(&mut self, ctx: &Context)",
            (Owner::Machine, Self::Unhandled) => {
                "fn(&mut self, ctx: &Context, event: &AnyEvent, state: S)"
            }
            (_, _) => "fn(&mut self, ctx: &Context, event: &AnyEvent)",
        }
    }
}

/// A handler whose signature fits its role.
pub(crate) struct Handler {
    pub(crate) role: Role,
    /// The states in which it is called; none stands for all.
    pub(crate) states: Vec<Ident>,
    pub(crate) name: Ident,
    pub(crate) has_self: bool,
    pub(crate) is_async: bool,
    parameters: Parameters,
    /// The type of what is handled: the event, the initial payload, the error.
    pub(crate) subject: Option<Type>,
}

/// What a handler takes besides its subject.
#[derive(Clone, Copy, Default)]
struct Parameters {
    context: bool,
    /// The state in which an unhandled event was taken.
    state: bool,
}

impl Handler {
    /// The handler that a method is, if it is one. Takes the `#[on]` off it.
    pub(crate) fn take(method: &mut ImplItemFn, owner: Owner) -> Result<Option<Self>> {
        let (on, others): (Vec<_>, Vec<_>) =
            method.attrs.drain(..).partition(|attribute| attribute.path().is_ident("on"));
        method.attrs = others;
        match on.as_slice() {
            [] => Ok(None),
            [attribute] => {
                let (role, states) = When::read(attribute, owner)?;
                Self::new(role, states, &method.sig, owner).map(Some)
            }
            [_, second, ..] => {
                Err(Error::new_spanned(second, "a method is one handler: one `#[on]` is enough"))
            }
        }
    }

    fn new(role: Role, states: Vec<Ident>, signature: &Signature, owner: Owner) -> Result<Self> {
        if let Some(asyncness) = signature.asyncness {
            let message = match owner {
                Owner::Monitor => "a monitor cannot wait: its handlers are not async",
                Owner::Plain | Owner::Machine if role.may_be_async() => "",
                Owner::Plain => "only handlers of events and `#[on(init)]` can be async",
                Owner::Machine => {
                    "only handlers of events, entries, exits, `#[on(goto ..)]` and `#[on(init)]` can be async"
                }
            };
            if !message.is_empty() {
                return Err(Error::new(asyncness.span, message));
            }
        }
        if !signature.generics.params.is_empty() {
            return Err(Error::new_spanned(
                &signature.generics,
                "a handler has no generic parameters",
            ));
        }
        if states.is_empty() && role.needs_states() {
            let expected = format!("of which state? `{}`", role.attribute());
            return Err(Error::new(signature.ident.span(), expected));
        }
        let misfit = |what: &str| misfit(signature, role, owner, what);
        let has_self = signature.receiver().is_some();
        if !has_self && role != Role::Init {
            return Err(misfit(&format!("this handler needs the {}", owner.what())));
        }
        let types: Vec<&Type> = signature.inputs.iter().filter_map(typed).collect();
        let (context, subject, state) = match owner {
            Owner::Monitor => (None, watched(role, &types, misfit)?, false),
            _ if role.takes_any_event() => told(owner, role, &types, misfit)?,
            Owner::Plain | Owner::Machine => {
                let (context, subject) = split(role, &types, misfit)?;
                (context, subject, false)
            }
        };
        if let Some(Type::Reference(reference)) = context
            && reference.mutability.is_some()
        {
            return Err(Error::new_spanned(reference, "the context is shared: `&Context`"));
        }
        Ok(Self {
            role,
            states,
            name: signature.ident.clone(),
            has_self,
            is_async: signature.asyncness.is_some(),
            parameters: Parameters { context: context.is_some(), state },
            subject: subject.cloned(),
        })
    }

    /// Where a wrong type is to be reported.
    pub(crate) fn span(&self) -> Span {
        self.subject.as_ref().map_or_else(|| self.name.span(), |subject| subject.span())
    }

    /// The arguments of a call of the handler, with `subject` for what it handles.
    pub(crate) fn arguments(&self, subject: &TokenStream) -> TokenStream {
        let context = self.parameters.context.then(|| quote_spanned!(self.name.span()=> ctx,));
        let subject = self.subject.as_ref().map(|_| quote!(#subject,));
        let state = self.parameters.state.then(|| quote_spanned!(self.name.span()=> state,));
        quote!(#context #subject #state)
    }
}

impl Role {
    /// Whether it may be told what led to it.
    fn takes_any_event(self) -> bool {
        matches!(self, Self::Entry | Self::Exit) || self.callback().is_some()
    }
}

fn typed(argument: &FnArg) -> Option<&Type> {
    match argument {
        FnArg::Typed(typed) => Some(&typed.ty),
        FnArg::Receiver(_) => None,
    }
}

fn is_by_value(ty: &Type) -> bool {
    !matches!(ty, Type::Reference(_))
}

fn is_any_event(ty: &Type) -> bool {
    let Type::Reference(reference) = ty else { return false };
    let Type::Path(path) = &*reference.elem else { return false };
    path.path.segments.last().is_some_and(|segment| segment.ident == "AnyEvent")
}

/// Tells context and subject of an actor's handler apart.
fn split<'a>(
    role: Role,
    types: &[&'a Type],
    misfit: impl Fn(&str) -> Error,
) -> Result<(Option<&'a Type>, Option<&'a Type>)> {
    match (role, types) {
        (Role::Event | Role::Any | Role::Goto, []) => Err(misfit("this handler takes no event")),
        (Role::Event | Role::Any | Role::Goto, [context]) if !is_by_value(context) => {
            Err(misfit("this handler takes no event, or not by value"))
        }
        (Role::Event | Role::Any | Role::Goto, [_, event]) if !is_by_value(event) => {
            Err(Error::new_spanned(event, "a handler takes its event by value"))
        }
        (Role::Event | Role::Any | Role::Goto | Role::Error | Role::ErrorHandled, [subject]) => {
            Ok((None, Some(subject)))
        }
        (Role::Init, [initial]) if is_by_value(initial) => Ok((None, Some(initial))),
        (Role::Init, [_, initial]) if !is_by_value(initial) => {
            Err(Error::new_spanned(initial, "an actor takes its initial payload by value"))
        }
        (
            Role::Event | Role::Any | Role::Goto | Role::Error | Role::ErrorHandled | Role::Init,
            [context, subject],
        ) => Ok((Some(context), Some(subject))),
        (Role::Init | Role::Default, [context]) => Ok((Some(context), None)),
        (Role::Init | Role::Default, []) => Ok((None, None)),
        _ => Err(misfit("this handler has the wrong number of parameters")),
    }
}

/// The parameters of an entry, an exit or a callback: context, event, and the state of an unhandled event, each of
/// them if it is wanted.
type Told<'a> = (Option<&'a Type>, Option<&'a Type>, bool);

fn told<'a>(
    owner: Owner,
    role: Role,
    types: &[&'a Type],
    misfit: impl Fn(&str) -> Error,
) -> Result<Told<'a>> {
    let mut types = types.iter().copied().peekable();
    let context = types.next_if(|ty| !is_by_value(ty) && !is_any_event(ty));
    let event = types.next_if(|ty| is_any_event(ty));
    let state = (owner, role) == (Owner::Machine, Role::Unhandled);
    let state = types.next_if(|ty| state && is_by_value(ty)).is_some();
    match types.next() {
        None => Ok((context, event, state)),
        Some(_) => Err(misfit("this handler has other parameters")),
    }
}

/// The event that a monitor's handler takes. There is no context: a monitor cannot act.
fn watched<'a>(
    role: Role,
    types: &[&'a Type],
    misfit: impl Fn(&str) -> Error,
) -> Result<Option<&'a Type>> {
    match (role, types) {
        (Role::Event | Role::Goto, [event]) if is_by_value(event) => Ok(Some(event)),
        (Role::Event | Role::Goto, [event]) => {
            Err(Error::new_spanned(event, "a handler takes its event by value"))
        }
        (Role::Event | Role::Goto, []) => Err(misfit("this handler takes no event")),
        (Role::Event | Role::Goto, _) => {
            Err(misfit("a monitor has no context, because it cannot act"))
        }
        (_, []) => Ok(None),
        (_, _) => Err(misfit("this handler takes nothing")),
    }
}

fn misfit(signature: &Signature, role: Role, owner: Owner, what: &str) -> Error {
    let place = signature.ident.to_token_stream();
    let message = format!("{what}: the shape of `{}` is `{}`", role.attribute(), role.shape(owner));
    Error::new_spanned(place, message)
}
