//! Builds lane programs with operators and folds nothing away.

use super::{Inst, LaneOp, LaneType, Program, TableId, Typing, ValueId};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// A value under construction: its id and its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct V {
    /// The value.
    pub id: ValueId,
    /// Its type.
    pub ty: LaneType,
}

/// Appends instructions to a program.
///
/// Equal instructions are merged as they are appended, so a program never computes one
/// expression twice. Mixing types is a mistake of the caller's that the verifier reports.
#[derive(Default)]
pub struct Builder {
    program: Program,
    known: FxHashMap<Inst, ValueId>,
}

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident($($arg:ident),+) = $op:ident;)*) => {
        $($(#[$doc])*
        pub fn $name(&mut self, $($arg: V),+) -> V {
            self.op(LaneOp::$op, &[$($arg),+])
        })*
    };
}

impl Builder {
    /// An empty program.
    pub fn new() -> Builder {
        Builder::default()
    }

    /// Adds a parameter.
    pub fn param(&mut self, ty: LaneType) -> V {
        let index = self.program.params.len() as u64;
        self.program.params.push(ty);
        self.push(LaneOp::Param, ty, &[], index)
    }

    /// A constant of the given bits.
    pub fn bits(&mut self, ty: LaneType, bits: u64) -> V {
        self.push(LaneOp::Const, ty, &[], ty.mask(bits))
    }

    /// A float constant of type `ty`, rounded to it.
    pub fn float(&mut self, ty: LaneType, value: f64) -> V {
        let bits = match ty {
            LaneType::F32 => u64::from((value as f32).to_bits()),
            _ => value.to_bits(),
        };
        self.bits(ty, bits)
    }

    /// An integer constant of type `ty`, wrapped to it.
    pub fn int(&mut self, ty: LaneType, value: i64) -> V {
        self.bits(ty, value as u64)
    }

    /// A bool constant.
    pub fn truth(&mut self, value: bool) -> V {
        self.bits(LaneType::Bool, u64::from(value))
    }

    /// Appends an operation whose result type follows from its operands.
    pub fn op(&mut self, op: LaneOp, args: &[V]) -> V {
        let ty = match op.typing() {
            Typing::FloatCompare | Typing::IntCompare => LaneType::Bool,
            Typing::Select => args[1].ty,
            _ => args[0].ty,
        };
        self.op_as(op, ty, args)
    }

    /// Appends an operation with an explicit result type.
    pub fn op_as(&mut self, op: LaneOp, ty: LaneType, args: &[V]) -> V {
        self.push(op, ty, args, 0)
    }

    /// Looks up entry `index` (of type `i64`) of a constant table.
    pub fn lookup(&mut self, table: TableId, ty: LaneType, index: V) -> V {
        self.push(LaneOp::Lookup, ty, &[index], u64::from(table.0))
    }

    fn push(&mut self, op: LaneOp, ty: LaneType, args: &[V], imm: u64) -> V {
        let args: SmallVec<[ValueId; 3]> = args.iter().map(|arg| arg.id).collect();
        let inst = Inst { op, ty, args, imm };
        // Merging here, and not in a pass, keeps programs small while they are built: the parts of
        // `math` compute the same square or power of two in many places.
        let id = *self.known.entry(inst).or_insert_with_key(|inst| {
            self.program.insts.push(inst.clone());
            ValueId(self.program.insts.len() as u32 - 1)
        });
        V { id, ty }
    }

    /// Appends an instruction of another program with operands of this one.
    pub fn append(&mut self, inst: &Inst, args: &[V]) -> V {
        self.push(inst.op, inst.ty, args, inst.imm)
    }

    /// Appends the instructions of another program, its parameters being `args`, and
    /// returns its results.
    pub fn inline(&mut self, program: &Program, args: &[V]) -> SmallVec<[V; 2]> {
        let mut values: Vec<V> = Vec::with_capacity(program.insts.len());
        for inst in &program.insts {
            let value = if inst.op == LaneOp::Param {
                args[inst.imm as usize]
            } else {
                let operands: SmallVec<[V; 3]> =
                    inst.args.iter().map(|arg| values[arg.index()]).collect();
                self.append(inst, &operands)
            };
            values.push(value);
        }
        program.results.iter().map(|result| values[result.index()]).collect()
    }

    /// Ends the program, handing out `results` and dropping what they do not need.
    pub fn finish(mut self, results: &[V]) -> Program {
        self.program.results = results.iter().map(|result| result.id).collect();
        self.program.without_dead_code()
    }

