//! The attribute `#[main]`.

use crate::kind::Arguments;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Error, FnArg, ItemFn, Result, Type};

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let arguments: Arguments = syn::parse2(arguments)?;
    let message = "`#[main]` goes on an async function";
    let function: ItemFn = syn::parse2(item).map_err(|_| Error::new(Span::call_site(), message))?;
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        return Err(Error::new(signature.fn_token.span, message));
    }
    if !signature.generics.params.is_empty() {
        return Err(Error::new_spanned(&signature.generics, "a program has no generic parameters"));
    }
    let types = signature.inputs.iter().map(|argument| match argument {
        FnArg::Typed(typed) => Ok(&*typed.ty),
        FnArg::Receiver(receiver) => {
            Err(Error::new_spanned(receiver, "a program is a function, not a method"))
        }
    });
    let (context, initial) = match types.collect::<Result<Vec<_>>>()?.as_slice() {
        [] => (false, None),
        [Type::Reference(_)] => (true, None),
        [initial] => (false, Some(*initial)),
        [Type::Reference(_), initial] => (true, Some(*initial)),
        _ => {
            let shape = "the shape of `#[main]` is `async fn(ctx: &Context, initial: T)`";
            return Err(Error::new_spanned(&signature.inputs, shape));
        }
    };
    let name = &signature.ident;
    let context = context.then(|| quote!(ctx,));
    let parameter = initial.map(|initial| quote!(, initial: #initial));
    let initial = initial.map(|_| quote!(initial));
    let kind = match arguments.given() {
        Some(kind) => quote!(kind = #kind),
        None => {
            let package = package().unwrap_or_else(|| name.to_string());
            quote!(kind = #package)
        }
    };
    let call = quote_spanned!(name.span()=> #name(#context #initial).await);
    Ok(quote! {
        #function

        const _: () = {
            #[derive(::core::fmt::Debug, ::core::default::Default)]
            struct Program;

            #[::coyote_guest::actor(#kind)]
            impl Program {
                #[on(init)]
                async fn run(
                    &mut self,
                    ctx: &::coyote_guest::Context
                    #parameter
                ) -> ::core::result::Result<(), ::std::string::String> {
                    ::coyote_guest::Outcome::into_result(#call)?;
                    ctx.halt();
                    ::core::result::Result::Ok(())
                }
            }
        };
    })
}

#[expect(clippy::disallowed_methods, reason = "cargo tells macros so what they are used in")]
fn package() -> Option<String> {
    std::env::var("CARGO_PKG_NAME").ok()
}
