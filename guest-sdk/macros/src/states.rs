//! The attribute `#[states]`.

use crate::kind::{each_argument, name_or, set_once, unknown, value};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
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
    let mut item = states_enum(syn::parse2(item)?)?;
    let declared: Vec<_> = item.variants.iter_mut().map(State::take).collect::<Result<_>>()?;
    let (sets, states): (Vec<_>, Vec<_>) = declared.into_iter().partition(|state| state.is_set);
    if states.is_empty() {
        return Err(Error::new_spanned(&item.ident, "there is no start state"));
    }
    item.variants = item
        .variants
        .into_iter()
        .filter(|variant| states.iter().any(|state| state.variant == variant.ident))
        .collect();
    let all = Declared { name: item.ident.clone(), states, sets };
    all.check()?;
    let variants = item.variants.iter().map(|variant| &variant.ident);
    let (name, declarations) = (&all.name, all.states.iter().map(|state| all.declaration(state)));
    let sets = all.sets();
    let render = all.render();
    let names = all.names_of_sets(&item);
    Ok(quote! {
        #[derive(
            ::core::clone::Clone,
            ::core::marker::Copy,
            ::core::fmt::Debug,
            ::core::cmp::PartialEq,
            ::core::cmp::Eq,
        )]
        #item

        impl ::coyote_guest::States for #name {
            const ALL: &'static [Self] = &[#(Self::#variants),*];
            const DECLARED: &'static [::coyote_guest::__private::table::DeclaredState] =
                &[#(#declarations),*];
            #sets
            #render

            fn index(self) -> u32 {
                self as u32
            }
        }

        #names
    })
}

