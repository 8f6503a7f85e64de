//! The methods with `#[on]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::{
    Attribute, Error, FnArg, ImplItemFn, Meta, Result, Signature, Type, spanned::Spanned as _,
};

/// When a handler is called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Event,
    Any,
    Init,
    Error,
    Halt,
}

impl Role {
    fn parse(attribute: &Attribute) -> Result<Self> {
        let expected =
            "expected `#[on]`, `#[on(any)]`, `#[on(init)]`, `#[on(error)]` or `#[on(halt)]`";
        if matches!(attribute.meta, Meta::Path(_)) {
            return Ok(Self::Event);
        }
        let name: Ident =
            attribute.parse_args().map_err(|_| Error::new_spanned(attribute, expected))?;
        match name.to_string().as_str() {
            "any" => Ok(Self::Any),
            "init" => Ok(Self::Init),
            "error" => Ok(Self::Error),
            "halt" => Ok(Self::Halt),
            _ => Err(Error::new(name.span(), expected)),
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
        }
    }

    /// Its shape, for error messages.
    fn shape(self) -> &'static str {
        match self {
            Self::Event => "fn(&mut self, ctx: &Context, event: E)",
            Self::Any => "fn(&mut self, ctx: &Context, event: AnyEvent)",
            Self::Init => "fn(ctx: &Context, initial: T) -> Self",
            Self::Error => "fn(&mut self, ctx: &Context, error: &HandlerError) -> OnError",
            Self::Halt => "fn(&mut self, ctx: &Context)",
        }
    }
}

/// A handler whose signature fits its role.
pub(crate) struct Handler {
    pub(crate) role: Role,
    pub(crate) name: Ident,
    pub(crate) has_self: bool,
    takes_context: bool,
    /// The type of what is handled: the event, the initial payload, the error.
    pub(crate) subject: Option<Type>,
}

impl Handler {
    /// The handler that a method is, if it is one. Takes the `#[on]` off it.
    pub(crate) fn take(method: &mut ImplItemFn) -> Result<Option<Self>> {
        let (on, others): (Vec<_>, Vec<_>) =
            method.attrs.drain(..).partition(|attribute| attribute.path().is_ident("on"));
        method.attrs = others;
        match on.as_slice() {
            [] => Ok(None),
            [attribute] => Self::new(Role::parse(attribute)?, &method.sig).map(Some),
            [_, second, ..] => {
                Err(Error::new_spanned(second, "a method is one handler: one `#[on]` is enough"))
            }
        }
    }

    fn new(role: Role, signature: &Signature) -> Result<Self> {
        if let Some(asyncness) = signature.asyncness {
            return Err(Error::new(asyncness.span, "handlers cannot be async yet"));
        }
        if !signature.generics.params.is_empty() {
            return Err(Error::new_spanned(
                &signature.generics,
                "a handler has no generic parameters",
            ));
        }
        let has_self = signature.receiver().is_some();
        if !has_self && role != Role::Init {
            return Err(misfit(signature, role, "this handler needs the actor"));
        }
        let types: Vec<&Type> = signature.inputs.iter().filter_map(typed).collect();
        let (context, subject) = split(role, signature, &types)?;
        if let Some(Type::Reference(reference)) = context
            && reference.mutability.is_some()
        {
            return Err(Error::new_spanned(reference, "the context is shared: `&Context`"));
        }
        Ok(Self {
            role,
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

/// Tells context and subject apart.
fn split<'a>(
    role: Role,
    signature: &Signature,
    types: &[&'a Type],
) -> Result<(Option<&'a Type>, Option<&'a Type>)> {
    let by_value = |ty: &Type| !matches!(ty, Type::Reference(_));
    match (role, types) {
        (Role::Event | Role::Any, []) => {
            Err(misfit(signature, role, "this handler takes no event"))
        }
        (Role::Event | Role::Any, [context]) if !by_value(context) => {
            Err(misfit(signature, role, "this handler takes no event, or not by value"))
        }
        (Role::Event | Role::Any, [_, event]) if !by_value(event) => {
            Err(Error::new_spanned(event, "a handler takes its event by value"))
        }
        (Role::Event | Role::Any | Role::Error, [subject]) => Ok((None, Some(subject))),
        (Role::Init, [initial]) if by_value(initial) => Ok((None, Some(initial))),
        (Role::Init, [_, initial]) if !by_value(initial) => {
            Err(Error::new_spanned(initial, "an actor takes its initial payload by value"))
        }
        (Role::Event | Role::Any | Role::Error | Role::Init, [context, subject]) => {
            Ok((Some(context), Some(subject)))
        }
        (Role::Init | Role::Halt, [context]) => Ok((Some(context), None)),
        (Role::Init | Role::Halt, []) => Ok((None, None)),
        _ => Err(misfit(signature, role, "this handler has the wrong number of parameters")),
    }
}

fn misfit(signature: &Signature, role: Role, what: &str) -> Error {
    let place = signature.ident.to_token_stream();
    Error::new_spanned(
        place,
        format!("{what}: the shape of `{}` is `{}`", role.attribute(), role.shape()),
    )
}
