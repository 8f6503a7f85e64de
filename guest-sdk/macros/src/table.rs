//! The methods of a state machine, of an actor or a monitor, and the table that is made of them.

use crate::handler::{Handler, Role};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Error, Path, Result};

/// Methods that belong to states, by their numbers.
pub(crate) struct Methods {
    handlers: Vec<Handler>,
}

impl Methods {
    pub(crate) fn new() -> Self {
        Self { handlers: Vec::new() }
    }

    pub(crate) fn add(&mut self, handler: Handler) -> Result<()> {
        self.handlers.iter().try_for_each(|first| differs(first, &handler))?;
        self.handlers.push(handler);
        Ok(())
    }

    /// The events that are handled.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = &syn::Type> {
        let of_events =
            self.handlers.iter().filter(|handler| matches!(handler.role, Role::Event | Role::Goto));
        of_events.filter_map(|handler| handler.subject.as_ref())
    }

    /// The table. `has_states` is not so for a monitor that is always in one.
    pub(crate) fn table(&self, owner: &str, states: &Path, has_states: bool) -> TokenStream {
        let owner = Ident::new(owner, Span::call_site());
        let handlers = self.handlers.iter().map(|handler| {
            let of = &handler.states;
            let kind = match (handler.role, &handler.subject) {
                (Role::Event | Role::Goto, Some(event)) => {
                    quote_spanned!(handler.span()=> <#event as ::coyote_guest::Event>::KIND)
                }
                (Role::Any, _) => quote!("*"),
                (Role::Default, _) => quote!("default"),
                _ => quote!(""),
            };
            let when = match handler.role {
                Role::Entry => quote!(Entry),
                Role::Exit => quote!(Exit),
                Role::Goto => quote!(Goto),
                _ => quote!(Event),
            };
            let of = if has_states { quote!(&[#(#states::#of as u32),*]) } else { quote!(&[0]) };
            quote! {
                ::coyote_guest::__private::table::DeclaredHandler {
                    when: ::coyote_guest::__private::table::When::#when,
                    kind: #kind,
                    states: #of,
                }
            }
        });
        quote!(::coyote_guest::__table!(#owner, #states, &[#(#handlers),*]))
    }

    /// The numbers of the methods that wait.
    pub(crate) fn that_wait(&self) -> impl Iterator<Item = u16> {
        (0..).zip(&self.handlers).filter(|(_, handler)| handler.is_async).map(|(number, _)| number)
    }

    /// The calls of the methods that wait, or of the others, each as an arm for its number.
    pub(crate) fn calls(
        &self,
        states: &Path,
        takes: Takes,
        that_wait: bool,
    ) -> impl Iterator<Item = TokenStream> {
        let methods = (0_u16..).zip(&self.handlers);
        let methods = methods.filter(move |(_, handler)| handler.is_async == that_wait);
        methods.map(move |(number, handler)| {
            let name = &handler.name;
            let payload = match takes {
                Takes::Event => quote!(event.payload()),
                Takes::Payload => quote!(payload),
            };
            let subject = match (handler.role, &handler.subject) {
                (Role::Any, _) => quote!(::core::clone::Clone::clone(event)),
                (Role::Event | Role::Goto, Some(event)) => {
                    quote_spanned!(handler.span()=> ::coyote_guest::__private::decode::<#event>(#payload))
                }
                _ => quote!(event),
            };
            let arguments = handler.arguments(&subject);
            let wait = that_wait.then(|| quote!(.await));
            let call = quote_spanned!(name.span()=> self.#name(#arguments) #wait);
            if matches!(handler.role, Role::Exit | Role::Goto) {
                quote_spanned! {name.span()=>
                    #number => ::core::result::Result::map(
                        ::coyote_guest::Parting::into_result(#call),
                        |()| ::coyote_guest::Next::stay(),
                    ),
                }
            } else {
                quote_spanned!(name.span()=>
                    #number => ::coyote_guest::IntoNext::<#states>::into_next(#call),)
            }
        })
    }
}

/// Where a method finds its event.
#[derive(Clone, Copy)]
pub(crate) enum Takes {
    Event,
    Payload,
}

/// Whether no state has both handlers for one event.
fn differs(first: &Handler, second: &Handler) -> Result<()> {
    let subject = |handler: &Handler| match handler.role {
        Role::Event | Role::Goto => handler.subject.clone(),
        _ => None,
    };
    let shared: Option<Option<&Ident>> = match (first.states.as_slice(), second.states.as_slice()) {
        ([], []) => Some(None),
        (of_first, of_second) => of_second.iter().find(|state| of_first.contains(state)).map(Some),
    };
    let same = first.role == second.role && subject(first) == subject(second);
    let Some(shared) = shared.filter(|_| same) else { return Ok(()) };
    let what = match second.role {
        Role::Entry => "entry",
        Role::Exit => "exit",
        Role::Any => "wildcard",
        Role::Default => "default handler",
        Role::Goto => "action for the goto on this event",
        _ => "handler for this event",
    };
    let place = shared.map_or_else(String::new, |state| format!(" in `{state}`"));
    let message = format!("a second {what}{place}: `{}` is one already", first.name);
    Err(Error::new(shared.map_or_else(|| second.span(), Ident::span), message))
}
