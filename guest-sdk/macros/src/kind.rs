//! Names of kinds: `kind = ".."`, else the name of the type in kebab case.

use heck::ToKebabCase as _;
use syn::{
    Error, Ident, LitStr, Result, Token,
    parse::{Parse, ParseStream},
};

/// What stands in the parentheses of `#[actor(..)]` and `#[event(..)]`.
#[derive(Default)]
pub(crate) struct Arguments {
    kind: Option<LitStr>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut arguments = Self::default();
        while !input.is_empty() {
            let name: Ident = input.parse()?;
            if name != "kind" {
                return Err(Error::new(
                    name.span(),
                    format!("unknown argument `{name}`: expected `kind = \"..\"`"),
                ));
            }
            input.parse::<Token![=]>()?;
            let kind: LitStr = input.parse()?;
            check(&kind)?;
            if arguments.kind.replace(kind).is_some() {
                return Err(Error::new(name.span(), "`kind` is given twice"));
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(arguments)
    }
}

impl Arguments {
    /// The kind that was given, else the one that the type is called after.
    pub(crate) fn kind_or(&self, name: &Ident) -> String {
        self.kind.as_ref().map_or_else(|| name.to_string().to_kebab_case(), LitStr::value)
    }
}

fn check(kind: &LitStr) -> Result<()> {
    match kind.value().as_str() {
        "" => Err(Error::new(kind.span(), "a kind has a name")),
        "*" | "default" => Err(Error::new(kind.span(), "this name has a meaning of its own")),
        _ => Ok(()),
    }
}
