//! The lane programs of a group, and the accesses they read and write through.
//!
//! A node is a value for each context and chain of views in which it is wanted: `b[1:] - b[:-1]`
//! has two values of `b`, from two loads of what `b` is computed from. What one phase computes
//! reaches another in one of three ways: a reduction or a value per row as a row value, what is
//! kept as memory of the row, and anything cheap by being computed again.

use crate::fusion::{Context, Group, Groups, PathId, Readable, Target};
use crate::plan::{Binding, Place};
use jitney_ir::DType;
use jitney_ir::graph::{Class, Layout, NodeId, Op};
use jitney_ir::kernel::{AccessId, AccessKind, RowValue, RowValueId, Scope, Sink, Source};
use jitney_ir::lanes::{Builder, LaneType, Program, V};
use jitney_ir::ops::Reduction;
use jitney_ir::shape::Dims;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// Rows that are kept begin at multiples of this many bytes, as cache lines do.
const ROW_ALIGNMENT: usize = 64;

/// An access and what it is bound to, over the shape of its context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bound {
    pub kind: AccessKind,
    pub dtype: DType,
    /// Whether the layout is over the domain or over the rows.
    pub scope: Scope,
    pub binding: Binding,
    pub layout: Layout,
}

/// A phase in the making.
#[derive(Default)]
pub(super) struct PhaseBuilder {
    builder: Builder,
    sources: Vec<Source>,
    /// A source that is read twice is one parameter.
    params: FxHashMap<Source, V>,
    results: Vec<V>,
    sinks: Vec<Sink>,
}

impl PhaseBuilder {
    /// The parameter that comes from a source.
    fn param(&mut self, source: Source, ty: LaneType) -> V {
        *self.params.entry(source).or_insert_with(|| {
            self.sources.push(source);
            self.builder.param(ty)
        })
    }

    /// Hands a value out.
    fn result(&mut self, value: V, sink: Sink) {
        self.results.push(value);
        self.sinks.push(sink);
    }

    /// Whether the phase hands nothing out.
    pub fn is_empty(&self) -> bool {
        self.sinks.is_empty()
    }

    /// The program with its sources and sinks.
    pub fn finish(self) -> (Program, Vec<Source>, Vec<Sink>) {
        (self.builder.finish(&self.results), self.sources, self.sinks)
    }
}

/// What a group's kernel is made of.
pub(super) struct Programs<'t, 'g> {
    table: &'t mut Groups<'g>,
    group: usize,
    places: &'t dyn Fn(Target) -> (Place, Layout),
    pub accesses: Vec<Bound>,
    pub row_values: Vec<RowValue>,
    /// The phases over elements by stage, and those over rows.
    pub elements: Vec<PhaseBuilder>,
    pub rows: Vec<PhaseBuilder>,
    /// Bytes that a row of what is kept takes.
    pub row_bytes: usize,
    /// Whether everything could be read; grouping sees to it by copying what strides cannot
    /// express.
    pub is_complete: bool,
    /// What has been computed so far, in its phase.
    values: FxHashMap<(NodeId, Context, PathId), V>,
    /// Row values of nodes that are reduced or that another phase than their own reads.
    known: FxHashMap<NodeId, RowValueId>,
    /// The stage of each node that is computed once per row.
    row_stages: FxHashMap<NodeId, u8>,
    /// Where the rows of nodes are that are kept.
    kept: FxHashMap<NodeId, Layout>,
}

impl<'t, 'g> Programs<'t, 'g> {
    /// The programs of a group, given where each target is.
    pub fn build(
        table: &'t mut Groups<'g>,
        group: usize,
        places: &'t dyn Fn(Target) -> (Place, Layout),
    ) -> Programs<'t, 'g> {
        let mut programs = Programs {
            table,
            group,
            places,
            accesses: Vec::new(),
            row_values: Vec::new(),
            elements: Vec::new(),
            rows: Vec::new(),
            row_bytes: 0,
            is_complete: true,
            values: FxHashMap::default(),
            known: FxHashMap::default(),
            row_stages: FxHashMap::default(),
            kept: FxHashMap::default(),
        };
        programs.compute();
        programs
    }

