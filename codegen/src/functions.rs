//! The functions of a kernel's module besides the kernel, which calls them by number.
//!
//! A caller and what it calls meet in that number alone: the module gives it out in the order of
//! declarations, the kernel's being 0.

use crate::emitter::Emitter;
use crate::levels::Shared;
use crate::wide::{Argument, WideFunction};
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{
    AbiParam, ExtFuncData, ExternalName, FuncRef, Function, InstBuilder, Signature, StackSlot,
    StackSlotData, StackSlotKind, UserExternalName, UserFuncName, Value,
};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};

/// The name space of the functions of a module.
const MODULE_FUNCTIONS: u32 = 0;

/// A function that the kernel calls.
pub(crate) enum Callee {
    /// Machine code along contiguous elements.
    Wide(WideFunction),
    /// Code that the kernel needs in several places.
    Shared(Box<Function>),
}

impl Callee {
    /// The wide function, if it is one.
    pub(crate) fn wide(&self) -> Option<&WideFunction> {
        match self {
            Callee::Wide(function) => Some(function),
            Callee::Shared(_) => None,
        }
    }

    /// What it takes.
    pub(crate) fn signature(&self) -> Signature {
        match self {
            Callee::Wide(_) => numbers(CallConv::SystemV, 2),
            Callee::Shared(function) => function.signature.clone(),
        }
    }
}

/// A function without a result that takes so many numbers or addresses.
fn numbers(call_conv: CallConv, n: usize) -> Signature {
    let mut signature = Signature::new(call_conv);
    signature.params.resize(n, AbiParam::new(I64));
    signature
}

/// The functions that a function calls, in the order of their numbers.
#[derive(Default)]
pub(crate) struct Functions {
    callees: Vec<Callee>,
    /// Of those that are shared, by what they do.
    shared: Vec<(Shared, FuncRef)>,
    n_calls: usize,
}

impl Functions {
    /// How many calls have been emitted.
    pub(crate) fn n_calls(&self) -> usize {
        self.n_calls
    }

    /// The functions without what only the caller needs.
    pub(crate) fn into_callees(self) -> Vec<Callee> {
        self.callees
    }
}

impl Emitter<'_> {
    /// Whether any wide function may store past the caches.
    pub(crate) fn may_stream(&self) -> bool {
        let mut wide = self.functions.callees.iter().filter_map(Callee::wide);
        wide.any(|function| function.arguments.contains(&Argument::Streams))
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
        self.builder().create_sized_stack_slot(slot)
    }

    /// Stores an argument of a wide function.
    pub(crate) fn store_argument(&mut self, memory: StackSlot, index: usize, argument: Value) {
        self.ins().stack_store(I64, argument, memory, index as i32 * 8);
    }

    /// Calls a wide function with the arguments that are in memory on `n` elements.
    pub(crate) fn call_wide_with(&mut self, function: WideFunction, memory: StackSlot, n: Value) {
        let function = self.import(Callee::Wide(function));
        let address = self.ins().stack_addr(I64, memory, 0);
        self.call_imported(function, &[address, n]);
    }

    /// Calls the function of the kernel that does what `shared` says with the numbers and
    /// addresses; `body` emits it if nobody has called it before, and calls none itself.
    pub(crate) fn call_shared(
        &mut self,
        shared: Shared,
        arguments: &[Value],
        body: impl FnOnce(&mut Emitter<'_>, &[Value]),
    ) {
        let known = self.functions.shared.iter().find(|(other, _)| *other == shared);
        let function = match known {
            Some((_, function)) => *function,
            None => {
                let function = self.shared_function(arguments.len(), body);
                let function = self.import(Callee::Shared(Box::new(function)));
                self.functions.shared.push((shared, function));
                function
            }
        };
        self.call_imported(function, arguments);
    }

    fn call_imported(&mut self, function: FuncRef, arguments: &[Value]) {
        self.functions.n_calls += 1;
        self.ins().call(function, arguments);
    }

    /// A function of so many numbers and addresses.
    fn shared_function(
        &self,
        n_params: usize,
        body: impl FnOnce(&mut Emitter<'_>, &[Value]),
    ) -> Function {
        let signature = numbers(self.machine.call_conv, n_params);
        let mut function = Function::with_name_signature(UserFuncName::default(), signature);
        let mut context = FunctionBuilderContext::new();
        let builder = FunctionBuilder::new(&mut function, &mut context);
        let mut emitter = Emitter::new(builder, self.machine);
        let params = emitter.params();
        body(&mut emitter, &params);
        let (callees, _) = emitter.finish();
        assert!(callees.is_empty(), "numbers are those of the kernel's functions");
        function
    }

    /// Makes a function callable, with the next number. It is defined after the kernel has been
    /// emitted.
    fn import(&mut self, callee: Callee) -> FuncRef {
        let signature = callee.signature();
        self.functions.callees.push(callee);
        let number = self.functions.callees.len() as u32;
        let name = UserExternalName::new(MODULE_FUNCTIONS, number);
        let name = self.builder().func.declare_imported_user_function(name);
        let signature = self.builder().import_signature(signature);
        self.builder().import_function(ExtFuncData {
            name: ExternalName::user(name),
            signature,
            colocated: false,
            patchable: false,
        })
    }
}
