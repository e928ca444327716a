//! Every rule, for every dtype it claims, on both sides, to the bit.

use super::evaluate::{assert_same, promised_bits, spicy};
use jitney_ir::graph::{Graph, Node, NodeId, Op, View};
use jitney_ir::lanes::{Builder, Evaluator, LaneType, Program, V};
use jitney_ir::ops::Elementwise;
use jitney_ir::{DType, Scalar, Shape};
use jitney_optimizer::Pass;
use jitney_optimizer::passes::{Rule, RuleSet, Term};
use proptest::prelude::*;
use smallvec::{SmallVec, smallvec};
use std::sync::LazyLock;

/// A rule with a dtype for each hole and each literal of its pattern.
struct Instance {
    rule: &'static Rule,
    holes: Vec<DType>,
    literals: Vec<DType>,
    dtype: DType,
    pattern: Program,
    replacement: Program,
}

static INSTANCES: LazyLock<Vec<Instance>> =
    LazyLock::new(|| RuleSet::standard().rules().iter().flat_map(instances).collect());

/// Every list of so many dtypes.
fn assignments(n: usize) -> impl Iterator<Item = Vec<DType>> {
    let n_dtypes = DType::ALL.len();
    (0..n_dtypes.pow(n as u32)).map(move |number| {
        let digit = |i: usize| number / n_dtypes.pow(i as u32) % n_dtypes;
        (0..n).map(|i| DType::ALL[digit(i)]).collect()
    })
}

fn n_literals(term: &Term) -> usize {
    match term {
        Term::Literal(_) => 1,
        Term::Hole(_) | Term::ConstantHole(_) => 0,
        Term::Apply(_, terms) => terms.iter().map(n_literals).sum(),
    }
}

/// The signatures of the table decide which dtypes a rule can meet.
fn instances(rule: &'static Rule) -> Vec<Instance> {
    let mut found = Vec::new();
    for holes in assignments(rule.n_holes) {
        if !rule.classes.contains(holes[0].kind()) {
            continue;
        }
        for (dtype, literals, pattern) in programs(&rule.pattern, &holes) {
            let mut replacements = programs(&rule.replacement, &holes);
            replacements.retain(|(replaced, ..)| *replaced == dtype);
            let fits = replacements.len() == 1;
            assert!(fits, "{}: {} typings for {holes:?}", rule.name, replacements.len());
            let (.., replacement) = replacements.remove(0);
            let holes = holes.clone();
            found.push(Instance { rule, holes, literals, dtype, pattern, replacement });
        }
    }
    found
}

/// The programs of a term with its holes as parameters: one for each choice of dtypes of its
/// literals that is well typed.
fn programs(term: &Term, holes: &[DType]) -> Vec<(DType, Vec<DType>, Program)> {
    let well_typed = |literals: Vec<DType>| {
        let mut b = Builder::new();
        let params: Vec<_> = holes.iter().map(|d| (*d, b.param(LaneType::of(*d)))).collect();
        let (dtype, value) = build(term, &mut b, &params, &mut literals.iter().copied())?;
        Some((dtype, literals, b.finish(&[value])))
    };
    assignments(n_literals(term)).filter_map(well_typed).collect()
}

fn build(
    term: &Term,
    b: &mut Builder,
    holes: &[(DType, V)],
    literals: &mut dyn Iterator<Item = DType>,
) -> Option<(DType, V)> {
    match term {
        Term::Hole(hole) | Term::ConstantHole(hole) => Some(holes[*hole]),
        Term::Literal(literal) => {
            let scalar = literal.of(literals.next()?)?;
            Some((scalar.dtype, b.bits(LaneType::of(scalar.dtype), scalar.bits)))
        }
        Term::Apply(op, terms) => {
            let operands: Vec<(DType, V)> =
                terms.iter().map(|term| build(term, b, holes, literals)).collect::<Option<_>>()?;
            let (dtypes, values): (Vec<_>, Vec<_>) = operands.into_iter().unzip();
            let signature = op.signature(&dtypes).ok()?;
            let uncast = signature.operands.as_slice() == dtypes;
            uncast.then(|| (signature.result, op.build(b, &dtypes, &values)))
        }
    }
}

