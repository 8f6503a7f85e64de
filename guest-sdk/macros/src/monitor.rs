//! The attribute `#[monitor]`.

use crate::{
    actor::inherent_impl,
    handler::{Handler, Owner, Role},
    kind::MonitorArguments,
    table::{Methods, Takes},
};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ImplItem, ItemImpl, Path, Result, Type, parse_quote};

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let arguments: MonitorArguments = syn::parse2(arguments)?;
    let (mut block, name) = inherent_impl(item, "monitor")?;
    let methods = methods(&mut block, arguments.states.as_ref())?;
    let implementation =
        implement(&methods, arguments.states.as_ref(), &block.self_ty, &arguments.name_or(&name));
    let exports = exports(&block.self_ty);
    Ok(quote!(#block #implementation #exports))
}

/// Collects the handlers of a block, and takes the attributes off.
fn methods(block: &mut ItemImpl, states: Option<&Path>) -> Result<Methods> {
    let mut methods = Methods::new();
    for item in &mut block.items {
        if let ImplItem::Fn(method) = item
            && let Some(handler) = Handler::take(method, Owner::Monitor)?
        {
            check(&handler, states)?;
            methods.add(handler)?;
        }
    }
    Ok(methods)
}

fn check(handler: &Handler, states: Option<&Path>) -> Result<()> {
    match (states, handler.states.first()) {
        (None, Some(state)) => Err(Error::new(
            state.span(),
            "this monitor has no states: `#[monitor(states = ..)]` names the enum of them",
        )),
        (Some(_), None) if handler.role == Role::Any => Err(Error::new(
            handler.name.span(),
            "a monitor with states has wildcards in states only: `#[on(any in State)]`",
        )),
        _ => Ok(()),
    }
}

fn implement(methods: &Methods, named: Option<&Path>, ty: &Type, name: &str) -> TokenStream {
    let states = named.cloned().unwrap_or_else(|| parse_quote!(::coyote_guest::Watching));
    let table = methods.table("Monitor", &states, named.is_some());
    let calls = methods.calls(&states, Takes::Payload, false);
    let subjects = methods.subjects();
    quote! {
        impl ::coyote_guest::Monitor for #ty {
            const NAME: &'static str = #name;
            type States = #states;
            type Exports = ::coyote_guest::__private::MonitorExports<Self>;
            const TABLE: &'static ::coyote_guest::__private::table::Table = #table;

            fn call(
                &mut self,
                method: u16,
                payload: &::coyote_guest::Encoded,
            ) -> ::core::result::Result<::coyote_guest::Next<#states>, ::std::string::String> {
                match method {
                    #(#calls)*
                    _ => ::core::unreachable!("there are no more methods"),
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

        const _: &::coyote_guest::__private::table::Table =
            <#ty as ::coyote_guest::Monitor>::TABLE;
    }
}

/// Gives the monitor its place and the component its exports, these only under wasm: elsewhere their names do not link.
fn exports(ty: &Type) -> TokenStream {
    quote! {
        impl ::coyote_guest::__private::MonitorInstance for #ty {
            fn cell() -> &'static ::coyote_guest::__private::Cell<::coyote_guest::__private::Watch<Self>> {
                static CELL: ::coyote_guest::__private::Cell<::coyote_guest::__private::Watch<#ty>> =
                    ::coyote_guest::__private::Cell::new();
                &CELL
            }
        }

        #[cfg(target_family = "wasm")]
        #[allow(unsafe_code)]
        const _: () = {
            type Exports = <#ty as ::coyote_guest::Monitor>::Exports;
            ::coyote_guest::__private::monitor_bindings::export!(
                Exports with_types_in ::coyote_guest::__private::monitor_bindings
            );
        };
    }
}
