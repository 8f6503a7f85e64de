//! Events and payloads.

use crate::kind::EventArguments;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Error, Result};

/// `#[event]`: the derives of a payload, and `Event`.
pub(crate) fn expand_event(arguments: &TokenStream, item: &TokenStream) -> Result<TokenStream> {
    check_type(item, "an event")?;
    let kind = (!arguments.is_empty()).then(|| quote!(#[event(#arguments)]));
    Ok(quote! {
        #[derive(::coyote_guest::Event)]
        #kind
        #[::coyote_guest::payload]
        #item
    })
}

/// `#[payload]`: what travels needs serde, and `Debug` to be shown.
pub(crate) fn expand_payload(arguments: &TokenStream, item: &TokenStream) -> Result<TokenStream> {
    check_type(item, "a payload")?;
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "`#[payload]` takes no arguments"));
    }
    Ok(quote! {
        #[derive(
            ::core::clone::Clone,
            ::core::fmt::Debug,
            ::coyote_guest::__private::serde::Serialize,
            ::coyote_guest::__private::serde::Deserialize,
        )]
        #[serde(crate = "::coyote_guest::__private::serde")]
        #item
    })
}

fn check_type(item: &TokenStream, what: &str) -> Result<()> {
    let message = format!("{what} is a struct or an enum");
    syn::parse2::<DeriveInput>(item.clone())
        .map(drop)
        .map_err(|_| Error::new_spanned(item, message))
}

/// `#[derive(Event)]`.
pub(crate) fn derive(item: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(item)?;
    if let Data::Union(union) = &input.data {
        return Err(Error::new(
            union.union_token.span,
            "a union cannot be an event: nothing tells what it holds",
        ));
    }
    if !input.generics.params.is_empty() {
        let message = "an event has no generic parameters: a kind stands for one type";
        return Err(Error::new_spanned(&input.generics, message));
    }
    let name = &input.ident;
    let kind = arguments(&input.attrs)?.kind_or(name);
    let (encode, decode) = if has_content(&input.data) {
        (
            quote!(::coyote_guest::Payload::encode(self)),
            quote!(::coyote_guest::Payload::decode(encoded)),
        )
    } else {
        (quote!(::coyote_guest::Encoded::EMPTY), quote!(encoded.no_value().map(|()| Self {})))
    };
    Ok(quote! {
        impl ::coyote_guest::Event for #name {
            const KIND: &'static str = #kind;

            fn encode(&self) -> ::coyote_guest::Encoded {
                #encode
            }

            fn decode(
                encoded: &::coyote_guest::Encoded,
            ) -> ::core::result::Result<Self, ::coyote_guest::DecodeError> {
                #decode
            }

            fn mention() {
                #[cfg(target_family = "wasm")]
                {
                    extern "C" fn construct() {
                        ::coyote_guest::__private::mention(
                            <#name as ::coyote_guest::Event>::KIND,
                        );
                    }

                    // The linker takes it up where this method is called.
                    #[allow(unsafe_code)]
                    #[unsafe(link_section = ".init_array")]
                    static CONSTRUCTOR: extern "C" fn() = construct;
                    ::core::hint::black_box(&CONSTRUCTOR);
                }
                #[cfg(not(target_family = "wasm"))]
                ::coyote_guest::__private::mention(<Self as ::coyote_guest::Event>::KIND);
            }
        }
    })
}

fn arguments(attributes: &[Attribute]) -> Result<EventArguments> {
    let mut of_event = attributes.iter().filter(|attribute| attribute.path().is_ident("event"));
    let arguments = of_event.next().map(Attribute::parse_args).transpose()?.unwrap_or_default();
    match of_event.next() {
        Some(second) => Err(Error::new_spanned(second, "one `#[event(..)]` is enough")),
        None => Ok(arguments),
    }
}

fn has_content(data: &Data) -> bool {
    !matches!(data, Data::Struct(data) if data.fields.is_empty())
}
