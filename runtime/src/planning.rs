//! Plans of graphs, made as long as nobody asks to stop.

use crate::context::{Context, Stop};
use crate::key::{GraphKey, Read};
use crate::{Error, exec};
use jitney_ir::graph::{Graph, Layout};
use jitney_optimizer::{Interrupted, Monitor, Plan, Strategy, optimize_monitored, plan_monitored};
use std::sync::Arc;

/// Work of the optimizer between two looks at whether to stop: about a millisecond.
const UNHEARD: usize = 1 << 14;

/// Hears of the optimizer's work.
struct Planning<'s> {
    stop: &'s Stop,
    /// Work since the last look.
    unheard: usize,
    /// Why it has been interrupted.
    stopped: Option<Error>,
}

impl Monitor for Planning<'_> {
    fn charge(&mut self, _: &'static str, work: usize) -> Result<(), Interrupted> {
        self.unheard = self.unheard.saturating_add(work);
        if self.unheard < UNHEARD {
            return Ok(());
        }
        self.unheard = 0;
        self.stop.check().map_err(|error| {
            self.stopped = Some(error);
            Interrupted
        })
    }
}

/// The plan of the graph behind a key, ready to run and kept for the next time.
///
/// # Errors
/// If the evaluation is to stop, or the environment asks for what the machine has not.
pub(crate) fn prepare(
    key: &GraphKey,
    read: &Read,
    strategy: Strategy,
    context: &Context,
) -> Result<Arc<exec::Prepared>, Error> {
    context.engine.caches.check_environment()?;
    let plan = plan_reusing(&read.graph, &read.layouts, &read.owned, strategy, &context.stop)?;
    Ok(context.engine.caches.prepare(key, strategy, plan))
}

/// The plan of a graph. What runs eagerly runs as it was written.
///
/// # Errors
/// As [`prepare`].
pub(crate) fn plan(
    graph: &Graph,
    layouts: &[Layout],
    strategy: Strategy,
    stop: &Stop,
) -> Result<Plan, Error> {
    plan_reusing(graph, layouts, &[], strategy, stop)
}

/// The plan of a graph that may write over the owned inputs.
fn plan_reusing(
    graph: &Graph,
    layouts: &[Layout],
    owned: &[u32],
    strategy: Strategy,
    stop: &Stop,
) -> Result<Plan, Error> {
    let mut planning = Planning { stop, unheard: 0, stopped: None };
    let plan = match strategy {
        Strategy::Eager => plan_monitored(graph, layouts, owned, strategy, &mut planning),
        Strategy::Fused => optimize_monitored(graph, &mut planning)
            .and_then(|graph| plan_monitored(&graph, layouts, owned, strategy, &mut planning)),
    };
    let lost = || Error::internal("planning was interrupted, and nobody asked for it");
    plan.map_err(|Interrupted| planning.stopped.unwrap_or_else(lost))
}
