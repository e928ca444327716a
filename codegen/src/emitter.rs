//! Control flow and addressing: a thin layer over Cranelift's function builder.
//!
//! Every loop of every kernel is made by [`Emitter::loop_from`], so that there is one place to
//! look at for how loops are shaped:
//!
//! ```text
//!     brif start < end, round(start, carried), exit(carried)
//! round(index, carried):
//!     …
//!     brif next < end, round(next, successors), exit(successors)
//! exit(results):
//! ```
//!
//! Blocks are sealed together at the end, as all branches are known then.

use crate::functions::{Callee, Functions};
use crate::host::HostFn;
use crate::wide::Target;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{
    AbiParam, Block, BlockArg, InstBuilder, InstructionData, MemFlagsData, Opcode, Signature, Type,
    Value,
};
use cranelift_codegen::isa::{CallConv, TargetFrontendConfig};
use cranelift_frontend::{FuncInstBuilder, FunctionBuilder};
use smallvec::SmallVec;

/// A handful of values.
pub(crate) type Values = SmallVec<[Value; 8]>;

/// What the emitter asks of the machine beyond what Cranelift hides.
#[derive(Clone, Copy)]
pub(crate) struct Machine {
    /// The x86-64 operations without a portable spelling may be used.
    pub(crate) has_x86_vectors: bool,
    /// Instructions may take vectors at any address as operands.
    pub(crate) has_unaligned_operands: bool,
    /// How host functions are called.
    pub(crate) call_conv: CallConv,
    /// What Cranelift wants to know when a function ends.
    pub(crate) config: TargetFrontendConfig,
    /// What [`crate::wide`] compiles programs along contiguous elements for, if it does.
    pub(crate) wide: Option<Target>,
}

/// Appends code to a function.
pub(crate) struct Emitter<'f> {
    builder: FunctionBuilder<'f>,
    pub(crate) machine: Machine,
    /// The function's parameters; the kernel's only one is the address of its arguments.
    params: Values,
    /// The functions called so far; their order is their number.
    pub(crate) functions: Functions,
    notes: Notes,
}

/// What is to be known of a function beside its code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Notes {
    /// The most pieces in which a program runs.
    pub(crate) n_pieces: usize,
    /// Whether any loop calls nothing: its body is what takes the time, not some wide function.
    pub(crate) has_own_loops: bool,
}

/// Elements are naturally aligned only as scalars, hence nothing is said of alignment; and kernels
/// are only called with valid memory, so that none traps.
pub(crate) fn element_flags() -> MemFlagsData {
    MemFlagsData::new().with_notrap()
}

/// Memory that no call of a kernel writes: arguments and tables. Their loads may move across
/// stores, which elements' may not: what a phase stores, a later one may load.
fn constant_flags() -> MemFlagsData {
    MemFlagsData::trusted().with_readonly().with_can_move()
}

impl<'f> Emitter<'f> {
    /// Starts a function.
    pub(crate) fn new(mut builder: FunctionBuilder<'f>, machine: Machine) -> Emitter<'f> {
        let entry = builder.create_block();
        builder.append_block_params_for_function_params(entry);
        builder.switch_to_block(entry);
        let params = Values::from_slice(builder.block_params(entry));
        let notes = Notes { n_pieces: 1, has_own_loops: false };
        Emitter { builder, machine, params, functions: Functions::default(), notes }
    }

    /// The parameters of the function.
    pub(crate) fn params(&self) -> Values {
        self.params.clone()
    }

    /// Notes in how many pieces a program runs, for people.
    pub(crate) fn note_pieces(&mut self, n_pieces: usize) {
        self.notes.n_pieces = self.notes.n_pieces.max(n_pieces);
    }

    /// Ends the function; returns the functions that it calls, and what is to be known of it.
    pub(crate) fn finish(mut self) -> (Vec<Callee>, Notes) {
        self.builder.ins().return_(&[]);
        self.builder.seal_all_blocks();
        self.builder.finalize(self.machine.config);
        (self.functions.into_callees(), self.notes)
    }

    /// Where the next instruction goes.
    pub(crate) fn ins(&mut self) -> FuncInstBuilder<'_, 'f> {
        self.builder.ins()
    }

    /// For what has no method here: constants and stack memory.
    pub(crate) fn builder(&mut self) -> &mut FunctionBuilder<'f> {
        &mut self.builder
    }

