//! The lane programs of a group, and the accesses they read and write through.

use crate::fusion::{Context, Groups, PathId, Readable, Target};
use crate::plan::Place;
use jitney_ir::DType;
use jitney_ir::graph::{Layout, NodeId, Op};
use jitney_ir::kernel::{AccessId, AccessKind, RowValue, RowValueId, Sink, Source};
use jitney_ir::lanes::{Builder, LaneType, Program, V};
use jitney_ir::ops::cast;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// An access and what it is bound to, over the shape of its context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bound {
    pub kind: AccessKind,
    pub dtype: DType,
    pub context: Context,
    pub place: Option<Place>,
    pub layout: Layout,
}

/// A phase in the making.
#[derive(Default)]
pub(super) struct PhaseBuilder {
    builder: Builder,
    sources: Vec<Source>,
    params: FxHashMap<Source, V>,
    results: Vec<V>,
    sinks: Vec<Sink>,
}

impl PhaseBuilder {
    fn param(&mut self, source: Source, ty: LaneType) -> V {
        *self.params.entry(source).or_insert_with(|| {
            self.sources.push(source);
            self.builder.param(ty)
        })
    }

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
    pub element: PhaseBuilder,
    pub row: PhaseBuilder,
    values: FxHashMap<(NodeId, Context, PathId), V>,
    rows: FxHashMap<NodeId, RowValueId>,
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
            element: PhaseBuilder::default(),
            row: PhaseBuilder::default(),
            values: FxHashMap::default(),
            rows: FxHashMap::default(),
        };
        programs.compute();
        programs
    }

    fn compute(&mut self) {
        let group = self.table.groups[self.group].clone();
        for &id in &group.reduces {
            let Op::Reduce(reduction, _) = self.table.graph.node(id).op else { continue };
            let dtype = self.table.graph.node(id).dtype;
            self.rows.insert(id, RowValueId(self.row_values.len() as u32));
            self.row_values.push(RowValue { reduction, dtype });
        }
        let mut inlined = group.inlined;
        inlined.sort_unstable();
        inlined.dedup();
        for (id, context, path) in inlined {
            let value = self.node(id, context, path);
            self.values.insert((id, context, path), value);
        }
        for target in group.stores {
            self.store(target, Context::Element);
        }
        for &id in &group.reduces {
            let value = self.operand(
                self.table.graph.node(id).inputs[0],
                Context::Element,
                PathId::IDENTITY,
            );
            self.element.result(value, Sink::Reduce(self.rows[&id]));
        }
        for target in group.row_stores {
            self.store(target, Context::Row);
        }
    }

    fn phase(&mut self, context: Context) -> &mut PhaseBuilder {
        match context {
            Context::Element => &mut self.element,
            Context::Row => &mut self.row,
        }
    }

    /// Appends an elementwise node to its phase.
    fn node(&mut self, id: NodeId, context: Context, path: PathId) -> V {
        let node = self.table.graph.node(id);
        let operands: SmallVec<[V; 3]> =
            node.inputs.iter().map(|input| self.operand(*input, context, path)).collect();
        let dtypes = self.table.graph.input_dtypes(id);
        let b = &mut self.phase(context).builder;
        match node.op {
            Op::Elementwise(op) => op.build(b, &dtypes, &operands),
            _ => cast::cast(b, dtypes[0], node.dtype, operands[0]),
        }
    }

    /// The value of a node seen through a chain of views: computed in this group, or loaded.
    fn operand(&mut self, input: NodeId, context: Context, path: PathId) -> V {
        let (mut node, mut behind) = (input, path);
        loop {
            // What is computed here is not loaded, though it may have a buffer as well.
            if let Some(value) = self.values.get(&(node, context, behind)) {
                return *value;
            }
            let Op::View(_) = self.table.graph.node(node).op else { break };
            behind = self.table.paths.extend(behind, node);
            node = self.table.graph.node(node).inputs[0];
        }
        let found = self.table.graph.node(node);
        let ty = LaneType::of(found.dtype);
        if let (Context::Row, Some(row)) = (context, self.rows.get(&node)) {
            let source = Source::Row(*row);
            return self.row.param(source, ty);
        }
        if let Op::Constant(scalar) = found.op {
            return self.phase(context).builder.bits(ty, scalar.bits);
        }
        self.load(input, context, path)
    }

    fn load(&mut self, input: NodeId, context: Context, path: PathId) -> V {
        let readable = self.table.readable(input, path);
        let Readable { node, is_home, layout } =
            readable.expect("grouping copies what strides cannot express");
        let found = self.table.graph.node(node);
        let (place, kind) = match found.op {
            _ if is_home => (Some((self.places)(Target::Own(node)).0), AccessKind::Load),
            Op::Input(number) => (Some(Place::Input(number)), AccessKind::Load),
            _ => (None, AccessKind::Index),
        };
        let dtype = found.dtype;
        let id = self.access(Bound { kind, dtype, context, place, layout });
        self.phase(context).param(Source::Access(id), LaneType::of(dtype))
    }

    fn access(&mut self, bound: Bound) -> AccessId {
        let known = self.accesses.iter().position(|access| *access == bound);
        AccessId(known.unwrap_or_else(|| {
            self.accesses.push(bound);
            self.accesses.len() - 1
        }) as u32)
    }

    /// Stores a group's result where it belongs.
    fn store(&mut self, target: Target, context: Context) {
        let value = match target {
            Target::Own(id) => self.result_value(id, context),
            Target::Part(concat, number) => {
                let input = self.table.graph.node(concat).inputs[number];
                self.operand(input, context, PathId::IDENTITY)
            }
        };
        let (place, layout) = (self.places)(target);
        let dtype = match target {
            Target::Own(id) | Target::Part(id, _) => self.table.graph.node(id).dtype,
        };
        let kind = AccessKind::Store;
        let id = self.access(Bound { kind, dtype, context, place: Some(place), layout });
        self.phase(context).result(value, Sink::Store(id));
    }

    fn result_value(&mut self, id: NodeId, context: Context) -> V {
        if let Some(value) = self.values.get(&(id, context, PathId::IDENTITY)) {
            return *value;
        }
        let node = self.table.graph.node(id);
        match (&node.op, self.rows.get(&id)) {
            (_, Some(row)) => self.row.param(Source::Row(*row), LaneType::of(node.dtype)),
            // The copy of a view reads what is behind it, not the buffer it fills.
            (Op::View(_), None) => {
                let path = self.table.paths.extend(PathId::IDENTITY, id);
                self.operand(node.inputs[0], context, path)
            }
            _ => self.unhomed_leaf(id, context),
        }
    }

    /// The value of a leaf that is being copied into a buffer of its own.
    fn unhomed_leaf(&mut self, id: NodeId, context: Context) -> V {
        let node = self.table.graph.node(id);
        let ty = LaneType::of(node.dtype);
        let (place, kind, layout) = match node.op {
            Op::Constant(scalar) => return self.phase(context).builder.bits(ty, scalar.bits),
            Op::Input(number) => {
                let layout = self.table.inputs[number as usize].clone();
                (Some(Place::Input(number)), AccessKind::Load, layout)
            }
            _ => (None, AccessKind::Index, Layout::contiguous(&node.shape, 1)),
        };
        let id = self.access(Bound { kind, dtype: node.dtype, context, place, layout });
        self.phase(context).param(Source::Access(id), ty)
    }
}