    /// Fills the phases: what they compute, then what they hand out.
    fn compute(&mut self) {
        let group = self.table.groups[self.group].clone();
        // Known beforehand, for row phases and later stages read them like any other value.
        for &(id, _) in &group.reduces {
            let Op::Reduce(reduction, _) = self.table.graph.node(id).op else { continue };
            self.new_row_value(id, Some(reduction));
        }
        let mut inlined = group.inlined.clone();
        // Operands have lower numbers than users, so each node finds what it needs. Groups that
        // merged may both have computed a node.
        inlined.sort_unstable();
        inlined.dedup();
        for &(id, _) in &group.kept {
            let layout = self.row_memory(id, &group);
            self.kept.insert(id, layout);
        }
        for &(id, context, _) in &inlined {
            if let Context::Row(stage) = context {
                self.row_stages.insert(id, stage);
            }
        }
        for (id, context, path) in inlined {
            let value = self.node(id, context, path);
            self.values.insert((id, context, path), value);
        }
        for &(id, stage) in &group.kept {
            let value = self.result_value(id, Context::Element(stage));
            let layout = self.kept[&id].clone();
            self.write(id, value, Context::Element(stage), Binding::Row, layout);
        }
        for (target, context) in group.stores {
            self.store(target, context);
        }
        for &(id, stage) in &group.reduces {
            let (input, context) = (self.table.graph.node(id).inputs[0], Context::Element(stage));
            let value = self.operand(input, context, PathId::IDENTITY);
            let row = Sink::Row(self.known[&id]);
            self.phase(context).result(value, row);
        }
    }

    /// The phase of a context. Stages are added as they are asked for.
    fn phase(&mut self, context: Context) -> &mut PhaseBuilder {
        let (Context::Element(stage) | Context::Row(stage)) = context;
        let n_stages = self.elements.len().max(stage as usize + 1);
        self.elements.resize_with(n_stages, PhaseBuilder::default);
        self.rows.resize_with(n_stages, PhaseBuilder::default);
        match context {
            Context::Element(_) => &mut self.elements[stage as usize],
            Context::Row(_) => &mut self.rows[stage as usize],
        }
    }

    /// Memory for one row of a node that is kept: every row has it in turn, so its strides along
    /// kept axes are 0. Of a domain [1000, 20, 30] of `f64` with the last two axes reduced they
    /// are [0, 240, 8], and those two are walked as one.
    fn row_memory(&mut self, id: NodeId, group: &Group) -> Layout {
        let size = self.table.graph.node(id).dtype.size();
        let mut strides: Dims<isize> = Dims::from_elem(0, group.domain.rank());
        let mut bytes = size;
        for &axis in group.axes.iter().rev() {
            strides[axis] = bytes as isize;
            bytes *= group.domain.extents()[axis];
        }
        let offset = self.row_bytes as isize;
        self.row_bytes += bytes.next_multiple_of(ROW_ALIGNMENT);
        Layout { shape: group.domain.clone(), strides, offset }
    }

    /// A value per row that phases hand over: a reduction's, or one that a row phase computes.
    fn new_row_value(&mut self, id: NodeId, reduction: Option<Reduction>) -> RowValueId {
        let row = RowValueId(self.row_values.len() as u32);
        let dtype = self.table.graph.node(id).dtype;
        self.row_values.push(RowValue { reduction, dtype });
        self.known.insert(id, row);
        row
    }

    /// The row value of a node that is reduced here, or computed by a row phase. The chain of views
    /// does not matter: grouping has seen to it that it repeats the value along the row.
    fn row_value(&mut self, id: NodeId) -> Option<RowValueId> {
        if let Some(row) = self.known.get(&id) {
            return Some(*row);
        }
        let context = Context::Row(*self.row_stages.get(&id)?);
        let value = *self.values.get(&(id, context, PathId::IDENTITY))?;
        let row = self.new_row_value(id, None);
        self.phase(context).result(value, Sink::Row(row));
        Some(row)
    }

    /// Appends an elementwise node to its phase.
    fn node(&mut self, id: NodeId, context: Context, path: PathId) -> V {
        let node = self.table.graph.node(id);
        let operands: SmallVec<[V; 3]> =
            node.inputs.iter().map(|input| self.operand(*input, context, path)).collect();
        let dtypes = self.table.graph.input_dtypes(id);
        let b = &mut self.phase(context).builder;
        let Op::Elementwise(op) = node.op else {
            // Nothing else is inlined. Whatever follows is thrown away, so any value will do.
            let ty = LaneType::of(node.dtype);
            let value = b.bits(ty, 0);
            self.is_complete = false;
            return value;
        };
        op.build(b, &dtypes, &operands)
    }

    /// The value of a node seen through a chain of views: computed in this group, or loaded.
    ///
    /// The nearest comes first: a register of this phase, a row value of an earlier one, the row
    /// that is kept, and memory last.
    fn operand(&mut self, input: NodeId, context: Context, path: PathId) -> V {
        self.table.worked(1);
        let (mut node, mut behind) = (input, path);
        loop {
            // What is computed here is not loaded, though it may have a buffer as well.
            behind = self.table.settled(context, behind);
            if let Some(value) = self.values.get(&(node, context, behind)) {
                return *value;
            }
            if self.table.graph.node(node).op.class() != Class::View {
                break;
            }
            // The next one of a long chain has a buffer, and nobody here sees through it.
            if self.table.ends_chain(node) && self.table.is_homed(node) {
                break;
            }
            self.table.worked(1);
            behind = self.table.paths.extend(behind, node);
            node = self.table.graph.node(node).inputs[0];
        }
        let found = self.table.graph.node(node);
        let ty = LaneType::of(found.dtype);
        if let Some(row) = self.row_value(node) {
            return self.phase(context).param(Source::Row(row), ty);
        }
        if let Op::Constant(scalar) = found.op {
            return self.phase(context).builder.bits(ty, scalar.bits);
        }
        if let Some(layout) = self.kept.get(&node) {
            let (kind, dtype, scope) = (AccessKind::Load, found.dtype, context.scope());
            let (binding, layout) = (Binding::Row, layout.clone());
            let id = self.access(Bound { kind, dtype, scope, binding, layout });
            return self.phase(context).param(Source::Access(id), ty);
        }
        self.load(input, context, path)
    }

