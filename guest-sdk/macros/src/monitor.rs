//! The attribute `#[monitor]`.

use crate::{
    actor::inherent_impl,
    handler::{Handler, Owner, Role},
    kind::MonitorArguments,
};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Error, ImplItem, ItemImpl, Path, Result, Type, parse_quote};

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let arguments: MonitorArguments = syn::parse2(arguments)?;
    let (mut block, name) = inherent_impl(item, "monitor")?;
    let handlers = Handlers::take(&mut block, arguments.states.clone())?;
    let implementation = handlers.implement(&block.self_ty, &arguments.name_or(&name));
    let exports = exports(&block.self_ty);
    Ok(quote!(#block #implementation #exports))
}

/// The handlers of one monitor.
struct Handlers {
    states: Option<Path>,
    /// Of events, wildcards included.
    events: Vec<Handler>,
    entries: Vec<Handler>,
    exits: Vec<Handler>,
}

impl Handlers {
    /// Collects the handlers of a block, and takes the attributes off.
    fn take(block: &mut ItemImpl, states: Option<Path>) -> Result<Self> {
        let mut handlers =
            Self { states, events: Vec::new(), entries: Vec::new(), exits: Vec::new() };
        for item in &mut block.items {
            if let ImplItem::Fn(method) = item
                && let Some(handler) = Handler::take(method, Owner::Monitor)?
            {
                handlers.add(handler)?;
            }
        }
        Ok(handlers)
    }

    fn add(&mut self, handler: Handler) -> Result<()> {
        match (&self.states, handler.states.first()) {
            (None, Some(state)) => Err(Error::new(
                state.span(),
                "this monitor has no states: `#[monitor(states = ..)]` names the enum of them",
            )),
            (Some(_), None) if handler.role == Role::Any => Err(Error::new(
                handler.name.span(),
                "a monitor with states has wildcards in states only: `#[on(any in State)]`",
            )),
            (_, None) if matches!(handler.role, Role::Entry | Role::Exit) => {
                let expected = format!("of which state? `{}`", handler.role.attribute());
                Err(Error::new(handler.name.span(), expected))
            }
            _ => {
                let place = match handler.role {
                    Role::Entry => &mut self.entries,
                    Role::Exit => &mut self.exits,
                    _ => &mut self.events,
                };
                for first in place.iter() {
                    differs(first, &handler)?;
                }
                place.push(handler);
                Ok(())
            }
        }
    }

    fn implement(&self, ty: &Type, name: &str) -> TokenStream {
        let states = self.states.clone();
        let states = states.unwrap_or_else(|| parse_quote!(::coyote_guest::Watching));
        let declared = self.events.iter().map(|handler| self.declaration(&states, handler));
        let calls =
            (0_usize..).zip(&self.events).map(|(index, handler)| call(index, &states, handler));
        let entries = self.entries.iter().map(|entry| {
            let (name, of) = (&entry.name, &entry.states);
            quote_spanned!(name.span()=>
                #(#states::#of)|* => ::coyote_guest::IntoNext::<#states>::into_next(self.#name()),)
        });
        let exits = self.exits.iter().map(|exit| {
            let (name, of) = (&exit.name, &exit.states);
            quote_spanned!(name.span()=>
                #(#states::#of)|* => ::coyote_guest::Outcome::into_result(self.#name()),)
        });
        let subjects = self.events.iter().filter_map(|handler| handler.subject.as_ref());
        let next = quote! {
            ::core::result::Result<::coyote_guest::Next<#states>, ::std::string::String>
        };
        quote! {
            #[allow(unreachable_patterns)]
            impl ::coyote_guest::Monitor for #ty {
                const NAME: &'static str = #name;
                type States = #states;
                const HANDLERS: &'static [::coyote_guest::__private::DeclaredHandler] = &[#(#declared),*];

                fn handle(&mut self, handler: usize, payload: &::coyote_guest::Encoded) -> #next {
                    match handler {
                        #(#calls)*
                        _ => ::core::unreachable!("there are no more handlers"),
                    }
                }

                fn enter(&mut self, state: #states) -> #next {
                    match state {
                        #(#entries)*
                        _ => ::core::result::Result::Ok(::coyote_guest::Next::stay()),
                    }
                }

                fn exit(&mut self, state: #states) -> ::core::result::Result<(), ::std::string::String> {
                    match state {
                        #(#exits)*
                        _ => ::core::result::Result::Ok(()),
                    }
                }

                fn render_event(
                    kind: &str,
                    payload: &::coyote_guest::Encoded,
                ) -> ::core::option::Option<::std::string::String> {
                    #(if kind == <#subjects as ::coyote_guest::Event>::KIND {
                        return ::coyote_guest::__private::render::<#subjects>(payload);
                    })*
                    ::core::option::Option::None
                }
            }

            const _: () = ::coyote_guest::__private::check_declarations(
                <#states as ::coyote_guest::States>::DECLARED,
                <#ty as ::coyote_guest::Monitor>::HANDLERS,
            );
        }
    }

    fn declaration(&self, states: &Path, handler: &Handler) -> TokenStream {
        let kind = match &handler.subject {
            Some(event) => {
                quote_spanned!(handler.span()=> <#event as ::coyote_guest::Event>::KIND)
            }
            None => quote!("*"),
        };
        let of = &handler.states;
        let in_states =
            if self.states.is_some() { quote!(&[#(#states::#of as u32),*]) } else { quote!(&[0]) };
        quote! {
            ::coyote_guest::__private::DeclaredHandler { kind: #kind, states: #in_states }
        }
    }
}

fn call(index: usize, states: &Path, handler: &Handler) -> TokenStream {
    let name = &handler.name;
    let event = match &handler.subject {
        Some(event) => {
            quote_spanned!(handler.span()=> ::coyote_guest::__private::decode::<#event>(payload))
        }
        None => TokenStream::new(),
    };
    quote_spanned!(name.span()=>
        #index => ::coyote_guest::IntoNext::<#states>::into_next(self.#name(#event)),)
}

/// Whether no state has both handlers for one event.
fn differs(first: &Handler, second: &Handler) -> Result<()> {
    let subject = |handler: &Handler| (handler.role, handler.subject.clone());
    let shared: Option<Option<&Ident>> = match (first.states.as_slice(), second.states.as_slice()) {
        ([], []) => Some(None),
        (of_first, of_second) => of_second.iter().find(|state| of_first.contains(state)).map(Some),
    };
    let Some(shared) = shared.filter(|_| subject(first) == subject(second)) else { return Ok(()) };
    let what = match second.role {
        Role::Entry => "entry",
        Role::Exit => "exit",
        Role::Any => "wildcard",
        _ => "handler for this event",
    };
    let place = shared.map_or_else(String::new, |state| format!(" in `{state}`"));
    let message = format!("a second {what}{place}: `{}` is one already", first.name);
    Err(Error::new(shared.map_or_else(|| second.span(), Ident::span), message))
}

/// Gives the monitor its place and the component its exports. Only under wasm: elsewhere the names of the exports do
/// not link.
fn exports(ty: &Type) -> TokenStream {
    quote! {
        #[cfg(target_family = "wasm")]
        #[allow(unsafe_code)]
        const _: () = {
            impl ::coyote_guest::__private::MonitorInstance for #ty {
                fn cell() -> &'static ::coyote_guest::__private::Cell<::coyote_guest::__private::Machine<Self>> {
                    static CELL: ::coyote_guest::__private::Cell<::coyote_guest::__private::Machine<#ty>> =
                        ::coyote_guest::__private::Cell::new();
                    &CELL
                }
            }

            type Exports = ::coyote_guest::__private::MonitorExports<#ty>;
            ::coyote_guest::__private::monitor_bindings::export!(
                Exports with_types_in ::coyote_guest::__private::monitor_bindings
            );
        };
    }
}
