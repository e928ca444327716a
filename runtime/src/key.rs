//! A graph written down in words: quick to write, to compare and to hash, and enough to read
//! the graph back from.
//!
//! Evaluating an expression writes its key and looks for the plan that was made for it. Only
//! if there is none, the graph is read from the key, so that what is planned is what was
//! written, whatever other threads evaluate in between.
//!
//! A key is a list of entries, numbered from 0, operands before users, then the numbers of
//! the results. An entry starts with a word of four bytes, the first of them its [`Tag`], and
//! says how long it is, so that no two graphs have the same words. What any two entries of a
//! kind share with each other is left out: an elementwise entry has no shape, because it has
//! that of its operands.

use crate::Error;
use crate::context::Stop;
use jitney_ir::graph::{Graph, Layout, Node, NodeId, Op, View};
use jitney_ir::ops::Elementwise;
use jitney_ir::shape::Dims;
use jitney_ir::{DType, Scalar, Shape};
use smallvec::SmallVec;

/// A graph, with the layouts of its inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct GraphKey {
    words: Vec<u32>,
    /// Operations that need more than a few words, with the shape of the result.
    others: Vec<(Op, Shape)>,
    n_entries: u32,
    n_inputs: u32,
}

/// The kinds of entries, and what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Tag {
    /// An input: dtype, rank and whether it may be overwritten, then extent and stride of each
    /// axis.
    Input,
    /// A 0-d input whose value was written as a literal: dtype.
    Literal,
    /// A literal that the graph depends on: dtype, then the bits.
    Constant,
    /// An elementwise operation: operation, dtype and number of operands, then these.
    Elementwise,
    /// Any other operation: dtype, then its place among [`GraphKey::others`], the number of
    /// operands, and these.
    Other,
    /// A result.
    Output,
}

/// What an entry does with its operands.
pub(crate) enum EntryOp {
    Elementwise(Elementwise),
    /// As [`GraphKey::other`] has numbered it.
    Other(u32),
}

impl GraphKey {
    /// Forgets all, but keeps the memory.
    pub fn clear(&mut self) {
        self.words.clear();
        self.others.clear();
        (self.n_entries, self.n_inputs) = (0, 0);
    }

    /// Bytes that it takes, by an estimate.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.words[..]) + size_of_val(&self.others[..])
    }

    /// The number of entries.
    pub fn n_entries(&self) -> usize {
        self.n_entries as usize
    }

    /// Appends an input whose elements are as the layout says, from the first one on.
    pub fn input(&mut self, dtype: DType, layout: &Layout) -> u32 {
        self.header(Tag::Input, dtype as u8, layout.shape.rank() as u8, 0);
        for (&extent, &stride) in layout.shape.extents().iter().zip(&layout.strides) {
            let (extent, stride) = (halves(extent as u64), halves(stride as u64));
            self.words.extend_from_slice(&[extent[0], extent[1], stride[0], stride[1]]);
        }
        self.n_inputs += 1;
        self.entry()
    }

    /// Where the next entry will begin.
    pub fn position(&self) -> usize {
        self.words.len()
    }

    /// Notes that the input whose entry begins at the position may be overwritten.
    pub fn own(&mut self, position: usize) {
        self.words[position] |= u32::from_le_bytes([0, 0, 0, 1]);
    }

    /// Appends a literal as an input.
    pub fn literal(&mut self, dtype: DType) -> u32 {
        self.header(Tag::Literal, dtype as u8, 0, 0);
        self.n_inputs += 1;
        self.entry()
    }

    /// Appends a literal that stays one.
    pub fn constant(&mut self, scalar: Scalar) -> u32 {
        self.header(Tag::Constant, scalar.dtype as u8, 0, 0);
        self.long(scalar.bits);
        self.entry()
    }

    /// Numbers an operation that is not elementwise.
    pub fn other(&mut self, op: &Op, shape: &Shape) -> EntryOp {
        self.others.push((op.clone(), shape.clone()));
        EntryOp::Other(self.others.len() as u32 - 1)
    }

    /// Appends an operation.
    pub fn operation(&mut self, op: &EntryOp, dtype: DType, operands: &[u32]) -> u32 {
        match op {
            EntryOp::Elementwise(op) => {
                self.header(Tag::Elementwise, op.place() as u8, dtype as u8, operands.len() as u8);
            }
            EntryOp::Other(number) => {
                self.header(Tag::Other, dtype as u8, 0, 0);
                self.words.extend([*number, operands.len() as u32]);
            }
        }
        // Two words are written faster than memory is copied.
        operands.iter().for_each(|operand| self.words.push(*operand));
        self.entry()
    }

    /// Appends a result.
    pub fn output(&mut self, number: u32) {
        self.header(Tag::Output, 0, 0, 0);
        self.words.push(number);
    }

    fn header(&mut self, tag: Tag, a: u8, b: u8, c: u8) {
        self.words.push(u32::from_le_bytes([tag as u8, a, b, c]));
    }

    fn long(&mut self, value: u64) {
        self.words.extend_from_slice(&halves(value));
    }

    fn entry(&mut self) -> u32 {
        self.n_entries += 1;
        self.n_entries - 1
    }

    /// The graph and what is known of its inputs.
    ///
    /// # Errors
    /// If the evaluation is to stop, or the graph makes no sense: whoever has built it is wrong, and what came of it would be, too.
    /// Nodes are checked when they are planned or interpreted, once for all evaluations, and not
    /// each time they are built.
    pub fn read(&self, stop: &Stop) -> Result<Read, Error> {
        let mut reader = Reader {
            key: self,
            words: self.words.iter(),
            graph: Graph::new(),
            layouts: Vec::with_capacity(self.n_inputs as usize),
            owned: SmallVec::new(),
            entries: Vec::with_capacity(self.n_entries as usize),
        };
        while reader.entry().is_some() {
            stop.check_at(reader.entries.len())?;
        }
        let Reader { graph, layouts, owned, .. } = reader;
        let wrong = |error| Error::internal(format_args!("{error}, in\n{graph}"));
        for id in graph.ids() {
            stop.check_at(id.index())?;
            graph.verify_node(id).map_err(wrong)?;
        }
        graph.verify_outputs().map_err(wrong)?;
        Ok(Read { graph, layouts, owned })
    }
}

