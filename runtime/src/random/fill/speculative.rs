//! Arrays of samples that take several words, and not always as many.
//!
//! Where a sample begins is known only when all before it have been drawn. So each block of the
//! stream is read as if a sample began with its first word, by whoever is there. Streams of samples
//! that begin at different words soon begin one at the same word, and then agree for ever. When
//! all earlier blocks are done, it is known where the first sample of the block really begins;
//! the few before the two streams meet are drawn again, all others are right.
//!
//! Where a sample begins is counted in halves of words, for some are made of halves.

use super::{Draws, Quick};
use crate::buffer::Unwritten;
use crate::context::{Context, Stop};
use crate::exec::{Tasks, Workers};
use crate::random::bits::{Bits, Jump};
use crate::{Element, Error};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Words of a block.
const BLOCK: usize = 1 << 14;

/// Words drawn beyond a block, for the sample that reaches over its end.
const BEYOND: usize = 64;

/// Beginnings of samples that are remembered of a block, within which streams meet.
const STARTS: usize = 64;

/// Words that are looked at side by side.
const SIDE: usize = 8;

/// A sample's work in the terms of [`Workers::share`].
const WORK: usize = 100;

/// The words of a block, from which samples are drawn.
pub struct Cursor {
    source: Arc<Begun>,
    /// The number of the block's first word.
    first: u64,
    /// The words of the block and some more.
    words: Vec<u64>,
    /// In halves, from the block's first word.
    at: usize,
}

impl Cursor {
    fn new(source: Arc<Begun>) -> Cursor {
        Cursor { source, first: 0, words: vec![0; BLOCK + BEYOND], at: 0 }
    }

    /// Goes to the beginning of a block.
    fn go(&mut self, number: usize) {
        (self.first, self.at) = ((number * BLOCK) as u64, 0);
        self.source.block(self.first, &mut self.words);
    }

    #[inline]
    fn word(&self) -> u64 {
        let number = self.at / 2;
        match self.words.get(number) {
            Some(word) => *word,
            None => self.word_beyond(number),
        }
    }

    #[cold]
    fn word_beyond(&self, number: usize) -> u64 {
        let mut word = [0];
        self.source.block(self.first + number as u64, &mut word);
        word[0]
    }
}

impl Bits for Cursor {
    #[inline]
    fn next64(&mut self) -> u64 {
        let word = self.word();
        self.at += 2;
        word
    }

    #[inline]
    fn next32(&mut self) -> u32 {
        let word = self.word();
        self.at += 1;
        if self.at.is_multiple_of(2) { (word >> 32) as u32 } else { word as u32 }
    }
}

/// What samples are drawn.
pub(super) struct Drawn<'a, F, Q> {
    pub draws: Draws,
    pub sample: &'a F,
    pub quick: &'a Q,
}

/// Writes the elements and moves the stream on.
///
/// # Errors
/// If the evaluation is to stop.
pub(super) fn fill<T: Element, F: Fn(&mut Cursor) -> T + Sync, Q: Quick<T>>(
    stream: &mut dyn Jump,
    half: &mut Option<u32>,
    elements: Unwritten<'_, T>,
    drawn: &Drawn<'_, F, Q>,
    context: &Context,
) -> Result<(), Error> {
    let n = elements.len();
    let begun = Arc::new(Begun::new(stream, *half, drawn.draws));
    let progress = Mutex::new(Progress { at: begun.at(), rest: Some(elements), stopped: None });
    let fill = Fill {
        source: &begun,
        sample: drawn.sample,
        quick: drawn.quick,
        stop: &context.stop,
        n_begun: AtomicUsize::new(0),
        turn: AtomicUsize::new(0),
        is_done: AtomicBool::new(n == 0),
        progress,
    };
    let workers = Workers::of(context);
    workers.share(n.saturating_mul(WORK), |n_threads| {
        let tasks = Tasks { count: n_threads, n_threads, is_backward: false };
        workers.run(tasks, |_| fill.help());
    });
    let Progress { at, stopped, .. } =
        fill.progress.into_inner().unwrap_or_else(PoisonError::into_inner);
    begun.end(at, stream, half);
    stopped.map_or(Ok(()), Err)
}