    /// A parameter that is loaded from a buffer or an input, or is an index.
    fn load(&mut self, input: NodeId, context: Context, path: PathId) -> V {
        let Some(Readable { node, is_home, layout }) = self.table.readable(input, path) else {
            // Whatever follows is thrown away, so any value will do.
            self.is_complete = false;
            let ty = LaneType::of(self.table.graph.node(input).dtype);
            return self.phase(context).builder.bits(ty, 0);
        };
        let found = self.table.graph.node(node);
        let place = match found.op.input() {
            _ if is_home => Some((self.places)(Target::Own(node)).0),
            number => number.map(Place::Input),
        };
        // What has no place to be read from is an index.
        let (binding, kind) = match place {
            Some(place) => (Binding::Array(place), AccessKind::Load),
            None => (Binding::Index, AccessKind::Index),
        };
        let (dtype, scope) = (found.dtype, context.scope());
        let id = self.access(Bound { kind, dtype, scope, binding, layout });
        self.phase(context).param(Source::Access(id), LaneType::of(dtype))
    }

    /// The number of an access. Equal ones are one: each takes a register for its address.
    fn access(&mut self, bound: Bound) -> AccessId {
        let known = self.accesses.iter().position(|access| *access == bound);
        self.table.worked(1 + known.unwrap_or(self.accesses.len()));
        AccessId(known.unwrap_or_else(|| {
            self.accesses.push(bound);
            self.accesses.len() - 1
        }) as u32)
    }

    /// Stores a group's result where it belongs.
    fn store(&mut self, target: Target, context: Context) {
        let value = match target {
            Target::Own(id) => self.result_value(id, context),
            Target::Part(whole, number) => {
                let parts = self.table.parts(whole);
                let part = &parts[number];
                let path = self.table.path_to(part);
                self.operand(part.operand, context, path)
            }
        };
        let (place, layout) = (self.places)(target);
        let (Target::Own(id) | Target::Part(id, _)) = target;
        self.write(id, value, context, Binding::Array(place), layout);
    }

    /// Stores a value at a layout.
    fn write(&mut self, id: NodeId, value: V, context: Context, binding: Binding, layout: Layout) {
        let (kind, scope) = (AccessKind::Store, context.scope());
        let dtype = self.table.graph.node(id).dtype;
        let id = self.access(Bound { kind, dtype, scope, binding, layout });
        self.phase(context).result(value, Sink::Store(id));
    }

    /// The value of a node whose buffer this group fills: anything but a load from that buffer.
    fn result_value(&mut self, id: NodeId, context: Context) -> V {
        if let Some(value) = self.values.get(&(id, context, PathId::IDENTITY)) {
            return *value;
        }
        let node = self.table.graph.node(id);
        if let Some(&row) = self.known.get(&id) {
            return self.phase(context).param(Source::Row(row), LaneType::of(node.dtype));
        }
        if node.op.class() == Class::View {
            // The copy of a view reads what is behind it, not the buffer it fills.
            let path = self.table.paths.extend(PathId::IDENTITY, id);
            return self.operand(node.inputs[0], context, path);
        }
        self.unhomed_leaf(id, context)
    }

    /// The value of a leaf that is being copied into a buffer of its own.
    fn unhomed_leaf(&mut self, id: NodeId, context: Context) -> V {
        let node = self.table.graph.node(id);
        let ty = LaneType::of(node.dtype);
        if let Some(scalar) = node.op.constant() {
            return self.phase(context).builder.bits(ty, scalar.bits);
        }
        let (binding, kind, layout) = match node.op.input() {
            Some(number) => {
                let layout = self.table.inputs[number as usize].clone();
                (Binding::Array(Place::Input(number)), AccessKind::Load, layout)
            }
            None => (Binding::Index, AccessKind::Index, Layout::contiguous(&node.shape, 1)),
        };
        let scope = context.scope();
        let id = self.access(Bound { kind, dtype: node.dtype, scope, binding, layout });
        self.phase(context).param(Source::Access(id), ty)
    }
}
