//! Running plans.

mod call;
mod product;
mod threads;

pub(crate) use threads::Workers;

use crate::buffer::Buffer;
use crate::cache::{self, Prepared};
use crate::{Error, ErrorKind, Settings, Value};
use jitney_optimizer::{ArrayRef, Place, Plan, Step};

/// The buffers of a plan as they come and go.
pub(crate) struct Memory<'a> {
    inputs: &'a [Value],
    buffers: Vec<Option<Buffer>>,
}

impl Memory<'_> {
    /// The memory of a place, and the byte at which its elements count from.
    fn at(&self, place: Place) -> (&Buffer, isize) {
        match place {
            Place::Input(number) => {
                let value = &self.inputs[number as usize];
                (value.buffer(), value.layout().offset)
            }
            Place::Buffer(id) => {
                let buffer = self.buffers[id.0 as usize].as_ref();
                (buffer.expect("a step reads what an earlier one wrote"), 0)
            }
        }
    }

    /// Allocates what a step writes first.
    fn allocate(&mut self, plan: &Plan, step: &Step, budget: &mut Budget) -> Result<(), Error> {
        for place in written(step) {
            let Place::Buffer(id) = place else { continue };
            let slot = &mut self.buffers[id.0 as usize];
            if slot.is_none() {
                let bytes = plan.buffers[id.0 as usize];
                budget.take(bytes)?;
                let buffer = Buffer::uninit(bytes).ok_or_else(|| out_of_memory(bytes))?;
                *slot = Some(buffer);
            }
        }
        Ok(())
    }

    fn value(&self, array: &ArrayRef) -> Result<Value, Error> {
        let (buffer, offset) = self.at(array.place);
        let mut layout = array.layout.clone();
        layout.offset += offset;
        Value::new(buffer.clone(), array.dtype, layout)
    }
}

fn written(step: &Step) -> impl Iterator<Item = Place> + '_ {
    let (kernel, product) = match step {
        Step::Kernel(call) => (Some(call), None),
        Step::Product(call) => (None, Some(call.out.place)),
    };
    let stores = kernel.into_iter().flat_map(|call| {
        let pairs = call.kernel.accesses.iter().zip(&call.operands);
        pairs.filter(|(access, _)| access.kind == jitney_ir::kernel::AccessKind::Store)
    });
    stores.filter_map(|(_, operand)| operand.binding.array()).chain(product)
}

/// What is left of the memory that an evaluation may use.
pub(crate) struct Budget(pub Option<usize>);

impl Budget {
    pub fn take(&mut self, bytes: usize) -> Result<(), Error> {
        let Some(left) = &mut self.0 else { return Ok(()) };
        match left.checked_sub(bytes) {
            Some(rest) => *left = rest,
            None => {
                let message = format!("needs {bytes} bytes more, but only {left} may be used");
                return Err(Error::nowhere(ErrorKind::Memory, "eval", message));
            }
        }
        Ok(())
    }

    pub fn give_back(&mut self, bytes: usize) {
        if let Some(left) = &mut self.0 {
            *left += bytes;
        }
    }
}

pub(crate) fn out_of_memory(bytes: usize) -> Error {
    Error::nowhere(ErrorKind::Memory, "eval", format!("the system refuses {bytes} bytes of memory"))
}

/// Runs a plan; `None` if the machine refuses to run compiled code at all.
pub(crate) fn run(
    prepared: &Prepared,
    inputs: &[Value],
    settings: &Settings,
) -> Option<Result<Vec<Value>, Error>> {
    // All kernels are compiled before anything is allocated.
    let mut compiled = Vec::with_capacity(prepared.plan.steps.len());
    for number in 0..prepared.plan.steps.len() {
        compiled.push(match cache::code(prepared, number) {
            Some(Ok(code)) => Some(code),
            Some(Err(_)) => return None,
            None => None,
        });
    }
    Some(run_steps(&prepared.plan, &compiled, inputs, settings))
}

fn run_steps(
    plan: &Plan,
    compiled: &[Option<cache::Code>],
    inputs: &[Value],
    settings: &Settings,
) -> Result<Vec<Value>, Error> {
    let workers = Workers::of(settings);
    let mut budget = Budget(settings.max_memory);
    let mut memory = Memory { inputs, buffers: vec![None; plan.buffers.len()] };
    for ((step, code), dying) in plan.steps.iter().zip(compiled).zip(&plan.dying) {
        settings.check_cancelled()?;
        memory.allocate(plan, step, &mut budget)?;
        match (step, code) {
            (Step::Kernel(call), Some(code)) => call::run(call, code, &memory, &workers)?,
            (Step::Kernel(_), None) => {}
            (Step::Product(call), _) => product::run(call, &memory, &workers)?,
        }
        for id in dying {
            memory.buffers[id.0 as usize] = None;
            budget.give_back(plan.buffers[id.0 as usize]);
        }
    }
    plan.outputs.iter().map(|output| memory.value(output)).collect()
}
