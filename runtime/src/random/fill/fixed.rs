//! Arrays of which every element is made of one word.

use crate::buffer::Unwritten;
use crate::context::Context;
use crate::exec::{Tasks, Workers};
use crate::random::bits::Jump;
use crate::{Element, Error};
use std::sync::{Mutex, PoisonError};

/// Elements of a task.
const TASK: usize = 1 << 16;

/// Words that are drawn before they are used, in the nearest cache.
const WORDS: usize = 512;

/// A word's work in the terms of [`Workers::share`].
const WORK: usize = 60;

/// Writes the elements and moves the stream on.
///
/// # Errors
/// If the evaluation is to stop.
pub(super) fn fill<T: Element>(
    stream: &mut dyn Jump,
    elements: Unwritten<'_, T>,
    of_word: &(impl Fn(u64) -> T + Sync),
    context: &Context,
) -> Result<(), Error> {
    let n = elements.len();
    let parts = parts(elements);
    let source = &*stream;
    let stopped = Mutex::new(None);
    let task = |number: usize| {
        if let Err(error) = context.stop.check() {
            *stopped.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            return;
        }
        let part = parts[number].lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(part) = part {
            draw(source, (number * TASK) as u64, part, of_word);
        }
    };
    let workers = Workers::of(context);
    workers.share(n.saturating_mul(WORK), |n_threads| {
        workers.run(Tasks { count: parts.len(), n_threads, is_backward: false }, task);
    });
    stream.skip(n as u64);
    stopped.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

/// The elements of each task, for whoever does it to take.
fn parts<T: Element>(elements: Unwritten<'_, T>) -> Vec<Mutex<Option<Unwritten<'_, T>>>> {
    let mut parts = Vec::with_capacity(elements.len().div_ceil(TASK));
    let mut rest = elements;
    while rest.len() > 0 {
        let n = rest.len().min(TASK);
        let (part, others) = rest.split(n);
        parts.push(Mutex::new(Some(part)));
        rest = others;
    }
    parts
}

fn draw<T: Element>(
    source: &dyn Jump,
    first: u64,
    elements: Unwritten<'_, T>,
    of_word: &impl Fn(u64) -> T,
) {
    let mut words = [0; WORDS];
    let (mut rest, mut at) = (elements, first);
    while rest.len() > 0 {
        let n = rest.len().min(WORDS);
        source.block(at, &mut words[..n]);
        let (part, others) = rest.split(n);
        part.copy_with(&words[..n], of_word);
        (rest, at) = (others, at + n as u64);
    }
}
