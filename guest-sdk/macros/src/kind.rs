//! Names of kinds: `kind = ".."`, else the name of the type in kebab case.

use heck::ToKebabCase as _;
use syn::{
    Error, Ident, LitStr, Path, Result, Token,
    parse::{Parse, ParseStream},
};

/// What stands in the parentheses of `#[actor(..)]`.
#[derive(Default)]
pub(crate) struct Arguments {
    kind: Option<LitStr>,
    /// The type of its states.
    pub(crate) states: Option<Path>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut arguments = Self::default();
        each_argument(input, |name| {
            if name == "kind" {
                let kind: LitStr = value(input)?;
                check(&kind)?;
                set_once(&mut arguments.kind, kind, name)
            } else if name == "states" {
                set_once(&mut arguments.states, value(input)?, name)
            } else {
                Err(unknown(name, "`states = ..` or `kind = \"..\"`"))
            }
        })?;
        Ok(arguments)
    }
}

impl Arguments {
    /// The kind that was given.
    pub(crate) fn given(&self) -> Option<&LitStr> {
        self.kind.as_ref()
    }

    /// The kind that was given, else the one that the type is called after.
    pub(crate) fn kind_or(&self, name: &Ident) -> String {
        name_or(self.kind.as_ref(), name)
    }
}

/// What stands in the parentheses of `#[event(..)]`.
#[derive(Default)]
pub(crate) struct EventArguments {
    kind: Option<LitStr>,
}

impl Parse for EventArguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut arguments = Self::default();
        each_argument(input, |name| {
            if name != "kind" {
                return Err(unknown(name, "`kind = \"..\"`"));
            }
            let kind: LitStr = value(input)?;
            check(&kind)?;
            set_once(&mut arguments.kind, kind, name)
        })?;
        Ok(arguments)
    }
}

impl EventArguments {
    /// The kind that was given, else the one that the type is called after.
    pub(crate) fn kind_or(&self, name: &Ident) -> String {
        name_or(self.kind.as_ref(), name)
    }
}

/// What stands in the parentheses of `#[monitor(..)]`.
#[derive(Default)]
pub(crate) struct MonitorArguments {
    name: Option<LitStr>,
    /// The type of its states.
    pub(crate) states: Option<Path>,
}

impl Parse for MonitorArguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut arguments = Self::default();
        each_argument(input, |name| {
            if name == "name" {
                set_once(&mut arguments.name, value(input)?, name)
            } else if name == "states" {
                set_once(&mut arguments.states, value(input)?, name)
            } else {
                Err(unknown(name, "`states = ..` or `name = \"..\"`"))
            }
        })?;
        Ok(arguments)
    }
}

impl MonitorArguments {
    /// The name that was given, else the one that the type is called after.
    pub(crate) fn name_or(&self, name: &Ident) -> String {
        name_or(self.name.as_ref(), name)
    }
}

/// Reads arguments that are separated by commas; the name of each is read already.
pub(crate) fn each_argument(
    input: ParseStream<'_>,
    mut read: impl FnMut(&Ident) -> Result<()>,
) -> Result<()> {
    while !input.is_empty() {
        read(&input.parse()?)?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(())
}

/// `= value`
pub(crate) fn value<T: Parse>(input: ParseStream<'_>) -> Result<T> {
    input.parse::<Token![=]>()?;
    input.parse()
}

pub(crate) fn unknown(name: &Ident, expected: &str) -> Error {
    Error::new(name.span(), format!("unknown argument `{name}`: expected {expected}"))
}

pub(crate) fn set_once<T>(place: &mut Option<T>, value: T, name: &Ident) -> Result<()> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::new(name.span(), format!("`{name}` is given twice"))),
    }
}

/// The name that was given, else that of the type or state in kebab case.
pub(crate) fn name_or(given: Option<&LitStr>, name: &Ident) -> String {
    given.map_or_else(|| name.to_string().to_kebab_case(), LitStr::value)
}

fn check(kind: &LitStr) -> Result<()> {
    match kind.value().as_str() {
        "" => Err(Error::new(kind.span(), "a kind has a name")),
        "*" | "default" => Err(Error::new(kind.span(), "this name has a meaning of its own")),
        _ => Ok(()),
    }
}
