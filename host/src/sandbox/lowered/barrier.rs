//! The store barrier: a module rewritten so that it notes which parts of its memory it writes.
//!
//! A second memory, which the module cannot reach by its own instructions, has a mark for each granule of the first. A
//! store marks the granule that it begins in, by a few instructions before it; what writes ranges calls the host, which
//! marks them. Nothing else of the module changes, and its instructions cost the fuel that they cost without the
//! barrier, because [`price`] counts it everywhere.

use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, Function, ImportSection, Instruction,
    MemArg, MemorySection, MemoryType, Module, TypeSection, ValType,
};
use wasmparser::{
    CompositeInnerType, CustomSectionReader, ExportSectionReader, FunctionBody,
    ImportSectionReader, KnownCustom, MemorySectionReader, Operator, Parser, Payload,
    TypeSectionReader,
};
use wasmtime::OperatorCost;

use crate::sandbox::images::CARD_BYTES;

/// How many marks there are, and bytes of them: one page of WebAssembly.
pub(in crate::sandbox) const MARKS: usize = 64 * 1024;

/// A store begins in the granule that it marks, and reaches at most so many bytes into the next one.
pub(super) const REACH_BYTES: usize = 15;

/// How many marks a memory should have at most, if its granules need not be too large for that: all of them are looked
/// at after each turn.
const MARKS_WANTED: u64 = 4096;

/// Whom what writes a range calls, with its first byte and its length, and what the marks are exported as.
pub(super) const MODULE: &str = "coyote:marks";

/// See [`MODULE`].
pub(super) const RANGE: &str = "range";

/// Instructions before a store, with a fuel of 1 each.
const STORE_OPERATORS: u8 = 10;

/// Instructions before what writes a range.
const RANGE_OPERATORS: u8 = 8;

macro_rules! writes {
    (stores { $($store:ident $value:ident $($lane:ident)?;)* } ranges { $($range:ident)* }) => {
        /// What an instruction writes to memory: the type of the value and the offset of a store.
        fn written(operator: &Operator<'_>) -> Option<Write> {
            match *operator {
                $(Operator::$store { memarg, $($lane: _)? } => {
                    Some(Write::Store { value: ValType::$value, offset: memarg.offset })
                })*
                $(Operator::$range { .. } => Some(Write::Range),)*
                _ => None,
            }
        }

        /// What instructions cost, with the barrier or without: a turn uses the same fuel either way.
        pub(in crate::sandbox) fn price() -> OperatorCost {
            let mut cost = OperatorCost::new();
            $(cost.$store += STORE_OPERATORS;)*
            $(cost.$range += RANGE_OPERATORS;)*
            cost
        }
    };
}

// All there are without threads, which no guest has.
writes! {
    stores {
        I32Store I32;
        I64Store I64;
        F32Store F32;
        F64Store F64;
        I32Store8 I32;
        I32Store16 I32;
        I64Store8 I64;
        I64Store16 I64;
        I64Store32 I64;
        V128Store V128;
        V128Store8Lane V128 lane;
        V128Store16Lane V128 lane;
        V128Store32Lane V128 lane;
        V128Store64Lane V128 lane;
    }
    ranges { MemoryInit MemoryCopy MemoryFill }
}

#[derive(Clone, Copy)]
enum Write {
    Store { value: ValType, offset: u64 },
    Range,
}

/// How large a granule is in a memory that stays within so many bytes: 2 to the power of this, from a card to 4 KiB.
/// None if there are not enough marks. The end of the memory has a mark too.
pub(super) fn granule_shift(memory_bytes_max: u64) -> Option<u32> {
    let shift = (CARD_BYTES.ilog2()..12).find(|shift| memory_bytes_max >> shift <= MARKS_WANTED);
    let shift = shift.unwrap_or(12);
    (memory_bytes_max >> shift < MARKS as u64).then_some(shift)
}

/// The module with the barrier, which marks granules of this size. None if it has not the usual sections, or code that
/// runs before it can be called.
pub(super) fn rewrite(module: &[u8], granule_shift: u32) -> Option<Vec<u8>> {
    let mut barrier = Barrier::new(module, granule_shift)?;
    let mut rewritten = Module::new();
    utils::parse_core_module(&mut barrier, &mut rewritten, Parser::new(0), module).ok()?;
    Some(rewritten.finish())
}

/// What the rewriting knows of a module.
struct Barrier {
    granule_shift: u32,
    types: u32,
    imported_functions: u32,
    /// By function that the module defines.
    parameters: Vec<u32>,
    /// Functions whose body has been rewritten.
    bodies: usize,
}