impl Instance {
    /// Both sides at one choice of values.
    fn check(&self, evaluators: &mut [Evaluator<'_>; 2], values: &[u64]) {
        let [pattern, replacement] = evaluators.each_mut().map(|evaluator| {
            evaluator.run(values);
            Scalar::from_bits(self.dtype, evaluator.result(0))
        });
        let same = promised_bits(pattern) == promised_bits(replacement);
        let name = &self.rule.name;
        let given: Vec<_> =
            self.holes.iter().zip(values).map(|(d, v)| Scalar::from_bits(*d, *v)).collect();
        assert!(same, "{name}: {pattern:?} became {replacement:?} for {given:?}");
    }

    fn evaluators(&self) -> [Evaluator<'_>; 2] {
        [Evaluator::new(&self.pattern), Evaluator::new(&self.replacement)]
    }
}

#[test]
fn rules_are_exact_for_spicy_values() {
    for instance in INSTANCES.iter() {
        let choices: Vec<Vec<Scalar>> = instance.holes.iter().map(|d| spicy(*d)).collect();
        let n_choices: usize = choices.iter().map(Vec::len).product();
        let mut evaluators = instance.evaluators();
        for number in 0..n_choices {
            let mut rest = number;
            let value = |values: &Vec<Scalar>| {
                let value = values[rest % values.len()].bits;
                rest /= values.len();
                value
            };
            let values: Vec<u64> = choices.iter().map(value).collect();
            instance.check(&mut evaluators, &values);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn rules_are_exact_for_any_bits(bits: [u64; 4]) {
        for instance in INSTANCES.iter() {
            let values: Vec<u64> = instance
                .holes
                .iter()
                .zip(bits)
                .map(|(dtype, bits)| LaneType::of(*dtype).mask(bits))
                .collect();
            instance.check(&mut instance.evaluators(), &values);
        }
    }
}

#[test]
fn every_rule_has_instances_and_a_name_of_its_own() {
    let rules = RuleSet::standard().rules();
    for (i, rule) in rules.iter().enumerate() {
        let n_instances = INSTANCES.iter().filter(|instance| instance.rule == rule).count();
        assert!(n_instances > 0, "{} can never match", rule.name);
        assert!(rules[..i].iter().all(|other| other.name != rule.name), "{} twice", rule.name);
    }
}

#[test]
fn commutative_operations_commute_to_the_bit() {
    let mut n_checked = 0;
    for &op in Elementwise::ALL {
        for dtypes in assignments(2) {
            let commutes = RuleSet::standard().commutes(op, dtypes[0].kind());
            let signature = op.signature(&dtypes[..op.arity().min(2)]);
            if !commutes || signature.is_err() || signature.unwrap().operands[..] != dtypes[..] {
                continue;
            }
            n_checked += 1;
            let programs = [op.program(&dtypes), op.program(&[dtypes[1], dtypes[0]])];
            let [mut direct, mut swapped] = programs.each_ref().map(Evaluator::new);
            let dtype = op.signature(&dtypes).unwrap().result;
            for x in spicy(dtypes[0]) {
                for y in spicy(dtypes[1]) {
                    direct.run(&[x.bits, y.bits]);
                    swapped.run(&[y.bits, x.bits]);
                    let bits =
                        |e: &Evaluator<'_>| promised_bits(Scalar::from_bits(dtype, e.result(0)));
                    assert_eq!(bits(&direct), bits(&swapped), "{} of {x:?}, {y:?}", op.name());
                }
            }
        }
    }
    assert!(n_checked > 80, "only {n_checked} signatures");
}

/// The pattern as a graph of arrays. Literals and constant holes are broadcasts; operands of
/// commutative operations stand as written or the other way round.
fn graph_of(instance: &Instance, swap: bool) -> Graph {
    let mut graph = Graph::new();
    let shape = Shape::new(&[25]).unwrap();
    let holes: Vec<Option<NodeId>> = (0..instance.holes.len())
        .map(|hole| {
            let dtype = instance.holes[hole];
            let op = Op::Input(hole as u32);
            let input = Node { op, inputs: smallvec![], dtype, shape: shape.clone() };
            (!is_constant(&instance.rule.pattern, hole)).then(|| graph.push(input))
        })
        .collect();
    let mut literals = instance.literals.iter().copied();
    let root = append(&mut graph, &instance.rule.pattern, &holes, instance, &mut literals, swap);
    graph.outputs = vec![root];
    graph.verify().expect("an instance is well typed");
    graph
}

fn is_constant(term: &Term, hole: usize) -> bool {
    match term {
        Term::ConstantHole(index) => *index == hole,
        Term::Hole(_) | Term::Literal(_) => false,
        Term::Apply(_, terms) => terms.iter().any(|term| is_constant(term, hole)),
    }
}

fn append(
    graph: &mut Graph,
    term: &Term,
    holes: &[Option<NodeId>],
    instance: &Instance,
    literals: &mut dyn Iterator<Item = DType>,
    swap: bool,
) -> NodeId {
    let shape = Shape::new(&[25]).unwrap();
    let mut filled = |scalar: Scalar| {
        let (op, dtype) = (Op::Constant(scalar), scalar.dtype);
        let id = graph.push(Node { op, inputs: smallvec![], dtype, shape: Shape::scalar() });
        let op = Op::View(View::Broadcast);
        graph.push(Node { op, inputs: smallvec![id], dtype, shape: shape.clone() })
    };
    match term {
        Term::Hole(hole) => holes[*hole].expect("a hole is an input"),
        Term::ConstantHole(hole) => {
            filled(Scalar::from_i128(instance.holes[*hole], 100 + *hole as i128))
        }
        Term::Literal(literal) => {
            let dtype = literals.next().expect("each literal has a dtype");
            filled(literal.of(dtype).expect("an instance is well typed"))
        }
        Term::Apply(op, terms) => {
            let mut inputs: SmallVec<[NodeId; 3]> = terms
                .iter()
                .map(|term| append(graph, term, holes, instance, literals, swap))
                .collect();
            let dtypes: Vec<_> = inputs.iter().map(|input| graph.node(*input).dtype).collect();
            let dtype = op.signature(&dtypes).expect("an instance is well typed").result;
            if swap && RuleSet::standard().commutes(*op, dtypes[0].kind()) {
                inputs.reverse();
            }
            graph.push(Node { op: Op::Elementwise(*op), inputs, dtype, shape })
        }
    }
}

#[test]
fn every_rule_applies_to_arrays_in_either_order() {
    let [apply, drop_dead] =
        ["apply-rules", "drop-dead"].map(|name| Pass::from_name(name).expect("a pass"));
    for instance in INSTANCES.iter() {
        for swap in [false, true] {
            let before = drop_dead.run(graph_of(instance, swap));
            let after = drop_dead.run(apply.run(before.clone()));
            let name = &instance.rule.name;
            assert_ne!(before, after, "{name} did not apply");
            assert_same(&before, &after, name);
        }
    }
}