fn states_enum(item: Item) -> Result<ItemEnum> {
    let Item::Enum(states) = item else {
        return Err(Error::new_spanned(item, "states are the variants of an enum"));
    };
    if !states.generics.params.is_empty() {
        return Err(Error::new_spanned(&states.generics, "states have no generic parameters"));
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

/// All states and handler sets of one enum.
struct Declared {
    name: Ident,
    states: Vec<State>,
    sets: Vec<State>,
}

/// One state: what its `#[state(..)]` says. Or a handler set: what its `#[set(..)]` says.
struct State {
    variant: Ident,
    is_set: bool,
    name: Option<LitStr>,
    temperature: Option<Ident>,
    includes: Vec<Ident>,
    rules: Vec<Rule>,
}

/// What becomes of one kind of event.
struct Rule {
    event: Kind,
    span: Span,
    reaction: Reaction,
}

#[derive(PartialEq)]
enum Kind {
    Event(Box<Type>),
    Any,
    Default,
}

#[derive(Clone)]
enum Reaction {
    Goto(Ident),
    Push(Ident),
    Defer,
    Ignore,
}

impl State {
    /// What is said of a variant. Takes it off.
    fn take(variant: &mut Variant) -> Result<Self> {
        let is_ours = |attribute: &Attribute| {
            attribute.path().is_ident("state") || attribute.path().is_ident("set")
        };
        let (ours, others): (Vec<_>, Vec<_>) = variant.attrs.drain(..).partition(is_ours);
        variant.attrs = others;
        let mut state = Self {
            variant: variant.ident.clone(),
            is_set: ours.iter().any(|attribute| attribute.path().is_ident("set")),
            name: None,
            temperature: None,
            includes: Vec::new(),
            rules: Vec::new(),
        };
        for attribute in &ours {
            if state.is_set && attribute.path().is_ident("state") {
                let message = format!("`{}` is a set, which is no state", state.variant);
                return Err(Error::new_spanned(attribute, message));
            }
            state.read(attribute)?;
        }
        Ok(state)
    }

    fn read(&mut self, attribute: &Attribute) -> Result<()> {
        if self.is_set && matches!(attribute.meta, syn::Meta::Path(_)) {
            return Ok(());
        }
        let tokens = attribute.meta.require_list()?.tokens.clone();
        let read = |input: ParseStream<'_>| each_argument(input, |name| self.argument(name, input));
        read.parse2(tokens)
    }

    fn argument(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()> {
        match name.to_string().as_str() {
            "hot" | "cold" if !self.is_set => match &self.temperature {
                Some(first) if first != name => {
                    Err(Error::new(name.span(), format!("`{}` is both hot and cold", self.variant)))
                }
                _ => set_once(&mut self.temperature, name.clone(), name),
            },
            "name" => set_once(&mut self.name, value(input)?, name),
            "goto" => self.rules(input, |input| transition(input).map(Reaction::Goto)),
            "push" => self.rules(input, |input| transition(input).map(Reaction::Push)),
            "defer" => self.rules(input, |_| Ok(Reaction::Defer)),
            "ignore" => self.rules(input, |_| Ok(Reaction::Ignore)),
            "include" if !self.is_set => {
                let content;
                parenthesized!(content in input);
                let sets = Punctuated::<Ident, Token![,]>::parse_terminated(&content)?;
                self.includes.extend(sets);
                Ok(())
            }
            _ if self.is_set => Err(unknown(
                name,
                "`goto(Event => State)`, `push(Event => State)`, `defer(Event)`, `ignore(Event)` or `name = \"..\"`",
            )),
            _ => Err(unknown(
                name,
                "`goto(Event => State)`, `push(Event => State)`, `defer(Event)`, `ignore(Event)`, `include(Set)`, \
                 `hot`, `cold` or `name = \"..\"`",
            )),
        }
    }

    /// `(Event => State, ..)` or `(Event, ..)`
    fn rules(
        &mut self,
        input: ParseStream<'_>,
        reaction: impl Fn(ParseStream<'_>) -> Result<Reaction>,
    ) -> Result<()> {
        let content;
        parenthesized!(content in input);
        while !content.is_empty() {
            let ty: Type = content.parse()?;
            let span = ty.span();
            let named = |name| matches!(&ty, Type::Path(path) if path.path.is_ident(name));
            let event = if named("any") {
                Kind::Any
            } else if named("default") {
                Kind::Default
            } else {
                Kind::Event(Box::new(ty))
            };
            let reaction = reaction(&content)?;
            self.add(Rule { event, span, reaction })?;
            if !content.is_empty() {
                content.parse::<Token![,]>()?;
            }
        }
        Ok(())
    }

    fn add(&mut self, rule: Rule) -> Result<()> {
        if self.rules.iter().any(|first| first.event == rule.event) {
            let message = format!("a second reaction to this event in `{}`", self.variant);
            return Err(Error::new(rule.span, message));
        }
        if rule.event == Kind::Default
            && matches!(rule.reaction, Reaction::Defer | Reaction::Ignore)
        {
            let message = "the default event comes when there is no other: it can be neither deferred nor ignored";
            return Err(Error::new(rule.span, message));
        }
        self.rules.push(rule);
        Ok(())
    }
}

/// `=> State`
fn transition(input: ParseStream<'_>) -> Result<Ident> {
    input.parse::<Token![=>]>()?;
    input.parse()
}

impl Declared {
    /// Whether all states and sets that are named are there.
    fn check(&self) -> Result<()> {
        for state in self.states.iter().chain(&self.sets) {
            for rule in &state.rules {
                if let Reaction::Goto(target) | Reaction::Push(target) = &rule.reaction {
                    self.check_name(&self.states, "state", target)?;
                }
            }
            for set in &state.includes {
                self.check_name(&self.sets, "set", set)?;
            }
        }
        Ok(())
    }

    fn check_name(&self, known: &[State], what: &str, name: &Ident) -> Result<()> {
        if known.iter().any(|state| state.variant == *name) {
            return Ok(());
        }
        let known: Vec<_> = known.iter().map(|state| format!("`{}`", state.variant)).collect();
        let only =
            if known.is_empty() { String::new() } else { format!(", only {}", known.join(", ")) };
        let message = format!("`{}` has no {what} `{name}`{only}", self.name);
        Err(Error::new(name.span(), message))
    }

    fn declaration(&self, state: &State) -> TokenStream {
        let (name, enum_name) = (name_or(state.name.as_ref(), &state.variant), &self.name);
        let temperature = match &state.temperature {
            Some(temperature) if temperature == "hot" => quote!(Hot),
            Some(_) => quote!(Cold),
            None => quote!(Warm),
        };
        let includes = &state.includes;
        let rules = state.rules.iter().map(|Rule { event, span, reaction }| {
            let kind = match event {
                Kind::Event(event) => {
                    quote_spanned!(*span=> <#event as ::coyote_guest::Event>::KIND)
                }
                Kind::Any => quote!("*"),
                Kind::Default => quote!("default"),
            };
            let reaction = match reaction {
                Reaction::Goto(target) => {
                    quote!(Goto(#enum_name::#target as u16, ::coyote_guest::__private::table::NONE))
                }
                Reaction::Push(target) => quote!(Push(#enum_name::#target as u16)),
                Reaction::Defer => quote!(Defer),
                Reaction::Ignore => quote!(Ignore),
            };
            quote!((#kind, ::coyote_guest::__private::table::Rule::#reaction))
        });
        quote! {
            ::coyote_guest::__private::table::DeclaredState {
                name: #name,
                temperature: ::coyote_guest::__private::table::Temperature::#temperature,
                sets: &[#(#enum_name::#includes as u32),*],
                rules: &[#(#rules),*],
            }
        }
    }

    /// What is said of the sets, if there are any.
    fn sets(&self) -> Option<TokenStream> {
        self.sets.first()?;
        let declarations = self.sets.iter().map(|set| self.declaration(set));
        Some(quote! {
            const SETS: &'static [::coyote_guest::__private::table::DeclaredState] =
                &[#(#declarations),*];
        })
    }

    /// Names for the sets that can stand where those of states do.
    fn names_of_sets(&self, item: &ItemEnum) -> Option<TokenStream> {
        self.sets.first()?;
        let (name, visibility) = (&self.name, &item.vis);
        let ty = format_ident!("{name}Sets");
        let sets: Vec<_> = self.sets.iter().map(|set| &set.variant).collect();
        let numbers = (0_u32..).zip(&sets).map(|(index, _)| 1 << 31 | index);
        Some(quote! {
            /// The handler sets, which are no states.
            #[doc(hidden)]
            #[repr(u32)]
            #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
            #visibility enum #ty {
                #(#sets = #numbers),*
            }

            #[allow(non_upper_case_globals, dead_code)]
            impl #name {
                #(
                    #[doc(hidden)]
                    #visibility const #sets: #ty = #ty::#sets;
                )*
            }
        })
    }

    /// The events that are named here, as text.
    fn render(&self) -> Option<TokenStream> {
        let mut events: Vec<&Type> = Vec::new();
        for rule in self.states.iter().chain(&self.sets).flat_map(|state| &state.rules) {
            if let Kind::Event(event) = &rule.event
                && !events.contains(&&**event)
            {
                events.push(event);
            }
        }
        events.first()?;
        Some(quote! {
            fn render_event(
                kind: &str,
                payload: &::coyote_guest::Encoded,
            ) -> ::core::option::Option<::std::string::String> {
                #(if kind == <#events as ::coyote_guest::Event>::KIND {
                    return ::coyote_guest::__private::render::<#events>(payload);
                })*
                ::core::option::Option::None
            }
        })
    }
}