    /// The type of a value.
    pub(crate) fn type_of(&self, value: Value) -> Type {
        self.builder.func.dfg.value_type(value)
    }

    /// An `i64` constant.
    pub(crate) fn int(&mut self, value: i64) -> Value {
        self.ins().iconst(I64, value)
    }

    /// The argument of the kernel in a slot. It is loaded where it is needed: strides of outer loops
    /// would only occupy registers.
    pub(crate) fn slot(&mut self, index: usize) -> Value {
        let slots = self.params[0];
        self.ins().load(I64, constant_flags(), slots, (index * 8) as i32)
    }

    /// An entry of a constant table.
    pub(crate) fn load_constant(&mut self, ty: Type, address: Value) -> Value {
        self.ins().load(ty, constant_flags(), address, 0)
    }

    /// An element, at any address: nothing is said of its alignment.
    pub(crate) fn load(&mut self, ty: Type, address: Value, offset: usize) -> Value {
        self.ins().load(ty, element_flags(), address, offset as i32)
    }

    /// An element, to any address. It stays in order with the loads around it.
    pub(crate) fn store(&mut self, value: Value, address: Value, offset: usize) {
        self.ins().store(element_flags(), value, address, offset as i32);
    }

    /// `base + index * scale`, in the form that becomes one addressing mode where it can.
    pub(crate) fn scaled(&mut self, base: Value, index: Value, scale: usize) -> Value {
        if self.is_zero(index) {
            return base;
        }
        let offset = match scale {
            1 => index,
            _ if scale.is_power_of_two() => {
                self.ins().ishl_imm_u(index, i64::from(scale.trailing_zeros()))
            }
            _ => self.ins().imul_imm_s(index, scale as i64),
        };
        self.ins().iadd(base, offset)
    }

    /// Whether a value is the constant 0: the index of a single element.
    fn is_zero(&self, value: Value) -> bool {
        let dfg = &self.builder.func.dfg;
        let inst = dfg.value_def(value).inst();
        inst.is_some_and(|inst| match dfg.insts[inst] {
            InstructionData::UnaryImm { opcode: Opcode::Iconst, imm } => imm.bits() == 0,
            _ => false,
        })
    }

    /// `base + index * stride`.
    pub(crate) fn strided(&mut self, base: Value, index: Value, stride: Value) -> Value {
        let offset = self.ins().imul(index, stride);
        self.ins().iadd(base, offset)
    }

    /// Runs `body` for each index from `start` below `end` in steps of `step`.
    ///
    /// The body takes the index and the carried values and returns their successors; what
    /// the last round returned (or `carried`, if there was none) comes out.
    pub(crate) fn count_loop(
        &mut self,
        start: Value,
        end: Value,
        step: i64,
        carried: &[Value],
        body: impl FnOnce(&mut Self, Value, &[Value]) -> Values,
    ) -> Values {
        self.loop_from(start, end, carried, |e, index, carried| {
            let next = body(e, index, carried);
            (e.ins().iadd_imm_s(index, step), next)
        })
    }

    /// Runs `body` for chunks of `n` elements: where each begins and how long it is, which is
    /// less than the given length for the last one alone.
    pub(crate) fn count_chunks(
        &mut self,
        n: Value,
        chunk: usize,
        body: impl FnOnce(&mut Self, Value, Value),
    ) {
        let start = self.int(0);
        self.count_loop(start, n, chunk as i64, &[], |e, start, _| {
            let (rest, most) = (e.ins().isub(n, start), e.int(chunk as i64));
            let len = e.ins().smin(rest, most);
            body(e, start, len);
            Values::new()
        });
    }

