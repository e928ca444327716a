//! Work, counted where it is done.
//!
//! Whoever asks for a plan may hand in a [`Monitor`]. The optimizer tells it of every bit of work
//! (about a node, an operand or an access looked at) by the stage that did it, and gives up as
//! soon as the monitor says so. So one count shows that planning takes time in proportion to the
//! graph, and is the place at which a host that has changed its mind is heard. What a monitor looks
//! at, a flag or a clock, this crate does not know.

/// Whoever watches has asked to stop: there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted;

/// Looks on while a graph is optimized and planned.
pub trait Monitor {
    /// Takes note of work that a stage has done: a pass by its name, or [`GROUP`], [`SEARCH`] or
    /// [`LOWER`].
    ///
    /// # Errors
    /// If the work should stop here.
    fn charge(&mut self, stage: &'static str, work: usize) -> Result<(), Interrupted>;
}

/// The stage that decides which nodes become one kernel.
pub const GROUP: &str = "group";

/// The searches of the dependence graph in that stage, of which there is a bound for the whole
/// graph: [`max_searched`](crate::max_searched).
pub const SEARCH: &str = "search";

/// The stage that makes kernels and their order of groups.
pub const LOWER: &str = "lower";

/// Nobody looks on.
pub(crate) struct Unmonitored;

impl Monitor for Unmonitored {
    fn charge(&mut self, _: &'static str, _: usize) -> Result<(), Interrupted> {
        Ok(())
    }
}

/// What comes of work that nobody interrupts.
pub(crate) fn unmonitored<R>(work: impl FnOnce(&mut dyn Monitor) -> Result<R, Interrupted>) -> R {
    match work(&mut Unmonitored) {
        Ok(result) => result,
        Err(Interrupted) => unreachable!("nobody interrupts unmonitored work"),
    }
}

/// Work that is told at once: a monitor is asked for much more than it takes to count.
pub(crate) const TOLD: usize = 1 << 8;

/// A monitor told of the work of one stage.
pub(crate) struct Meter<'w> {
    monitor: &'w mut dyn Monitor,
    stage: &'static str,
    /// Work that has not been told.
    untold: usize,
}

impl<'w> Meter<'w> {
    pub fn new(monitor: &'w mut dyn Monitor, stage: &'static str) -> Meter<'w> {
        Meter { monitor, stage, untold: 0 }
    }

    /// # Errors
    /// If the work should stop here.
    #[inline]
    pub fn charge(&mut self, work: usize) -> Result<(), Interrupted> {
        self.untold += work;
        if self.untold < TOLD { Ok(()) } else { self.tell() }
    }

    /// Tells what has not been told.
    ///
    /// # Errors
    /// If the work should stop here.
    pub fn tell(&mut self) -> Result<(), Interrupted> {
        self.monitor.charge(self.stage, std::mem::take(&mut self.untold))
    }
}
