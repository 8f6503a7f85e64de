//! The attribute `#[actor]`.

use crate::{
    handler::{Handler, Owner, Role},
    kind::Arguments,
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{Error, ImplItem, Item, ItemImpl, Result, Type};

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let arguments: Arguments = syn::parse2(arguments)?;
    let (mut block, name) = inherent_impl(item, "actor")?;
    let handlers = Handlers::take(&mut block)?;
    let implementation = handlers.implement(&block.self_ty, &arguments.kind_or(&name));
    let exports = exports(&block.self_ty);
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
#[derive(Default)]
struct Handlers {
    events: Vec<Handler>,
    any: Option<Handler>,
    init: Option<Handler>,
    error: Option<Handler>,
    halt: Option<Handler>,
}

impl Handlers {
    /// Collects the handlers of a block, and takes the attributes off.
    fn take(block: &mut ItemImpl) -> Result<Self> {
        let mut handlers = Self::default();
        for item in &mut block.items {
            if let ImplItem::Fn(method) = item
                && let Some(handler) = Handler::take(method, Owner::Actor)?
            {
                handlers.add(handler)?;
            }
        }
        Ok(handlers)
    }

    fn add(&mut self, handler: Handler) -> Result<()> {
        let place = match handler.role {
            Role::Event => return self.add_event(handler),
            Role::Any => &mut self.any,
            Role::Init => &mut self.init,
            Role::Error => &mut self.error,
            Role::Halt => &mut self.halt,
            Role::Entry | Role::Exit => unreachable!("an actor has no such handler"),
        };
        match place {
            Some(first) => Err(Error::new(
                handler.name.span(),
                format!("a second `{}`: `{}` is one already", handler.role.attribute(), first.name),
            )),
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
        let subjects: Vec<_> = self.events.iter().map(|handler| &handler.subject).collect();
        let kinds = self
            .events
            .iter()
            .map(|Handler { subject, .. }| quote!(<#subject as ::coyote_guest::Event>::KIND));
        let kinds = kinds.chain(self.any.iter().map(|_| quote!("*")));
        let initial = self.init.as_ref().and_then(|init| init.subject.as_ref());
        let initial = initial.map_or_else(|| quote!(()), |initial| initial.to_token_stream());
        let initialize = self.initialize();
        let handle = self.handle();
        let on_error = self.on_error();
        let on_halt = self.on_halt();
        quote! {
            impl ::coyote_guest::Actor for #ty {
                const KIND: &'static str = #kind;
                type Initial = #initial;
                const KINDS: &'static [&'static str] = &[#(#kinds),*];

                fn initialize(
                    ctx: &::coyote_guest::Context,
                    initial: &::coyote_guest::Encoded,
                ) -> ::core::result::Result<Self, ::std::string::String> {
                    #initialize
                }

                fn handle(
                    &mut self,
                    ctx: &::coyote_guest::Context,
                    kind: ::coyote_guest::__private::KindIndex,
                    payload: ::coyote_guest::Encoded,
                ) -> ::coyote_guest::__private::Reaction {
                    #handle
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
                #on_halt
            }

            const _: () = ::core::assert!(
                ::coyote_guest::__private::are_distinct(<#ty as ::coyote_guest::Actor>::KINDS),
                "two handlers for one kind of event",
            );
        }
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
        let arguments = init.arguments(&initial);
        if init.has_self {
            quote_spanned! {name.span()=>
                #check
                let mut actor: Self = ::core::default::Default::default();
                ::coyote_guest::Outcome::into_result(actor.#name(#arguments))?;
                ::core::result::Result::Ok(actor)
            }
        } else {
            quote_spanned! {name.span()=>
                #check
                ::coyote_guest::Start::<Self>::into_actor(Self::#name(#arguments))
            }
        }
    }

    fn handle(&self) -> TokenStream {
        let events = (0_u32..).zip(&self.events).map(|(index, handler)| {
            let Handler { name, subject, .. } = handler;
            let event = quote_spanned!(handler.span()=> ::coyote_guest::__private::decode::<#subject>(&payload));
            let arguments = handler.arguments(&event);
            quote_spanned!(name.span()=> #index => ::core::convert::From::from(self.#name(#arguments)),)
        });
        let others = match &self.any {
            Some(any) => {
                let name = &any.name;
                let arguments =
                    any.arguments(&quote!(::coyote_guest::AnyEvent::of_this_turn(payload)));
                quote_spanned!(name.span()=> ::core::convert::From::from(self.#name(#arguments)))
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

    fn on_error(&self) -> Option<TokenStream> {
        let error = self.error.as_ref()?;
        let name = &error.name;
        let arguments = error.arguments(&quote!(error));
        Some(quote! {
            fn on_error(
                &mut self,
                ctx: &::coyote_guest::Context,
                error: &::coyote_guest::HandlerError,
            ) -> ::coyote_guest::OnError {
                self.#name(#arguments)
            }
        })
    }

    fn on_halt(&self) -> Option<TokenStream> {
        let halt = self.halt.as_ref()?;
        let name = &halt.name;
        let arguments = halt.arguments(&TokenStream::new());
        Some(quote! {
            fn on_halt(
                &mut self,
                ctx: &::coyote_guest::Context,
            ) -> ::core::result::Result<(), ::std::string::String> {
                ::coyote_guest::Outcome::into_result(self.#name(#arguments))
            }
        })
    }
}

/// Gives the actor its place and the component its exports. Only under wasm: elsewhere the names of
/// the exports do not link.
fn exports(ty: &Type) -> TokenStream {
    quote! {
        #[cfg(target_family = "wasm")]
        #[allow(unsafe_code)]
        const _: () = {
            impl ::coyote_guest::__private::Instance for #ty {
                fn cell() -> &'static ::coyote_guest::__private::Cell<Self> {
                    static CELL: ::coyote_guest::__private::Cell<#ty> = ::coyote_guest::__private::Cell::new();
                    &CELL
                }
            }

            type Exports = ::coyote_guest::__private::Exports<#ty>;
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