    /// Runs `body` while the index is below `end`; the body returns the next index, too.
    pub(crate) fn loop_from(
        &mut self,
        start: Value,
        end: Value,
        carried: &[Value],
        body: impl FnOnce(&mut Self, Value, &[Value]) -> (Value, Values),
    ) -> Values {
        let (round, exit) = (self.builder.create_block(), self.builder.create_block());
        let index = self.builder.append_block_param(round, I64);
        let inner: Values = carried.iter().map(|value| self.param_like(round, *value)).collect();
        let outer: Values = carried.iter().map(|value| self.param_like(exit, *value)).collect();

        // The condition stands at the end of the round: one jump a round instead of two. It is
        // signed: an end before the start is no round, not nearly all that there are.
        let runs = self.ins().icmp(IntCC::SignedLessThan, start, end);
        let (enter, skip) = (block_args(&[&[start], carried]), block_args(&[carried]));
        self.ins().brif(runs, round, &enter, exit, &skip);
        self.builder.switch_to_block(round);
        let n_calls = self.functions.n_calls();
        let (next_index, next) = body(self, index, &inner);
        self.notes.has_own_loops |= self.functions.n_calls() == n_calls;
        let again = self.ins().icmp(IntCC::SignedLessThan, next_index, end);
        let (stay, leave) = (block_args(&[&[next_index], &next]), block_args(&[&next]));
        self.ins().brif(again, round, &stay, exit, &leave);
        self.builder.switch_to_block(exit);
        outer
    }

    /// Runs `body` if the condition holds. What it computes stays inside: nothing is handed out.
    pub(crate) fn when(&mut self, condition: Value, body: impl FnOnce(&mut Self)) {
        let (then, join) = (self.builder.create_block(), self.builder.create_block());
        self.ins().brif(condition, then, &[], join, &[]);
        self.builder.switch_to_block(then);
        body(self);
        self.ins().jump(join, &[]);
        self.builder.switch_to_block(join);
    }

    /// Runs `rare` if the condition holds, else `usual`; both return values of equal types.
    /// The rare code stands out of the way, behind all other code, so that the usual path falls
    /// through and fills its cache lines.
    pub(crate) fn branch(
        &mut self,
        condition: Value,
        rare: impl FnOnce(&mut Self) -> Values,
        usual: impl FnOnce(&mut Self) -> Values,
    ) -> Values {
        let blocks = [(); 3].map(|()| self.builder.create_block());
        let [rare_block, usual_block, join] = blocks;
        self.builder.set_cold_block(rare_block);
        self.ins().brif(condition, rare_block, &[], usual_block, &[]);
        self.builder.switch_to_block(usual_block);
        let values = usual(self);
        let merged: Values = values.iter().map(|value| self.param_like(join, *value)).collect();
        self.ins().jump(join, &block_args(&[&values]));
        self.builder.switch_to_block(rare_block);
        let values = rare(self);
        self.ins().jump(join, &block_args(&[&values]));
        self.builder.switch_to_block(join);
        merged
    }

    /// A parameter of a block for values like the given one.
    fn param_like(&mut self, block: Block, value: Value) -> Value {
        let ty = self.type_of(value);
        self.builder.append_block_param(block, ty)
    }

    /// Calls a host function, by its address: code does not outlive the process, and a symbol would
    /// have to be declared, looked up and relocated.
    pub(crate) fn call(&mut self, function: HostFn, args: &[Value]) -> Value {
        let mut signature = Signature::new(self.machine.call_conv);
        signature.params.extend(args.iter().map(|arg| AbiParam::new(self.type_of(*arg))));
        signature.returns.push(AbiParam::new(self.type_of(args[0])));
        let signature = self.builder.import_signature(signature);
        let address = self.int(function.address() as i64);
        let call = self.ins().call_indirect(signature, address, args);
        self.builder.inst_results(call)[0]
    }
}

/// Lists of values as the arguments of one block.
fn block_args(values: &[&[Value]]) -> SmallVec<[BlockArg; 8]> {
    values.iter().flat_map(|values| values.iter()).map(|value| BlockArg::Value(*value)).collect()
}
