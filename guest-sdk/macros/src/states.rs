//! The attribute `#[states]`.

use crate::kind::{each_argument, name_or, set_once, unknown, value};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{
    Attribute, Error, Fields, Item, ItemEnum, LitStr, Result, Token, Type, Variant, parenthesized,
    parse::{ParseStream, Parser as _},
    punctuated::Punctuated,
    spanned::Spanned as _,
};

pub(crate) fn expand(arguments: &TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "`#[states]` takes no arguments"));
    }
    let mut states = states_enum(syn::parse2(item)?)?;
    let declared: Vec<_> = states.variants.iter_mut().map(State::take).collect::<Result<_>>()?;
    for state in &declared {
        state.check(&states)?;
    }
    let (name, variants) = (&states.ident, states.variants.iter().map(|variant| &variant.ident));
    let declarations = declared.iter().map(|state| state.declaration(name));
    Ok(quote! {
        #[derive(
            ::core::clone::Clone,
            ::core::marker::Copy,
            ::core::fmt::Debug,
            ::core::cmp::PartialEq,
            ::core::cmp::Eq,
        )]
        #states

        impl ::coyote_guest::States for #name {
            const ALL: &'static [Self] = &[#(Self::#variants),*];
            const DECLARED: &'static [::coyote_guest::__private::DeclaredState] = &[#(#declarations),*];

            fn index(self) -> u32 {
                self as u32
            }
        }
    })
}

fn states_enum(item: Item) -> Result<ItemEnum> {
    let Item::Enum(states) = item else {
        return Err(Error::new_spanned(item, "states are the variants of an enum"));
    };
    if !states.generics.params.is_empty() {
        return Err(Error::new_spanned(&states.generics, "states have no generic parameters"));
    }
    if states.variants.is_empty() {
        return Err(Error::new_spanned(&states.ident, "there is no start state"));
    }
    for Variant { ident, fields, discriminant, .. } in &states.variants {
        if !matches!(fields, Fields::Unit) {
            let message = format!(
                "the state `{ident}` has no fields: what changes within it is kept beside it"
            );
            return Err(Error::new_spanned(fields, message));
        }
        if let Some((_, discriminant)) = discriminant {
            return Err(Error::new_spanned(discriminant, "states are counted by their order"));
        }
    }
    Ok(states)
}

/// One state: what its `#[state(..)]` says.
struct State {
    variant: Ident,
    name: Option<LitStr>,
    temperature: Option<Ident>,
    rules: Vec<Rule>,
}

/// What becomes of one kind of event.
struct Rule {
    /// `any` is none.
    event: Option<Type>,
    event_span: proc_macro2::Span,
    /// None is ignored.
    target: Option<Ident>,
}

impl State {
    /// What is said of a variant. Takes it off.
    fn take(variant: &mut Variant) -> Result<Self> {
        let (of_state, others): (Vec<_>, Vec<_>) =
            variant.attrs.drain(..).partition(|attribute| attribute.path().is_ident("state"));
        variant.attrs = others;
        let variant = variant.ident.clone();
        let mut state = Self { variant, name: None, temperature: None, rules: Vec::new() };
        for attribute in &of_state {
            state.read(attribute)?;
        }
        Ok(state)
    }

    fn read(&mut self, attribute: &Attribute) -> Result<()> {
        let tokens = attribute.meta.require_list()?.tokens.clone();
        let read = |input: ParseStream<'_>| each_argument(input, |name| self.argument(name, input));
        read.parse2(tokens)
    }

    fn argument(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()> {
        match name.to_string().as_str() {
            "hot" | "cold" => match &self.temperature {
                Some(first) if first != name => {
                    Err(Error::new(name.span(), format!("`{}` is both hot and cold", self.variant)))
                }
                _ => set_once(&mut self.temperature, name.clone(), name),
            },
            "name" => set_once(&mut self.name, value(input)?, name),
            "goto" => {
                let content;
                parenthesized!(content in input);
                let rules = Punctuated::<_, Token![,]>::parse_terminated_with(&content, goto)?;
                rules.into_iter().try_for_each(|rule| self.add(rule))
            }
            "ignore" => {
                let content;
                parenthesized!(content in input);
                let rules = Punctuated::<_, Token![,]>::parse_terminated_with(&content, ignore)?;
                rules.into_iter().try_for_each(|rule| self.add(rule))
            }
            _ => Err(unknown(
                name,
                "`hot`, `cold`, `goto(Event => State)`, `ignore(Event)` or `name = \"..\"`",
            )),
        }
    }

    fn add(&mut self, rule: Rule) -> Result<()> {
        if self.rules.iter().any(|first| first.event == rule.event) {
            let message = format!("a second reaction to this event in `{}`", self.variant);
            return Err(Error::new(rule.event_span, message));
        }
        self.rules.push(rule);
        Ok(())
    }

    /// Whether all states that it names are there.
    fn check(&self, states: &ItemEnum) -> Result<()> {
        let targets = self.rules.iter().filter_map(|rule| rule.target.as_ref());
        for target in targets {
            if !states.variants.iter().any(|variant| variant.ident == *target) {
                let known: Vec<_> =
                    states.variants.iter().map(|variant| format!("`{}`", variant.ident)).collect();
                let message = format!(
                    "`{}` has no state `{target}`, only {}",
                    states.ident,
                    known.join(", ")
                );
                return Err(Error::new(target.span(), message));
            }
        }
        Ok(())
    }

    fn declaration(&self, states: &Ident) -> TokenStream {
        let name = name_or(self.name.as_ref(), &self.variant);
        let temperature = match &self.temperature {
            Some(temperature) if temperature == "hot" => quote!(Hot),
            Some(_) => quote!(Cold),
            None => quote!(Warm),
        };
        let rules = self.rules.iter().map(|Rule { event, event_span, target }| {
            let kind = match event {
                Some(event) => {
                    quote_spanned!(*event_span=> <#event as ::coyote_guest::Event>::KIND)
                }
                None => quote!("*"),
            };
            let reaction = match target {
                Some(target) => quote!(Goto(#states::#target as u32)),
                None => quote!(Ignore),
            };
            quote!((#kind, ::coyote_guest::__private::DeclaredReaction::#reaction))
        });
        quote! {
            ::coyote_guest::__private::DeclaredState {
                name: #name,
                temperature: ::coyote_guest::__private::Temperature::#temperature,
                rules: &[#(#rules),*],
            }
        }
    }
}

/// `Event => State`
fn goto(input: ParseStream<'_>) -> Result<Rule> {
    let Rule { event, event_span, .. } = ignore(input)?;
    input.parse::<Token![=>]>()?;
    Ok(Rule { event, event_span, target: Some(input.parse()?) })
}

/// `Event`, or `any`
fn ignore(input: ParseStream<'_>) -> Result<Rule> {
    let ty: Type = input.parse()?;
    let event_span = ty.span();
    let is_any = matches!(&ty, Type::Path(path) if path.path.is_ident("any"));
    Ok(Rule { event: (!is_any).then_some(ty), event_span, target: None })
}
