//! The attribute `#[actor]`.

use crate::{
    handler::{Handler, Owner, Role},
    kind::Arguments,
    table::{Methods, Takes},
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{Error, ImplItem, Item, ItemImpl, Path, Result, Type};

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let arguments: Arguments = syn::parse2(arguments)?;
    let (mut block, name) = inherent_impl(item, "actor")?;
    let handlers = Handlers::take(&mut block, arguments.states.clone())?;
    let implementation = handlers.implement(&block.self_ty, &arguments.kind_or(&name));
    let exports = handlers.exports(&block.self_ty);
    Ok(quote!(#block #implementation #exports))
}

/// The block that an attribute stands on, and the name of its type. `what` the type is made to be names the
/// attribute too.
pub(crate) fn inherent_impl(item: TokenStream, what: &str) -> Result<(ItemImpl, Ident)> {
    let place = Span::call_site();
    match syn::parse2(item)? {
        Item::Impl(block) if block.trait_.is_some() => Err(Error::new(
            place,
            format!("`#[{what}]` goes on an `impl` block of the {what} itself, not of a trait"),
        )),
        Item::Impl(block) if !block.generics.params.is_empty() => Err(Error::new_spanned(
            &block.generics,
            format!("{} {what} has no generic parameters: it is one component", article(what)),
        )),
        Item::Impl(block) => {
            let name = type_name(&block.self_ty, what)?;
            Ok((block, name))
        }
        _ => Err(Error::new(
            place,
            format!("`#[{what}]` goes on an `impl` block of the type that holds the state"),
        )),
    }
}

fn type_name(ty: &Type, what: &str) -> Result<Ident> {
    match ty {
        Type::Path(path) if path.qself.is_none() => {
            path.path.segments.last().map(|segment| segment.ident.clone())
        }
        _ => None,
    }
    .ok_or_else(|| {
        Error::new_spanned(ty, format!("{} {what} is a struct or an enum", article(what)))
    })
}

fn article(what: &str) -> &'static str {
    if what.starts_with('a') { "an" } else { "a" }
}

/// The handlers of one actor.
struct Handlers {
    /// The type of its states, if it has any.
    states: Option<Path>,
    /// What belongs to states or events.
    methods: Methods,
    /// Events and the wildcard of an actor without states.
    events: Vec<Handler>,
    any: Option<Handler>,
    init: Option<Handler>,
    error: Option<Handler>,
    error_handled: Option<Handler>,
    callbacks: Vec<Handler>,
}

impl Handlers {
    /// Collects the handlers of a block, and takes the attributes off.
    fn take(block: &mut ItemImpl, states: Option<Path>) -> Result<Self> {
        let owner = if states.is_some() { Owner::Machine } else { Owner::Plain };
        let mut handlers = Self {
            states,
            methods: Methods::new(),
            events: Vec::new(),
            any: None,
            init: None,
            error: None,
            error_handled: None,
            callbacks: Vec::new(),
        };
        for item in &mut block.items {
            if let ImplItem::Fn(method) = item
                && let Some(handler) = Handler::take(method, owner)?
            {
                handlers.add(handler)?;
            }
        }
        Ok(handlers)
    }

    fn add(&mut self, handler: Handler) -> Result<()> {
        let place = match handler.role {
            Role::Any if self.states.is_some() && handler.states.is_empty() => {
                let message =
                    "an actor with states has wildcards in states only: `#[on(any in State)]`";
                return Err(Error::new(handler.name.span(), message));
            }
            Role::Event | Role::Any if self.states.is_some() => return self.methods.add(handler),
            Role::Entry | Role::Exit | Role::Goto | Role::Default => {
                return self.methods.add(handler);
            }
            Role::Event => return self.add_event(handler),
            Role::Any => &mut self.any,
            Role::Init => &mut self.init,
            Role::Error => &mut self.error,
            Role::ErrorHandled => &mut self.error_handled,
            Role::Halt
            | Role::Dequeued
            | Role::Handled
            | Role::Ignored
            | Role::Deferred
            | Role::Unhandled => {
                if let Some(first) = self.callbacks.iter().find(|first| first.role == handler.role)
                {
                    return Err(second(first, &handler));
                }
                self.callbacks.push(handler);
                return Ok(());
            }
        };
        match place {
            Some(first) => Err(second(first, &handler)),
            None => {
                *place = Some(handler);
                Ok(())
            }
        }
    }

    fn add_event(&mut self, handler: Handler) -> Result<()> {
        if let Some(first) = self.events.iter().find(|first| first.subject == handler.subject) {
            let message =
                format!("a second handler for this event: `{}` is one already", first.name);
            return Err(Error::new_spanned(&handler.subject, message));
        }
        self.events.push(handler);
        Ok(())
    }

    fn implement(&self, ty: &Type, kind: &str) -> TokenStream {
        let of_events = self.events.iter().filter_map(|handler| handler.subject.as_ref());
        let subjects = of_events.chain(self.methods.subjects());
        let initial = self.init.as_ref().and_then(|init| init.subject.as_ref());
        let initial = initial.map_or_else(|| quote!(()), |initial| initial.to_token_stream());
        let starts_async = self.init.as_ref().is_some_and(|init| init.is_async);
        let starts_async = starts_async.then(|| {
            quote!(
                const STARTS_ASYNC: bool = true;
            )
        });
        let initialize = self.initialize();
        let exports = match &self.states {
            Some(_) => quote!(MachineExports),
            None => quote!(Exports),
        };
        let on_error = self.on_error();
        let callbacks = self.callbacks();
        let turns = match &self.states {
            Some(states) => self.stateful(ty, states),
            None => self.plain(ty),
        };
        quote! {
            impl ::coyote_guest::Actor for #ty {
                const KIND: &'static str = #kind;
                type Initial = #initial;
                type Exports = ::coyote_guest::__private::#exports<Self>;
                #starts_async

                async fn initialize(
                    ctx: &::coyote_guest::Context,
                    initial: &::coyote_guest::Encoded,
                ) -> ::core::result::Result<Self, ::coyote_guest::__private::NotStarted<Self>> {
                    #initialize
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

                #on_error
                #callbacks
            }

            #turns
        }
    }

    fn plain(&self, ty: &Type) -> TokenStream {
        let subjects = self.events.iter().map(|handler| &handler.subject);
        let kinds = subjects.map(|subject| quote!(<#subject as ::coyote_guest::Event>::KIND));
        let kinds = kinds.chain(self.any.iter().map(|_| quote!("*")));
        let handle = self.handle(false);
        let waiting = self.handlers_that_wait();
        quote! {
            impl ::coyote_guest::__private::Plain for #ty {
                const KINDS: &'static [&'static str] = &[#(#kinds),*];

                fn handle(
                    &mut self,
                    ctx: &::coyote_guest::Context,
                    kind: ::coyote_guest::__private::KindIndex,
                    payload: &::coyote_guest::Encoded,
                ) -> ::coyote_guest::__private::Reaction {
                    #handle
                }

                #waiting
            }

            const _: () = ::core::assert!(
                ::coyote_guest::__private::are_distinct(
                    <#ty as ::coyote_guest::__private::Plain>::KINDS,
                ),
                "two handlers for one kind of event",
            );
        }
    }

    fn stateful(&self, ty: &Type, states: &Path) -> TokenStream {
        let table = self.methods.table("Actor", states, true);
        let calls = self.methods.calls(states, Takes::Event, false);
        let waiting = self.methods_that_wait(states);
        quote! {
            impl ::coyote_guest::__private::Stateful for #ty {
                type States = #states;
                const TABLE: &'static ::coyote_guest::__private::table::Table = #table;

                fn call(
                    &mut self,
                    ctx: &::coyote_guest::Context,
                    method: u16,
                    event: &::coyote_guest::AnyEvent,
                ) -> ::core::result::Result<::coyote_guest::Next<#states>, ::std::string::String> {
                    match method {
                        #(#calls)*
                        _ => ::core::unreachable!("there are no more methods"),
                    }
                }

                #waiting
            }

            const _: &::coyote_guest::__private::table::Table =
                <#ty as ::coyote_guest::__private::Stateful>::TABLE;
        }
    }

    /// What an actor with states has whose methods may wait.
    fn methods_that_wait(&self, states: &Path) -> Option<TokenStream> {
        let numbers: Vec<_> = self.methods.that_wait().collect();
        numbers.first()?;
        let calls = self.methods.calls(states, Takes::Event, true);
        Some(quote! {
            const WAITS: bool = true;

            fn is_async(method: u16) -> bool {
                ::core::matches!(method, #(#numbers)|*)
            }

            async fn call_async(
                &mut self,
                ctx: &::coyote_guest::Context,
                method: u16,
                event: &::coyote_guest::AnyEvent,
            ) -> ::core::result::Result<::coyote_guest::Next<#states>, ::std::string::String> {
                match method {
                    #(#calls)*
                    _ => ::core::unreachable!("there are no more methods"),
                }
            }
        })
    }

    fn initialize(&self) -> TokenStream {
        let Some(init) = &self.init else {
            return quote! {
                ::coyote_guest::__private::no_initial(initial);
                ::core::result::Result::Ok(::core::default::Default::default())
            };
        };
        let (check, initial) = match &init.subject {
            Some(ty) => (
                None,
                quote_spanned!(init.span()=> ::coyote_guest::__private::decode_initial::<#ty>(initial)),
            ),
            None => {
                (Some(quote!(::coyote_guest::__private::no_initial(initial);)), TokenStream::new())
            }
        };
        let Handler { name, .. } = init;
        let wait = init.is_async.then(|| quote!(.await));
        let arguments = init.arguments(&initial);
        if init.has_self {
            quote_spanned! {name.span()=>
                #check
                let mut actor: Self = ::core::default::Default::default();
                match ::coyote_guest::Outcome::into_result(actor.#name(#arguments) #wait) {
                    ::core::result::Result::Ok(()) => ::core::result::Result::Ok(actor),
                    ::core::result::Result::Err(error) => {
                        let actor = ::core::option::Option::Some(actor);
                        ::core::result::Result::Err(
                            ::coyote_guest::__private::NotStarted { actor, error },
                        )
                    }
                }
            }
        } else {
            quote_spanned! {name.span()=>
                #check
                ::core::result::Result::map_err(
                    ::coyote_guest::Start::<Self>::into_actor(Self::#name(#arguments) #wait),
                    |error| ::coyote_guest::__private::NotStarted {
                        actor: ::core::option::Option::None,
                        error,
                    },
                )
            }
        }
    }

    /// What an actor without states has whose handlers may wait.
    fn handlers_that_wait(&self) -> Option<TokenStream> {
        let any_async = self.any.as_ref().is_some_and(|any| any.is_async);
        if !any_async && !self.events.iter().any(|handler| handler.is_async) {
            return None;
        }
        let kinds = (0_u32..).zip(&self.events).map(|(index, handler)| {
            let is_async = handler.is_async;
            quote!(#index => #is_async,)
        });
        let handle = self.handle(true);
        Some(quote! {
            fn is_async(kind: ::coyote_guest::__private::KindIndex) -> bool {
                match kind {
                    #(#kinds)*
                    _ => #any_async,
                }
            }

            async fn handle_async(
                &mut self,
                ctx: &::coyote_guest::Context,
                kind: ::coyote_guest::__private::KindIndex,
                payload: &::coyote_guest::Encoded,
            ) -> ::coyote_guest::__private::Reaction {
                #handle
            }
        })
    }

    /// The calls of the handlers that are async, or of the others.
    fn handle(&self, asynchronous: bool) -> TokenStream {
        let wait = asynchronous.then(|| quote!(.await));
        let events =
            (0_u32..).zip(&self.events).filter(|(_, handler)| handler.is_async == asynchronous);
        let events = events.map(|(index, handler)| {
            let Handler { name, subject, .. } = handler;
            let event = quote_spanned!(handler.span()=> ::coyote_guest::__private::decode::<#subject>(payload));
            let arguments = handler.arguments(&event);
            quote_spanned!(name.span()=> #index => ::core::convert::From::from(self.#name(#arguments) #wait),)
        });
        let others = match self.any.as_ref().filter(|any| any.is_async == asynchronous) {
            Some(any) => {
                let name = &any.name;
                let arguments = any.arguments(&quote!(::coyote_guest::AnyEvent::of_this_turn(
                    ::core::clone::Clone::clone(payload)
                )));
                quote_spanned!(name.span()=> ::core::convert::From::from(self.#name(#arguments) #wait))
            }
            None => quote!(::coyote_guest::__private::Reaction::Unhandled),
        };
        quote! {
            match kind {
                #(#events)*
                _ => #others,
            }
        }
    }

    fn on_error(&self) -> TokenStream {
        let on_error = self.error.as_ref().map(|error| {
            let name = &error.name;
            let arguments = error.arguments(&quote!(error));
            quote! {
                fn on_error(
                    &mut self,
                    ctx: &::coyote_guest::Context,
                    error: &::coyote_guest::HandlerError,
                ) -> ::coyote_guest::OnError {
                    self.#name(#arguments)
                }
            }
        });
        let on_error_handled = self.error_handled.as_ref().map(|handled| {
            let name = &handled.name;
            let arguments = handled.arguments(&quote!(error));
            quote! {
                fn on_error_handled(
                    &mut self,
                    ctx: &::coyote_guest::Context,
                    error: &::coyote_guest::HandlerError,
                ) -> ::core::result::Result<(), ::std::string::String> {
                    ::coyote_guest::Outcome::into_result(self.#name(#arguments))
                }
            }
        });
        quote!(#on_error #on_error_handled)
    }

    fn callbacks(&self) -> Option<TokenStream> {
        self.callbacks.first()?;
        let variant = |handler: &Handler| {
            let variant = handler.role.callback().map(|name| Ident::new(name, Span::call_site()));
            quote!(::coyote_guest::__private::Callback::#variant)
        };
        let variants = self.callbacks.iter().map(variant);
        let calls = self.callbacks.iter().map(|handler| {
            let (name, variant) = (&handler.name, variant(handler));
            let arguments = handler.arguments(&quote!(event));
            let state = self.states.as_ref().filter(|_| handler.role == Role::Unhandled);
            let state = state.map(|states| {
                quote!(let state = <#states as ::coyote_guest::States>::ALL[state as usize];)
            });
            quote_spanned! {name.span()=>
                #variant => {
                    #state
                    ::coyote_guest::Outcome::into_result(self.#name(#arguments))
                }
            }
        });
        Some(quote! {
            const CALLBACKS: ::coyote_guest::__private::Callbacks =
                ::coyote_guest::__private::Callbacks::NONE #(.and(#variants))*;

            #[allow(unused_variables)]
            fn call_back(
                &mut self,
                ctx: &::coyote_guest::Context,
                callback: ::coyote_guest::__private::Callback,
                event: &::coyote_guest::AnyEvent,
                state: u32,
            ) -> ::core::result::Result<(), ::std::string::String> {
                match callback {
                    #(#calls)*
                    _ => ::core::result::Result::Ok(()),
                }
            }
        })
    }

    /// Gives the actor its place and the component its exports, these only under wasm: elsewhere their names do not
    /// link.
    fn exports(&self, ty: &Type) -> TokenStream {
        let (instance, content) = match &self.states {
            Some(_) => (quote!(MachineInstance), quote!(::coyote_guest::__private::Machine<#ty>)),
            None => (quote!(Instance), quote!(#ty)),
        };
        quote! {
            impl ::coyote_guest::__private::#instance for #ty {
                fn cell() -> &'static ::coyote_guest::__private::Cell<#content> {
                    static CELL: ::coyote_guest::__private::Cell<#content> =
                        ::coyote_guest::__private::Cell::new();
                    &CELL
                }
            }

            #[cfg(target_family = "wasm")]
            #[allow(unsafe_code)]
            const _: () = {
                type Exports = <#ty as ::coyote_guest::Actor>::Exports;
                ::coyote_guest::__private::bindings::export!(
                    Exports with_types_in ::coyote_guest::__private::bindings
                );

                #[unsafe(export_name = "coyote:guest/short@0.1.0#initialize")]
                extern "C" fn initialize_short(
                    encoding: u32, length: u32, a: u64, b: u64, c: u64, d: u64,
                ) {
                    Exports::initialize_short(encoding, length, [a, b, c, d]);
                }

                #[unsafe(export_name = "coyote:guest/short@0.1.0#handle-event")]
                extern "C" fn handle_event_short(
                    kind: u32, encoding: u32, length: u32, a: u64, b: u64, c: u64, d: u64,
                ) {
                    Exports::handle_event_short(kind, encoding, length, [a, b, c, d]);
                }
            };
        }
    }
}

fn second(first: &Handler, second: &Handler) -> Error {
    let attribute = second.role.attribute();
    let message = format!("a second `{attribute}`: `{}` is one already", first.name);
    Error::new(second.name.span(), message)
}
