//! How tasks share the blocks of a reduction.
//!
//! A task has an aligned power of two of blocks and leaves partials for them; a group is an aligned
//! power of two of tasks, whose partials are combined before the next group runs. So there are few
//! partials at a time however many tasks there are.

use super::AT_ONCE;
use jitney_ir::reduction::BLOCK;
use std::ops::Range;

/// Bytes of partials at a time, but for a factor of two.
const MAX_PARTIALS: usize = 16 << 20;

/// The tasks of a reduction.
pub(super) struct Shares {
    n_blocks: usize,
    blocks_per_task: usize,
    pub n_tasks: usize,
    n_together: usize,
    /// Bytes of the partials that a task leaves.
    pub stride: usize,
}

impl Shares {
    /// About so many tasks for so many elements.
    pub fn of(n_elements: usize, stride: usize, wanted: usize) -> Shares {
        let most = (MAX_PARTIALS / stride.max(1)).max(1);
        let n_together = AT_ONCE.min(1 << most.ilog2());
        let wanted = wanted.min(most.saturating_mul(n_together));
        let n_blocks = n_elements.div_ceil(BLOCK).max(1);
        let blocks_per_task = 1 << (n_blocks / wanted).max(1).ilog2();
        let n_tasks = n_blocks.div_ceil(blocks_per_task);
        Shares { n_blocks, blocks_per_task, n_tasks, n_together, stride }
    }

    pub fn n_groups(&self) -> usize {
        self.n_tasks.div_ceil(self.n_together)
    }

    /// The tasks of a group.
    pub fn tasks(&self, group: usize) -> Range<usize> {
        let first = group * self.n_together;
        first..(first + self.n_together).min(self.n_tasks)
    }

    /// The blocks of a task.
    pub fn blocks(&self, task: usize) -> Range<usize> {
        let first = task * self.blocks_per_task;
        first..(first + self.blocks_per_task).min(self.n_blocks)
    }

    /// Bytes for the partials of a group, where each group begins behind what those before have
    /// been combined to.
    pub fn bytes(&self) -> usize {
        (self.n_groups() + self.n_together.min(self.n_tasks)) * self.stride
    }
}

#[cfg(test)]
mod tests {
    use super::Shares;
    use jitney_ir::reduction::BLOCK;

    #[test]
    fn groups_have_all_blocks_and_little_memory() {
        for n in [1, 255, 257, 1000, 1 << 20, (1 << 31) + 1, (1 << 50) + 12345] {
            for (stride, wanted) in [(8, 2), (8, 100), (8, 1 << 40), (1 << 22, 1 << 30), (0, 7)] {
                let shares = Shares::of(n, stride, wanted);
                assert!(shares.bytes() <= (64 << 20) + 2 * stride, "{n} {stride} {wanted}");
                let groups = shares.n_groups();
                let last = shares.tasks(groups - 1);
                assert_eq!(last.end, shares.n_tasks);
                assert_eq!(shares.blocks(last.end - 1).end, n.div_ceil(BLOCK));
                if groups > 1 {
                    let (first, second) = (shares.tasks(0), shares.tasks(1));
                    assert!(first.len().is_power_of_two() && first.end == second.start);
                    let (first, second) = (shares.blocks(0), shares.blocks(1));
                    assert!(first.len().is_power_of_two() && first.end == second.start);
                }
            }
        }
    }
}