/// A stream whose first word may be one of which half has been drawn.
struct Begun {
    stream: Box<dyn Jump>,
    /// The half that is left of the word before the stream's next one.
    left: Option<u32>,
    draws: Draws,
}

impl Begun {
    fn new(stream: &dyn Jump, half: Option<u32>, draws: Draws) -> Begun {
        // Whole words leave the half alone.
        let left = half.filter(|_| draws == Draws::Halves);
        Begun { stream: stream.copied(), left, draws }
    }

    /// Where the first sample begins.
    fn at(&self) -> u64 {
        self.left.is_some().into()
    }

    /// Moves the stream on to where the next sample would begin.
    fn end(&self, at: u64, stream: &mut dyn Jump, half: &mut Option<u32>) {
        if self.draws == Draws::Halves {
            let mut last = [0];
            let is_odd = !at.is_multiple_of(2);
            if is_odd {
                self.block(at / 2, &mut last);
            }
            *half = is_odd.then_some((last[0] >> 32) as u32);
        }
        stream.skip(at.div_ceil(2) - self.at());
    }

    fn block(&self, first: u64, words: &mut [u64]) {
        match (self.left, words) {
            (None, words) => self.stream.block(first, words),
            (Some(left), [word, rest @ ..]) if first == 0 => {
                *word = u64::from(left) << 32;
                self.stream.block(0, rest);
            }
            (Some(_), words) => self.stream.block(first - 1, words),
        }
    }
}

/// An array that is being filled.
struct Fill<'a, T, F, Q> {
    source: &'a Arc<Begun>,
    sample: &'a F,
    quick: &'a Q,
    stop: &'a Stop,
    /// Blocks that somebody has begun with, in the order of the stream.
    n_begun: AtomicUsize,
    /// The block whose elements are written next.
    turn: AtomicUsize,
    is_done: AtomicBool,
    progress: Mutex<Progress<'a, T>>,
}

/// How far the array is filled.
struct Progress<'a, T> {
    /// Where the next sample begins.
    at: u64,
    rest: Option<Unwritten<'a, T>>,
    /// Why the rest is not drawn.
    stopped: Option<Error>,
}

/// What a thread needs for its blocks.
struct Scratch<T> {
    cursor: Cursor,
    /// The samples of a block that begins with a sample.
    samples: Vec<T>,
    /// Where the first of them begin.
    starts: Vec<usize>,
    /// Where the last of them ends.
    end: usize,
    /// The samples before the first one that is right.
    again: Vec<T>,
}

impl<'a, T: Element, F: Fn(&mut Cursor) -> T, Q: Quick<T>> Fill<'a, T, F, Q> {
    /// Fills blocks until there are enough.
    fn help(&self) {
        let (cursor, samples) = (Cursor::new(Arc::clone(self.source)), Vec::with_capacity(BLOCK));
        let (starts, again) = (Vec::with_capacity(STARTS), Vec::new());
        let mut scratch = Scratch { cursor, samples, starts, end: 0, again };
        // Should a sample panic, nobody waits for its block.
        let end = End(&self.is_done);
        while !self.is_done.load(Ordering::Acquire) {
            if let Err(error) = self.stop.check() {
                self.progress().stopped = Some(error);
                break;
            }
            let number = self.n_begun.fetch_add(1, Ordering::Relaxed);
            self.draw(number, &mut scratch);
            if self.wait_for_turn(number) {
                self.commit(number, &mut scratch);
            }
        }
        std::mem::forget(end);
    }

    fn progress(&self) -> MutexGuard<'_, Progress<'a, T>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Draws the samples of a block as if one began with its first word.
    fn draw(&self, number: usize, scratch: &mut Scratch<T>) {
        let Scratch { cursor, samples, starts, .. } = scratch;
        cursor.go(number);
        starts.clear();
        samples.clear();
        while cursor.at < 2 * BLOCK && starts.len() < STARTS {
            starts.push(cursor.at);
            samples.push((self.sample)(cursor));
        }
        while cursor.at < 2 * BLOCK {
            self.draw_quickly(cursor, samples);
            if cursor.at < 2 * BLOCK {
                samples.push((self.sample)(cursor));
            }
        }
        scratch.end = cursor.at;
    }

