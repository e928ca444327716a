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

use crate::host::HostFn;
use crate::wide::{Argument, Target, WideFunction};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{
    AbiParam, Block, BlockArg, ExtFuncData, ExternalName, InstBuilder, MemFlagsData, Signature,
    StackSlot, StackSlotData, StackSlotKind, Type, UserExternalName, Value,
};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FuncInstBuilder, FunctionBuilder};
use smallvec::SmallVec;

/// A handful of values.
pub(crate) type Values = SmallVec<[Value; 8]>;

/// What the emitter asks of the machine beyond what Cranelift hides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine {
    /// The x86-64 operations without a portable spelling may be used.
    pub(crate) has_x86_vectors: bool,
    /// Instructions may take vectors at any address as operands.
    pub(crate) has_unaligned_operands: bool,
    /// How host functions are called.
    pub(crate) call_conv: CallConv,
    /// What [`crate::wide`] compiles programs along contiguous elements for, if it does.
    pub(crate) wide: Option<Target>,
}

/// Appends code to a function.
pub(crate) struct Emitter<'f> {
    builder: FunctionBuilder<'f>,
    pub(crate) machine: Machine,
    /// The address of the arguments, the kernel's only parameter.
    slots: Value,
    /// The wide functions called so far; their order is their number.
    wide: Vec<WideFunction>,
    /// The most pieces in which a program runs.
    n_pieces: usize,
}

/// The name space of the functions of the module that is being built, whose numbers are
/// those of the module: the kernel is 0, and the wide functions follow in order.
const MODULE_FUNCTIONS: u32 = 0;

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
    /// Starts the function `extern "C" fn(slots: *const i64)`.
    pub(crate) fn new(mut builder: FunctionBuilder<'f>, machine: Machine) -> Emitter<'f> {
        let entry = builder.create_block();
        builder.append_block_params_for_function_params(entry);
        builder.switch_to_block(entry);
        let slots = builder.block_params(entry)[0];
        Emitter { builder, machine, slots, wide: Vec::new(), n_pieces: 1 }
    }

    /// Notes in how many pieces a program runs, for people.
    pub(crate) fn note_pieces(&mut self, n_pieces: usize) {
        self.n_pieces = self.n_pieces.max(n_pieces);
    }

    /// Ends the function; returns the wide functions that it calls, and the most pieces of a
    /// program.
    pub(crate) fn finish(
        mut self,
        config: cranelift_codegen::isa::TargetFrontendConfig,
    ) -> (Vec<WideFunction>, usize) {
        self.builder.ins().return_(&[]);
        self.builder.seal_all_blocks();
        self.builder.finalize(config);
        (self.wide, self.n_pieces)
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

    /// The argument in a slot. It is loaded where it is needed: strides of outer loops
    /// would only occupy registers.
    pub(crate) fn slot(&mut self, index: usize) -> Value {
        let slots = self.slots;
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
        let offset = match scale {
            1 => index,
            _ if scale.is_power_of_two() => {
                self.ins().ishl_imm_u(index, i64::from(scale.trailing_zeros()))
            }
            _ => self.ins().imul_imm_s(index, scale as i64),
        };
        self.ins().iadd(base, offset)
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
        let (next_index, next) = body(self, index, &inner);
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

impl Emitter<'_> {
    /// Whether any wide function may store past the caches.
    pub(crate) fn may_stream(&self) -> bool {
        self.wide.iter().any(|function| function.arguments.contains(&Argument::Streams))
    }

    /// Calls a wide function with the given arguments, which become memory, on `n` elements.
    pub(crate) fn call_wide(&mut self, function: WideFunction, arguments: &[Value], n: Value) {
        let memory = self.argument_memory(&function);
        for (index, argument) in arguments.iter().enumerate() {
            self.store_argument(memory, index, *argument);
        }
        self.call_wide_with(function, memory, n);
    }

    /// Memory for the arguments of a wide function.
    pub(crate) fn argument_memory(&mut self, function: &WideFunction) -> StackSlot {
        let size = (function.arguments.len() * 8) as u32;
        let slot = StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3);
        self.builder.create_sized_stack_slot(slot)
    }

    /// Stores an argument of a wide function.
    pub(crate) fn store_argument(&mut self, memory: StackSlot, index: usize, argument: Value) {
        self.ins().stack_store(I64, argument, memory, index as i32 * 8);
    }

    /// Calls a wide function with the arguments that are in memory on `n` elements.
    ///
    /// The function is defined after the kernel has been emitted. The two meet in its number, which
    /// the module gives out in the order of declarations: see [`MODULE_FUNCTIONS`].
    pub(crate) fn call_wide_with(&mut self, function: WideFunction, memory: StackSlot, n: Value) {
        self.wide.push(function);
        let name = UserExternalName::new(MODULE_FUNCTIONS, self.wide.len() as u32);
        let name = self.builder.func.declare_imported_user_function(name);
        let mut signature = Signature::new(CallConv::SystemV);
        signature.params.extend([AbiParam::new(I64); 2]);
        let signature = self.builder.import_signature(signature);
        let function = self.builder.import_function(ExtFuncData {
            name: ExternalName::user(name),
            signature,
            colocated: false,
            patchable: false,
        });
        let address = self.ins().stack_addr(I64, memory, 0);
        self.ins().call(function, &[address, n]);
    }
}

/// Lists of values as the arguments of one block.
fn block_args(values: &[&[Value]]) -> SmallVec<[BlockArg; 8]> {
    values.iter().flat_map(|values| values.iter()).map(|value| BlockArg::Value(*value)).collect()
}