    methods! {
        /// `a + b`.
        fadd(a, b) = FAdd;
        /// `a - b`.
        fsub(a, b) = FSub;
        /// `a * b`.
        fmul(a, b) = FMul;
        /// `a / b`.
        fdiv(a, b) = FDiv;
        /// `a * b + c`, rounded once.
        fma(a, b, c) = Fma;
        /// `-a`.
        fneg(a) = FNeg;
        /// `|a|`.
        fabs(a) = FAbs;
        /// The square root of `a`.
        fsqrt(a) = FSqrt;
        /// See [`LaneOp::FMin`].
        fmin(a, b) = FMin;
        /// See [`LaneOp::FMax`].
        fmax(a, b) = FMax;
        /// Toward minus infinity.
        ffloor(a) = FFloor;
        /// Toward plus infinity.
        fceil(a) = FCeil;
        /// Toward zero.
        ftrunc(a) = FTrunc;
        /// To nearest, ties to even.
        fnearest(a) = FNearest;
        /// Exact remainder, as C's `fmod`.
        frem(a, b) = FRem;
        /// `a == b`.
        feq(a, b) = FEq;
        /// `a != b`, true with NaN.
        fne(a, b) = FNe;
        /// `a < b`.
        flt(a, b) = FLt;
        /// `a <= b`.
        fle(a, b) = FLe;
        /// Wrapping `a + b`.
        iadd(a, b) = IAdd;
        /// Wrapping `a - b`.
        isub(a, b) = ISub;
        /// Wrapping `a * b`.
        imul(a, b) = IMul;
        /// Upper half of the unsigned product.
        umulhi(a, b) = UMulHi;
        /// `a << b`.
        shl(a, b) = Shl;
        /// Logical `a >> b`.
        lshr(a, b) = LShr;
        /// Arithmetic `a >> b`.
        ashr(a, b) = AShr;
        /// Integer `a == b`.
        ieq(a, b) = IEq;
        /// Integer `a != b`.
        ine(a, b) = INe;
        /// Signed `a < b`.
        slt(a, b) = SLt;
        /// Signed `a <= b`.
        sle(a, b) = SLe;
        /// Unsigned `a < b`.
        ult(a, b) = ULt;
        /// Unsigned `a <= b`.
        ule(a, b) = ULe;
        /// `a & b`.
        and(a, b) = And;
        /// `a | b`.
        or(a, b) = Or;
        /// `a ^ b`.
        xor(a, b) = Xor;
        /// `!a`.
        not(a) = Not;
        /// `if cond { yes } else { no }`.
        select(cond, yes, no) = Select;
        /// [`Builder::select`] whose condition is seldom true.
        select_rare(cond, yes, no) = SelectRare;
    }

    /// The bits of `a` as type `ty`.
    pub fn bitcast(&mut self, ty: LaneType, a: V) -> V {
        self.op_as(LaneOp::Bitcast, ty, &[a])
    }

    /// Integer `a` as `ty`: sign-extended, truncated or unchanged.
    pub fn sresize(&mut self, ty: LaneType, a: V) -> V {
        self.resize(LaneOp::SExt, ty, a)
    }

    /// Integer `a` as `ty`: zero-extended, truncated or unchanged.
    pub fn uresize(&mut self, ty: LaneType, a: V) -> V {
        self.resize(LaneOp::ZExt, ty, a)
    }

    fn resize(&mut self, extend: LaneOp, ty: LaneType, a: V) -> V {
        match ty.size().cmp(&a.ty.size()) {
            std::cmp::Ordering::Less => self.op_as(LaneOp::Trunc, ty, &[a]),
            std::cmp::Ordering::Equal => a,
            std::cmp::Ordering::Greater => self.op_as(extend, ty, &[a]),
        }
    }

    /// Float `a` as float type `ty`.
    pub fn ftof(&mut self, ty: LaneType, a: V) -> V {
        if ty == a.ty { a } else { self.op_as(LaneOp::FToF, ty, &[a]) }
    }
}

impl Program {
    /// The program without instructions that no result needs; parameters stay.
    pub fn without_dead_code(self) -> Program {
        // Operands stand before users: one walk from the end sees every use before the value.
        let mut live = vec![false; self.insts.len()];
        for result in &self.results {
            live[result.index()] = true;
        }
        for value in self.values().rev() {
            if live[value.index()] {
                for arg in &self.inst(value).args {
                    live[arg.index()] = true;
                }
            }
        }
        let mut new_ids = vec![ValueId(0); self.insts.len()];
        let mut insts = Vec::new();
        for (index, mut inst) in self.insts.into_iter().enumerate() {
            if live[index] {
                new_ids[index] = ValueId(insts.len() as u32);
                inst.args.iter_mut().for_each(|arg| *arg = new_ids[arg.index()]);
                insts.push(inst);
            }
        }
        let results = self.results.iter().map(|result| new_ids[result.index()]).collect();
        Program { params: self.params, insts, results }
    }
}