impl Barrier {
    fn new(module: &[u8], granule_shift: u32) -> Option<Self> {
        let (mut types, mut imports, mut parameters) = (Vec::new(), 0, Vec::new());
        let mut has_imports = false;
        for payload in Parser::new(0).parse_all(module) {
            match payload.ok()? {
                Payload::TypeSection(section) => {
                    for group in section {
                        types.extend(group.ok()?.into_types().map(
                            |ty| match ty.composite_type.inner {
                                CompositeInnerType::Func(ty) => ty.params().len(),
                                _ => 0,
                            },
                        ));
                    }
                }
                Payload::ImportSection(section) => {
                    has_imports = true;
                    for import in section.into_imports() {
                        match import.ok()?.ty {
                            wasmparser::TypeRef::Func(_) => imports += 1,
                            wasmparser::TypeRef::Memory(_) => return None,
                            _ => {}
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        let count = *types.get(ty.ok()? as usize)?;
                        parameters.push(u32::try_from(count).ok()?);
                    }
                }
                Payload::StartSection { .. } => return None,
                Payload::ExportSection(section) => {
                    let mut names = section.into_iter().flatten().map(|export| export.name);
                    if names.any(|name| name == MODULE) {
                        return None;
                    }
                }
                _ => {}
            }
        }
        let types = u32::try_from(types.len()).ok()?;
        has_imports.then_some(Self {
            granule_shift,
            types,
            imported_functions: imports,
            parameters,
            bodies: 0,
        })
    }

    /// The barrier before a write.
    fn guard(&self, function: &mut Function, scratch: &Scratch, write: Write) {
        let start = scratch.address;
        match write {
            Write::Store { value, offset } => {
                // The addition may wrap around, and then the store is out of bounds.
                let offset = u32::try_from(offset).expect("a memory of 32 bits").cast_signed();
                let kept = scratch.of(value);
                function
                    .instruction(&Instruction::LocalSet(kept))
                    .instruction(&Instruction::LocalTee(start))
                    .instruction(&Instruction::I32Const(offset))
                    .instruction(&Instruction::I32Add)
                    .instruction(&Instruction::I32Const(self.granule_shift.cast_signed()))
                    .instruction(&Instruction::I32ShrU)
                    .instruction(&Instruction::I32Const(1))
                    .instruction(&Instruction::I32Store8(MARK))
                    .instruction(&Instruction::LocalGet(start))
                    .instruction(&Instruction::LocalGet(kept));
            }
            Write::Range => {
                let (length, kept) = (scratch.length, scratch.of(ValType::I32));
                function
                    .instruction(&Instruction::LocalSet(length))
                    .instruction(&Instruction::LocalSet(kept))
                    .instruction(&Instruction::LocalTee(start))
                    .instruction(&Instruction::LocalGet(length))
                    .instruction(&Instruction::Call(self.imported_functions))
                    .instruction(&Instruction::LocalGet(start))
                    .instruction(&Instruction::LocalGet(kept))
                    .instruction(&Instruction::LocalGet(length));
            }
        }
    }
}

/// A byte of the marks.
const MARK: MemArg = MemArg { offset: 0, align: 0, memory_index: 1 };

/// Locals for the arguments of a write.
struct Scratch {
    address: u32,
    length: u32,
    /// The first of those for values.
    values: u32,
}

const VALUES: [ValType; 5] =
    [ValType::I32, ValType::I64, ValType::F32, ValType::F64, ValType::V128];

impl Scratch {
    /// Those that come after so many others.
    fn after(locals: u32) -> Self {
        Self { address: locals, length: locals + 1, values: locals + 2 }
    }

    fn of(&self, value: ValType) -> u32 {
        let place = VALUES.iter().zip(self.values..).find(|(ty, _)| **ty == value);
        place.expect("what is stored is a number").1
    }

    fn types() -> impl Iterator<Item = (u32, ValType)> {
        [(2, ValType::I32)].into_iter().chain(VALUES.map(|ty| (1, ty)))
    }
}

type Done<T = ()> = Result<T, Error<Infallible>>;

impl Reencode for Barrier {
    type Error = Infallible;

    /// The function that marks ranges is the last one imported.
    fn function_index(&mut self, function: u32) -> Done<u32> {
        Ok(function + u32::from(function >= self.imported_functions))
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: TypeSectionReader<'_>,
    ) -> Done {
        utils::parse_type_section(self, types, section)?;
        types.ty().function([ValType::I32, ValType::I32], []);
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Done {
        utils::parse_import_section(self, imports, section)?;
        imports.import(MODULE, RANGE, EntityType::Function(self.types));
        Ok(())
    }

    fn parse_memory_section(
        &mut self,
        memories: &mut MemorySection,
        section: MemorySectionReader<'_>,
    ) -> Done {
        utils::parse_memory_section(self, memories, section)?;
        memories.memory(MemoryType {
            minimum: 1,
            maximum: Some(1),
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: ExportSectionReader<'_>,
    ) -> Done {
        utils::parse_export_section(self, exports, section)?;
        exports.export(MODULE, ExportKind::Memory, 1);
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Done {
        let mut locals = Vec::new();
        let mut count = self.parameters.get(self.bodies).copied().unwrap_or_default();
        self.bodies += 1;
        for local in body.get_locals_reader()? {
            let (more, ty) = local?;
            count += more;
            locals.push((more, self.val_type(ty)?));
        }
        let operators = || body.get_operators_reader().into_iter().flatten().flatten();
        if operators().any(|operator| written(&operator).is_some()) {
            locals.extend(Scratch::types());
        }
        let scratch = Scratch::after(count);
        let mut function = Function::new(locals);
        for operator in body.get_operators_reader()? {
            let operator = operator?;
            if let Some(write) = written(&operator) {
                self.guard(&mut function, &scratch, write);
            }
            function.instruction(&self.instruction(operator)?);
        }
        code.function(&function);
        Ok(())
    }

    /// Names of functions are for people. All other sections hold places in the code, which are others now.
    fn parse_custom_section(
        &mut self,
        module: &mut Module,
        section: CustomSectionReader<'_>,
    ) -> Done {
        if let KnownCustom::Name(names) = section.as_known() {
            module.section(&self.custom_name_section(names)?);
        }
        Ok(())
    }
}