/// A number in two words.
fn halves(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

/// What a key says.
pub(crate) struct Read {
    pub graph: Graph,
    /// By input.
    pub layouts: Vec<Layout>,
    /// The inputs that may be overwritten.
    pub owned: SmallVec<[u32; 2]>,
}

/// Reads what the methods of [`GraphKey`] have written.
struct Reader<'a> {
    key: &'a GraphKey,
    words: std::slice::Iter<'a, u32>,
    graph: Graph,
    layouts: Vec<Layout>,
    owned: SmallVec<[u32; 2]>,
    /// By entry.
    entries: Vec<NodeId>,
}

impl Reader<'_> {
    fn entry(&mut self) -> Option<()> {
        let [tag, a, b, c] = self.word()?.to_le_bytes();
        let dtype = |byte: u8| DType::ALL.get(usize::from(byte)).copied();
        let id = match tag {
            _ if tag == Tag::Input as u8 => {
                if c != 0 {
                    self.owned.push(self.layouts.len() as u32);
                }
                self.input(dtype(a)?, usize::from(b))?
            }
            _ if tag == Tag::Literal as u8 => self.input(dtype(a)?, 0)?,
            _ if tag == Tag::Constant as u8 => {
                let scalar = Scalar { dtype: dtype(a)?, bits: self.long()? };
                self.push(Op::Constant(scalar), SmallVec::new(), scalar.dtype, Shape::scalar())
            }
            _ if tag == Tag::Elementwise as u8 => {
                // Casts, which have the place behind all others, are to the dtype of the result.
                let (row, dtype) = (Elementwise::ALL.get(usize::from(a)), dtype(b)?);
                let op = row.copied().unwrap_or(Elementwise::Cast(dtype));
                let operands = self.operands(usize::from(c))?;
                self.elementwise(op, dtype, operands)
            }
            _ if tag == Tag::Other as u8 => {
                let (op, shape) = self.key.others.get(self.word()? as usize)?;
                let n_operands = self.word()? as usize;
                let operands = self.operands(n_operands)?;
                self.push(op.clone(), operands, dtype(a)?, shape.clone())
            }
            _ => {
                let number = self.word()? as usize;
                self.graph.outputs.push(*self.entries.get(number)?);
                return Some(());
            }
        };
        self.entries.push(id);
        Some(())
    }

    fn word(&mut self) -> Option<u32> {
        self.words.next().copied()
    }

    fn long(&mut self) -> Option<u64> {
        Some(u64::from(self.word()?) | u64::from(self.word()?) << 32)
    }

    fn operands(&mut self, n: usize) -> Option<SmallVec<[NodeId; 3]>> {
        (0..n).map(|_| self.word().and_then(|w| self.entries.get(w as usize).copied())).collect()
    }

    fn push(
        &mut self,
        op: Op,
        inputs: SmallVec<[NodeId; 3]>,
        dtype: DType,
        shape: Shape,
    ) -> NodeId {
        self.graph.push(Node { op, inputs, dtype, shape })
    }

    fn input(&mut self, dtype: DType, rank: usize) -> Option<NodeId> {
        let (mut extents, mut strides) = (Dims::new(), Dims::new());
        for _ in 0..rank {
            extents.push(self.long()? as usize);
            strides.push(self.long()? as isize);
        }
        let shape = Shape::new(&extents).ok()?;
        let number = self.layouts.len() as u32;
        self.layouts.push(Layout { shape: shape.clone(), strides, offset: 0 });
        Some(self.push(Op::Input(number), SmallVec::new(), dtype, shape))
    }

    /// The shape is that of the operand with the most axes; the others are literals.
    fn elementwise(
        &mut self,
        op: Elementwise,
        dtype: DType,
        mut operands: SmallVec<[NodeId; 3]>,
    ) -> NodeId {
        let shapes = operands.iter().map(|id| &self.graph.node(*id).shape);
        let shape = shapes.max_by_key(|shape| shape.rank()).cloned().unwrap_or_default();
        for operand in &mut operands {
            let literal = self.graph.node(*operand);
            // Any other operand has the shape itself, or the graph is not verified.
            if literal.shape.rank() == 0 && shape.rank() > 0 {
                let (op, dtype) = (Op::View(View::Broadcast), literal.dtype);
                *operand = self.push(op, SmallVec::from_elem(*operand, 1), dtype, shape.clone());
            }
        }
        self.push(Op::Elementwise(op), operands, dtype, shape)
    }
}
