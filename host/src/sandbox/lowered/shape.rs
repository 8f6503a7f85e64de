//! Whether a component has the shape that can be called by its lowered interface.

use wasmparser::{CanonicalFunction, CanonicalOption, FunctionBody, Operator, Parser, Payload};

use super::{HANDLE_EVENT, handler};

/// The bytes of the module that a component wraps, if the wrapping is the usual one: UTF-8 text, no resources,
/// nothing asynchronous, and one module that exports the handler and imports nothing but the package.
pub(super) fn main_module(component: &[u8]) -> Option<&[u8]> {
    let mut modules = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        match payload.ok()? {
            Payload::ModuleSection { unchecked_range, .. } => {
                modules.push(component.get(unchecked_range)?);
            }
            Payload::ComponentCanonicalSection(functions) => {
                for function in functions {
                    let (CanonicalFunction::Lift { options, .. }
                    | CanonicalFunction::Lower { options, .. }) = function.ok()?
                    else {
                        return None;
                    };
                    let usual = |option: &CanonicalOption| {
                        matches!(
                            option,
                            CanonicalOption::UTF8
                                | CanonicalOption::Memory(_)
                                | CanonicalOption::Realloc(_)
                                | CanonicalOption::PostReturn(_)
                        )
                    };
                    if !options.iter().all(usual) {
                        return None;
                    }
                }
            }
            _ => {}
        }
    }
    let mut main = modules.into_iter().filter(|module| exports_handler(module));
    let module = main.next()?;
    (main.next().is_none() && imports_only_the_package(module)).then_some(module)
}

fn exports_handler(module: &[u8]) -> bool {
    let name = handler(HANDLE_EVENT);
    Parser::new(0).parse_all(module).map_while(Result::ok).any(|payload| match payload {
        Payload::ExportSection(exports) => {
            exports.into_iter().flatten().any(|export| export.name == name)
        }
        _ => false,
    })
}

fn imports_only_the_package(module: &[u8]) -> bool {
    Parser::new(0).parse_all(module).map_while(Result::ok).all(|payload| match payload {
        Payload::ImportSection(imports) => imports
            .into_imports()
            .flatten()
            .all(|import| import.module.starts_with("coyote:actor/")),
        _ => true,
    })
}

/// Whether a module keeps nothing between two calls but its one memory. Compilers for languages with a stack in
/// memory have one global that changes, the stack pointer, which is between two calls what it was at first.
pub(super) fn is_all_memory(module: &[u8]) -> bool {
    let (mut memories, mut variables) = (0, 0);
    let keeps_more =
        Parser::new(0).parse_all(module).map_while(Result::ok).any(|payload| match payload {
            Payload::MemorySection(section) => {
                memories += section.count();
                false
            }
            Payload::GlobalSection(globals) => {
                variables +=
                    globals.into_iter().flatten().filter(|global| global.ty.mutable).count();
                false
            }
            Payload::CodeSectionEntry(body) => changes_tables(&body),
            _ => false,
        });
    !keeps_more && memories == 1 && variables <= 1
}

fn changes_tables(body: &FunctionBody<'_>) -> bool {
    let operators = body.get_operators_reader().into_iter().flatten().flatten();
    operators.into_iter().any(|operator| {
        matches!(
            operator,
            Operator::TableSet { .. }
                | Operator::TableGrow { .. }
                | Operator::TableFill { .. }
                | Operator::TableCopy { .. }
                | Operator::TableInit { .. }
                | Operator::ElemDrop { .. }
                | Operator::DataDrop { .. }
        )
    })
}
