//! Which values are needed only by the rare operands of `select_rare`s.

use jitney_ir::lanes::{LaneOp, Program, ValueId};

/// The homes of a program's values.
///
/// Rare selects of one condition that do not depend on each other share one cold path. The
/// last of them, their *leader*, names it.
pub(crate) struct Homes {
    /// Per value, the leader of the innermost selects whose rare operands alone need it.
    pub(crate) home: Vec<Option<ValueId>>,
    /// Per value, its leader if it is a rare select.
    pub(crate) leader: Vec<Option<ValueId>>,
}

impl Homes {
    /// Finds the homes. A value is at home only in selects of its own stage; constants are
    /// of any.
    pub(crate) fn new(program: &Program, is_uniform: &[bool]) -> Homes {
        let n = program.insts.len();
        let mut homes = Homes { home: vec![None; n], leader: vec![None; n] };
        let mut is_used = vec![false; n];
        program.results.iter().for_each(|result| is_used[result.index()] = true);
        let mut last_leader = None;
        // Users come before what they use, so that a value's home is known when it is met.
        for user in program.values().rev() {
            let inst = program.inst(user);
            if inst.op == LaneOp::SelectRare {
                let joins = last_leader
                    .is_some_and(|leader| homes.can_join(program, is_uniform, user, leader));
                last_leader = if joins { last_leader } else { Some(user) };
                homes.leader[user.index()] = last_leader;
            }
            for (position, arg) in inst.args.iter().enumerate() {
                let crosses_stages = is_uniform[arg.index()] != is_uniform[user.index()]
                    && program.constant(*arg).is_none();
                let place = match inst.op {
                    // It is computed before the loop.
                    _ if crosses_stages => None,
                    LaneOp::SelectRare if position == 1 => homes.leader[user.index()],
                    _ => homes.home[user.index()],
                };
                homes.home[arg.index()] = match is_used[arg.index()] {
                    true => homes.common(homes.home[arg.index()], place),
                    false => place,
                };
                is_used[arg.index()] = true;
            }
        }
        homes
    }

    /// Whether any value is at home there.
    pub(crate) fn is_home(&self, leader: Option<ValueId>) -> bool {
        leader.is_some() && self.home.contains(&leader)
    }

    /// The selects of a leader, in order.
    pub(crate) fn members(&self, leader: Option<ValueId>) -> Vec<ValueId> {
        let ids = (0..self.leader.len()).filter(|index| self.leader[*index] == leader);
        ids.map(|index| ValueId(index as u32)).collect()
    }

    /// Whether a rare select may share the cold path of the rare selects just after it.
    fn can_join(
        &self,
        program: &Program,
        is_uniform: &[bool],
        select: ValueId,
        leader: ValueId,
    ) -> bool {
        let (a, b) = (select.index(), leader.index());
        program.insts[a].args[0] == program.insts[b].args[0]
            && self.home[a] == self.home[b]
            && is_uniform[a] == is_uniform[b]
            && !self.leads_to_member(program, select, leader)
    }

    /// Whether a select of the leader depends on the given one.
    fn leads_to_member(&self, program: &Program, select: ValueId, leader: ValueId) -> bool {
        let mut depends = vec![false; leader.index() + 1];
        depends[select.index()] = true;
        for index in select.index() + 1..=leader.index() {
            depends[index] = program.insts[index].args.iter().any(|arg| depends[arg.index()]);
            if depends[index] && self.leader[index] == Some(leader) {
                return true;
            }
        }
        false
    }

    /// The innermost home that encloses both. A leader comes after all that is at home with
    /// it, the leaders of inner homes included.
    fn common(&self, mut a: Option<ValueId>, mut b: Option<ValueId>) -> Option<ValueId> {
        while a != b {
            let (Some(x), Some(y)) = (a, b) else { return None };
            if x < y { a = self.home[x.index()] } else { b = self.home[y.index()] }
        }
        a
    }
}
