//! The methods with `#[on]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::{
    Attribute, Error, FnArg, ImplItemFn, Meta, Result, Signature, Token, Type,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
    spanned::Spanned as _,
};

/// Whose handler it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Actor,
    Monitor,
}

impl Owner {
    fn expected(self) -> &'static str {
        match self {
            Self::Actor => {
                "expected `#[on]`, `#[on(any)]`, `#[on(init)]`, `#[on(error)]` or `#[on(halt)]`"
            }
            Self::Monitor => {
                "expected `#[on]`, `#[on(in State)]`, `#[on(any in State)]`, `#[on(entry in State)]` or `#[on(exit in State)]`"
            }
        }
    }

    fn has(self, role: Role) -> bool {
        match self {
            Self::Actor => !matches!(role, Role::Entry | Role::Exit),
            Self::Monitor => !matches!(role, Role::Init | Role::Error | Role::Halt),
        }
    }
}

/// When a handler is called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Event,
    Any,
    Init,
    Error,
    Halt,
    Entry,
    Exit,
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
        let role = match &name {
            Some(name) => Role::named(name)
                .filter(|&role| owner.has(role))
                .ok_or_else(|| Error::new(name.span(), owner.expected()))?,
            None => Role::Event,
        };
        match states.first() {
            Some(state) if owner == Owner::Actor => {
                Err(Error::new(state.span(), "only monitors have states yet"))
            }
            _ => Ok((role, states)),
        }
    }
}

impl Role {
    fn named(name: &Ident) -> Option<Self> {
        match name.to_string().as_str() {
            "any" => Some(Self::Any),
            "init" => Some(Self::Init),
            "error" => Some(Self::Error),
            "halt" => Some(Self::Halt),
            "entry" => Some(Self::Entry),
            "exit" => Some(Self::Exit),
            _ => None,
        }
    }

    /// As it is written.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Event => "#[on]",
            Self::Any => "#[on(any)]",
            Self::Init => "#[on(init)]",
            Self::Error => "#[on(error)]",
            Self::Halt => "#[on(halt)]",
            Self::Entry => "#[on(entry in State)]",
            Self::Exit => "#[on(exit in State)]",
        }
    }

    /// Its shape, for error messages.
    fn shape(self, owner: Owner) -> &'static str {
        match (owner, self) {
            (Owner::Actor, Self::Event) => "fn(&mut self, ctx: &Context, event: E)",
            (Owner::Actor, Self::Any) => "fn(&mut self, ctx: &Context, event: AnyEvent)",
            (_, Self::Init) => "fn(ctx: &Context, initial: T) -> Self",
            (_, Self::Error) => "fn(&mut self, ctx: &Context, error: &HandlerError) -> OnError",
            (_, Self::Halt) => "fn(&mut self, ctx: &Context)",
            (Owner::Monitor, Self::Event) => "fn(&mut self, event: E)",
            (Owner::Monitor, Self::Any) | (_, Self::Entry | Self::Exit) => "fn(&mut self)",
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
    takes_context: bool,
    /// The type of what is handled: the event, the initial payload, the error.
    pub(crate) subject: Option<Type>,
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
            return Err(Error::new(asyncness.span, "handlers cannot be async yet"));
        }
        if !signature.generics.params.is_empty() {
            return Err(Error::new_spanned(
                &signature.generics,
                "a handler has no generic parameters",
            ));
        }
        let misfit = |what: &str| misfit(signature, role, owner, what);
        let has_self = signature.receiver().is_some();
        if !has_self && role != Role::Init {
            return Err(misfit(match owner {
                Owner::Actor => "this handler needs the actor",
                Owner::Monitor => "this handler needs the monitor",
            }));
        }
        let types: Vec<&Type> = signature.inputs.iter().filter_map(typed).collect();
        let (context, subject) = match owner {
            Owner::Actor => split(role, &types, misfit)?,
            Owner::Monitor => (None, watched(role, &types, misfit)?),
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
            takes_context: context.is_some(),
            subject: subject.cloned(),
        })
    }

    /// Where a wrong type is to be reported.
    pub(crate) fn span(&self) -> Span {
        self.subject.as_ref().map_or_else(|| self.name.span(), |subject| subject.span())
    }

    /// The arguments of a call of the handler, with `subject` for what it handles.
    pub(crate) fn arguments(&self, subject: &TokenStream) -> TokenStream {
        let span = self.name.span();
        match (self.takes_context, self.subject.is_some()) {
            (true, true) => quote_spanned!(span=> ctx, #subject),
            (true, false) => quote_spanned!(span=> ctx),
            (false, true) => subject.clone(),
            (false, false) => TokenStream::new(),
        }
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

/// Tells context and subject of an actor's handler apart.
fn split<'a>(
    role: Role,
    types: &[&'a Type],
    misfit: impl Fn(&str) -> Error,
) -> Result<(Option<&'a Type>, Option<&'a Type>)> {
    match (role, types) {
        (Role::Event | Role::Any, []) => Err(misfit("this handler takes no event")),
        (Role::Event | Role::Any, [context]) if !is_by_value(context) => {
            Err(misfit("this handler takes no event, or not by value"))
        }
        (Role::Event | Role::Any, [_, event]) if !is_by_value(event) => {
            Err(Error::new_spanned(event, "a handler takes its event by value"))
        }
        (Role::Event | Role::Any | Role::Error, [subject]) => Ok((None, Some(subject))),
        (Role::Init, [initial]) if is_by_value(initial) => Ok((None, Some(initial))),
        (Role::Init, [_, initial]) if !is_by_value(initial) => {
            Err(Error::new_spanned(initial, "an actor takes its initial payload by value"))
        }
        (Role::Event | Role::Any | Role::Error | Role::Init, [context, subject]) => {
            Ok((Some(context), Some(subject)))
        }
        (Role::Init | Role::Halt, [context]) => Ok((Some(context), None)),
        (Role::Init | Role::Halt, []) => Ok((None, None)),
        _ => Err(misfit("this handler has the wrong number of parameters")),
    }
}

/// The event that a monitor's handler takes. There is no context: a monitor cannot act.
fn watched<'a>(
    role: Role,
    types: &[&'a Type],
    misfit: impl Fn(&str) -> Error,
) -> Result<Option<&'a Type>> {
    match (role, types) {
        (Role::Event, [event]) if is_by_value(event) => Ok(Some(event)),
        (Role::Event, [event]) => {
            Err(Error::new_spanned(event, "a handler takes its event by value"))
        }
        (Role::Event, []) => Err(misfit("this handler takes no event")),
        (Role::Event, _) => Err(misfit("a monitor has no context, because it cannot act")),
        (_, []) => Ok(None),
        (_, _) => Err(misfit("this handler takes nothing")),
    }
}

fn misfit(signature: &Signature, role: Role, owner: Owner, what: &str) -> Error {
    let place = signature.ident.to_token_stream();
    let message = format!("{what}: the shape of `{}` is `{}`", role.attribute(), role.shape(owner));
    Error::new_spanned(place, message)
}
