//! Work, counted where it is done.
//!
//! Whoever asks for a plan may hand in a [`Watch`]. The optimizer tells it of every bit of work
//! (about a node, an operand or an access looked at) by the stage that did it, and gives up as
//! soon as the watch says so. So one count shows that planning takes time in proportion to the
//! graph, and is the place at which a host that has changed its mind is heard. What a watch looks
//! at, a flag or a clock, this crate does not know.

/// Whoever watches has asked to stop: there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted;

/// Looks on while a graph is optimized and planned.
pub trait Watch {
    /// Takes note of work that a stage has done: a pass by its name, or [`GROUP`] or [`LOWER`].
    ///
    /// # Errors
    /// If the work should stop here.
    fn charge(&mut self, stage: &'static str, work: usize) -> Result<(), Interrupted>;
}

/// The stage that decides which nodes become one kernel.
pub const GROUP: &str = "group";

/// The stage that makes kernels and their order of groups.
pub const LOWER: &str = "lower";

/// Nobody looks on.
pub(crate) struct Unwatched;

impl Watch for Unwatched {
    fn charge(&mut self, _: &'static str, _: usize) -> Result<(), Interrupted> {
        Ok(())
    }
}

/// What comes of work that nobody interrupts.
pub(crate) fn unwatched<R>(work: impl FnOnce(&mut dyn Watch) -> Result<R, Interrupted>) -> R {
    match work(&mut Unwatched) {
        Ok(result) => result,
        Err(Interrupted) => unreachable!("nobody interrupts unwatched work"),
    }
}

/// A watch told of the work of one stage.
pub(crate) struct Meter<'w> {
    watch: &'w mut dyn Watch,
    stage: &'static str,
}

impl<'w> Meter<'w> {
    pub fn new(watch: &'w mut dyn Watch, stage: &'static str) -> Meter<'w> {
        Meter { watch, stage }
    }

    /// # Errors
    /// If the work should stop here.
    pub fn charge(&mut self, work: usize) -> Result<(), Interrupted> {
        self.watch.charge(self.stage, work)
    }
}
