//! Whether a component has the shape that can be called by its lowered interface.

use std::ops::Range;

use wasmparser::{
    CanonicalFunction, CanonicalOption, ConstExpr, DataKind, FunctionBody, KnownCustom, Name,
    NameSectionReader, Operator, Parser, Payload,
};

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

/// What a module keeps between two calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// What that is beside its one memory; none if it is nothing else.
    pub(super) more_than_memory: Option<&'static str>,
    /// So many bytes at the beginning of the memory are the stack, in which nothing lives between two calls; 0 if the
    /// stack is elsewhere.
    pub(super) stack_bytes: usize,
}

/// The memory of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Memory {
    pub(super) kept: Kept,
    /// The bytes that every instance writes from the start: the top of the stack and the constants, or the first part of
    /// them. The heap of our SDK begins behind them.
    pub(super) hot: Range<usize>,
    /// The bytes that may be other than zero before any code has run.
    pub(super) data: Range<u32>,
}

/// How much of a stack an actor uses in any case, in bytes.
const STACK_TOP_BYTES: u32 = 1024;

/// Most bytes that are taken for written from the start.
const HOT_BYTES_MAX: u32 = 64 * 1024;

/// What is known of the memory of a module before there is one. Compilers for languages with a stack in memory have one global that changes,
/// the stack pointer, which is between two calls what it was at first. It must be that one: by its name, or, where names
/// are stripped, because LLVM made the module, which has no other.
pub(super) fn memory(module: &[u8]) -> Memory {
    let (mut memories, mut tables_change, mut from_llvm) = (0, false, false);
    let mut variables = Vec::new();
    let mut names = Vec::new();
    let (mut first_data, mut data_end) = (u32::MAX, 0);
    for payload in Parser::new(0).parse_all(module).map_while(Result::ok) {
        match payload {
            Payload::MemorySection(section) => memories += section.count(),
            Payload::GlobalSection(globals) => {
                let globals = globals.into_iter().flatten().zip(0_u32..);
                let changing = globals.filter(|(global, _)| global.ty.mutable);
                variables
                    .extend(changing.map(|(global, index)| (index, constant(&global.init_expr))));
            }
            Payload::DataSection(data) => {
                for data in data.into_iter().flatten() {
                    let bytes = u32::try_from(data.data.len()).unwrap_or(u32::MAX);
                    // Where code puts it, or a number that is not known here, may be anywhere.
                    let (start, end) = match data.kind {
                        DataKind::Active { offset_expr, .. } => match constant(&offset_expr) {
                            Some(start) => (start, start.saturating_add(bytes)),
                            None => (0, u32::MAX),
                        },
                        DataKind::Passive => (0, 0),
                    };
                    (first_data, data_end) = (first_data.min(start), data_end.max(end));
                }
            }
            Payload::CodeSectionEntry(body) => tables_change |= changes_tables(&body),
            Payload::CustomSection(section) => match section.as_known() {
                KnownCustom::Name(subsections) => names = names_of_globals(subsections),
                _ => from_llvm |= section.name() == "target_features",
            },
            _ => {}
        }
    }
    let name = |index| names.iter().find(|(named, _)| *named == index).map(|&(_, name)| name);
    let (is_stack_pointer, top) = match variables[..] {
        [] => (true, None),
        [(index, top)] => match name(index) {
            Some(name) => (name == STACK_POINTER, top),
            None => (from_llvm, top),
        },
        _ => (false, None),
    };
    let more_than_memory = if memories != 1 {
        Some("it does not have exactly one memory")
    } else if !is_stack_pointer {
        Some("it has global variables of its own")
    } else if tables_change {
        Some("its tables change")
    } else {
        None
    };
    let stack = top.filter(|&top| more_than_memory.is_none() && top <= first_data);
    let start = stack.map_or(first_data, |top| top.saturating_sub(STACK_TOP_BYTES));
    let end = data_end.min(start.saturating_add(HOT_BYTES_MAX));
    Memory {
        kept: Kept { more_than_memory, stack_bytes: stack.unwrap_or(0) as usize },
        hot: if start < end { start as usize..end as usize } else { 0..0 },
        data: first_data.min(data_end)..data_end,
    }
}

const STACK_POINTER: &str = "__stack_pointer";

/// The value of an expression that is one constant.
fn constant(expression: &ConstExpr<'_>) -> Option<u32> {
    match expression.get_operators_reader().read().ok()? {
        Operator::I32Const { value } => u32::try_from(value).ok(),
        _ => None,
    }
}

fn names_of_globals(subsections: NameSectionReader<'_>) -> Vec<(u32, &str)> {
    let names = subsections.into_iter().flatten().filter_map(|names| match names {
        Name::Global(names) => Some(names.into_iter().flatten()),
        _ => None,
    });
    names.flatten().map(|naming| (naming.index, naming.name)).collect()
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
