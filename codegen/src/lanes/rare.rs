//! Which instructions stand on cold paths.
//!
//! Selects of one rare condition that wait for nothing between them share a branch: their
//! *leader* is the last of them, where all they need is there. What is needed only by the
//! rare operands of such a group has the leader as its *home*.
//!
//! ```text
//! v3 = flt v0, v1                  the condition
//! v4 = fdiv v0, v1                 home v8: only rare operands of v7 and v8 need it
//! v5 = fmul v0, v1
//! v6 = fsqrt v4                    home v8
//! v7 = select_rare v3, v4, v5      waits for v8, as nothing reads it before
//! v8 = select_rare v3, v6, v0      leader of both: one test, one branch
//! ```
//!
//! A cold path may have cold paths of its own, whose leaders then have it as their home.

use jitney_ir::lanes::{LaneOp, Program, ValueId};

/// The cold paths of a program.
pub(super) struct Rare {
    /// For each value, the leader whose rare operands alone need it.
    home: Vec<Option<ValueId>>,
    /// For each rare select, the leader of its group.
    leader: Vec<Option<ValueId>>,
}

impl Rare {
    /// Finds the cold paths. A path belongs to one stage, uniform or varying.
    pub fn of(program: &Program, is_uniform: &[bool]) -> Rare {
        let mut leader = leaders(program, is_uniform);
        loop {
            let home = homes(program, is_uniform, &leader);
            // A group with members on different paths cannot share a branch.
            let torn = |select: &ValueId| {
                let lead = leader[select.index()];
                lead.is_some_and(|lead| home[lead.index()] != home[select.index()])
            };
            let torn: Vec<ValueId> = program.values().filter(torn).collect();
            if torn.is_empty() {
                return Rare { home, leader };
            }
            // Each of them goes alone, which may tear others: until nothing changes. Groups only
            // get smaller, so that it ends.
            torn.iter().for_each(|select| leader[select.index()] = Some(*select));
        }
    }

    /// The leader on whose cold path the value is computed, if it is on one.
    pub fn home(&self, value: ValueId) -> Option<ValueId> {
        self.home[value.index()]
    }

    /// Whether the select waits for a later one of its group.
    pub fn waits(&self, select: ValueId) -> bool {
        self.leader[select.index()].is_some_and(|leader| leader != select)
    }

    /// The selects of a leader's group, in order.
    pub fn group(&self, leader: ValueId) -> Vec<ValueId> {
        let values = (0..self.leader.len() as u32).map(ValueId);
        values.filter(|value| self.leader[value.index()] == Some(leader)).collect()
    }

    /// Whether anything is computed on the leader's cold path.
    pub fn has_path(&self, leader: ValueId) -> bool {
        self.home.contains(&Some(leader))
    }
}

/// The leader of each rare select's group.
fn leaders(program: &Program, is_uniform: &[bool]) -> Vec<Option<ValueId>> {
    let mut leader = vec![None; program.insts.len()];
    // Groups that may still grow.
    let mut open: Vec<Vec<ValueId>> = Vec::new();
    let mut close = |group: Vec<ValueId>| {
        group.iter().for_each(|select| leader[select.index()] = group.last().copied());
    };
    for value in program.values() {
        let inst = program.inst(value);
        // Who reads a select ends its group's growth: the select must be emitted by then.
        while let Some(read) = open.iter().position(|g| inst.args.iter().any(|a| g.contains(a))) {
            close(open.swap_remove(read));
        }
        if inst.op == LaneOp::SelectRare {
            let fits = |group: &&mut Vec<ValueId>| {
                program.inst(group[0]).args[0] == inst.args[0]
                    && is_uniform[group[0].index()] == is_uniform[value.index()]
            };
            match open.iter_mut().find(fits) {
                Some(group) => group.push(value),
                None => open.push(vec![value]),
            }
        }
    }
    open.into_iter().for_each(close);
    leader
}

/// The innermost leader whose rare operands alone need each value.
fn homes(
    program: &Program,
    is_uniform: &[bool],
    leader: &[Option<ValueId>],
) -> Vec<Option<ValueId>> {
    let mut home: Vec<Option<ValueId>> = vec![None; program.insts.len()];
    let mut is_used: Vec<bool> = vec![false; program.insts.len()];
    program.results.iter().for_each(|result| is_used[result.index()] = true);
    // Users first: a home is final once all users have been seen.
    for user in program.values().rev() {
        let inst = program.inst(user);
        for (position, arg) in inst.args.iter().enumerate() {
            // A uniform operand of a varying instruction is computed before the loop; a
            // constant may stand anywhere.
            let crosses_stages = is_uniform[arg.index()] != is_uniform[user.index()]
                && program.constant(*arg).is_none();
            let place = match inst.op {
                _ if crosses_stages => None,
                LaneOp::SelectRare if position == 1 => leader[user.index()],
                _ => home[user.index()],
            };
            let known = &home[arg.index()];
            home[arg.index()] =
                if is_used[arg.index()] { common_home(&home, *known, place) } else { place };
            is_used[arg.index()] = true;
        }
    }
    home
}

/// The innermost home that encloses both. A home is a later value than what it encloses
/// and encloses what its own home does.
fn common_home(
    home: &[Option<ValueId>],
    mut a: Option<ValueId>,
    mut b: Option<ValueId>,
) -> Option<ValueId> {
    while a != b {
        let (Some(x), Some(y)) = (a, b) else { return None };
        if x < y { a = home[x.index()] } else { b = home[y.index()] }
    }
    a
}