    /// Draws samples of one word, or half of one, up to the first that takes more.
    fn draw_quickly(&self, cursor: &mut Cursor, samples: &mut Vec<T>) {
        if !Q::IS_ANY || !cursor.at.is_multiple_of(2) {
            return;
        }
        let words = &cursor.words[cursor.at / 2..BLOCK];
        match self.source.draws {
            Draws::Words | Draws::Both => {
                let n = self.extend(samples, words.as_chunks::<SIDE>().0.iter().copied());
                cursor.at += 2 * n;
            }
            Draws::Halves => {
                let halves = words.as_chunks::<{ SIDE / 2 }>().0.iter().map(|words| {
                    std::array::from_fn(|place| {
                        let word = words[place / 2];
                        if place % 2 == 0 { word & 0xffff_ffff } else { word >> 32 }
                    })
                });
                cursor.at += self.extend(samples, halves);
            }
        }
    }

    /// Appends the samples that the words are, up to the first that is none. How many.
    #[inline]
    fn extend(&self, samples: &mut Vec<T>, words: impl Iterator<Item = [u64; SIDE]>) -> usize {
        let before = samples.len();
        for words in words {
            let found = words.map(|word| self.quick.sample(word));
            if found.iter().fold(true, |all, (_, is_one)| all & is_one) {
                samples.extend_from_slice(&found.map(|(sample, _)| sample));
                continue;
            }
            samples.extend(found.iter().take_while(|(_, is_one)| *is_one).map(|(x, _)| *x));
            break;
        }
        samples.len() - before
    }

    /// Waits until all earlier blocks are written; false if those were enough.
    fn wait_for_turn(&self, number: usize) -> bool {
        /// Looks before the processor is left to others.
        const IMPATIENT: usize = 1000;
        let mut looks = 0;
        while self.turn.load(Ordering::Acquire) != number {
            if self.is_done.load(Ordering::Acquire) {
                return false;
            }
            looks += 1;
            if looks < IMPATIENT { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
        !self.is_done.load(Ordering::Acquire)
    }

    /// Writes the block whose turn it is.
    fn commit(&self, number: usize, scratch: &mut Scratch<T>) {
        let mut progress = self.progress();
        let Some(rest) = progress.rest.take() else { return };
        let first = 2 * (number * BLOCK) as u64;
        let begin = (progress.at - first) as usize;
        scratch.cursor.at = begin;
        let (n_wrong, end) = self.meet(scratch);
        let right = &scratch.samples[n_wrong..];
        if scratch.again.len() + right.len() >= rest.len() {
            // Where the last sample ends is seen only by drawing all of them again.
            let cursor = &mut scratch.cursor;
            cursor.at = begin;
            rest.fill(|| (self.sample)(cursor));
            progress.at = first + cursor.at as u64;
            return self.is_done.store(true, Ordering::Release);
        }
        let (again, others) = rest.split(scratch.again.len());
        let (part, others) = others.split(right.len());
        (progress.at, progress.rest) = (first + end as u64, Some(others));
        drop(progress);
        self.turn.store(number + 1, Ordering::Release);
        again.copy(&scratch.again);
        part.copy(right);
    }

    /// Draws samples from where the first one really begins, up to one that has been drawn from
    /// there as well. How many there are before that, and where the block's last one ends.
    fn meet(&self, scratch: &mut Scratch<T>) -> (usize, usize) {
        let Scratch { cursor, samples, starts, end, again } = scratch;
        again.clear();
        while cursor.at < 2 * BLOCK {
            if let Ok(n_wrong) = starts.binary_search(&cursor.at) {
                return (n_wrong, *end);
            }
            again.push((self.sample)(cursor));
        }
        (samples.len(), cursor.at)
    }
}

/// Ends everybody's work when dropped.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}
