//! Random programs over a few arrays, some of which are clones or views of others, against
//! plain vectors.

use jitney::{Array, Index, s};
use proptest::prelude::*;

/// What is done to the arrays, which are named by numbers.
#[derive(Clone, Debug)]
enum Action {
    Clone(usize),
    Drop(usize),
    Eval(usize),
    EvalBoth(usize, usize),
    /// Elements from a start by a step become a number.
    Fill(usize, usize, isize, f64),
    /// Elements from a start become those of another array from another start, and a number.
    Move {
        to: usize,
        start: usize,
        from: usize,
        other: usize,
        len: usize,
        plus: f64,
    },
    Scale(usize, f64),
    AddTo(usize, usize),
    Flip(usize),
    /// An element becomes the largest of an array.
    Max(usize, usize, usize),
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let (array, place) = (|| 0..6usize, || 0..1000usize);
    let number = || prop_oneof![-3.0..3.0f64, Just(f64::INFINITY), Just(-0.0), Just(f64::NAN)];
    let fill = (array(), place(), prop_oneof![Just(1), Just(2), Just(-1), Just(7)], number());
    let moved = (array(), place(), array(), place(), 1..30usize, number());
    let moved = moved.prop_map(|(to, start, from, other, len, plus)| Action::Move {
        to,
        start,
        from,
        other,
        len,
        plus,
    });
    let action = prop_oneof![
        1 => array().prop_map(Action::Clone),
        1 => array().prop_map(Action::Drop),
        3 => array().prop_map(Action::Eval),
        1 => (array(), array()).prop_map(|(a, b)| Action::EvalBoth(a, b)),
        3 => fill.prop_map(|(a, start, step, x)| Action::Fill(a, start, step, x)),
        3 => moved,
        2 => (array(), number()).prop_map(|(a, x)| Action::Scale(a, x)),
        2 => (array(), array()).prop_map(|(a, b)| Action::AddTo(a, b)),
        1 => array().prop_map(Action::Flip),
        1 => (array(), array(), place()).prop_map(|(a, b, place)| Action::Max(a, b, place)),
    ];
    prop::collection::vec(action, 1..40)
}

/// Arrays and what their elements should be.
struct Arrays {
    n: usize,
    all: Vec<(Array, Vec<f64>)>,
}

impl Arrays {
    fn apply(&mut self, action: &Action) {
        let n = self.n;
        let n_arrays = self.all.len();
        let at = |number: usize| number % n_arrays;
        match *action {
            Action::Clone(a) => {
                let clone = self.all[at(a)].clone();
                if self.all.len() < 6 {
                    self.all.push(clone);
                }
            }
            Action::Drop(a) => {
                if self.all.len() > 1 {
                    self.all.swap_remove(at(a));
                }
            }
            Action::Eval(a) => {
                self.all[at(a)].0.eval().expect("evaluates");
            }
            Action::EvalBoth(a, b) => {
                Array::eval_all(&[&self.all[at(a)].0, &self.all[at(b)].0]).expect("evaluates");
            }
            Action::Fill(a, start, step, number) => {
                let (array, model) = &mut self.all[at(a)];
                let start = start % n;
                array.assign([Index::stepped(start as isize.., step)], number);
                let places: Vec<usize> = match step {
                    -1 => (0..=start).collect(),
                    _ => (start..n).step_by(step as usize).collect(),
                };
                places.into_iter().for_each(|place| model[place] = number);
            }
            Action::Move { to, start, from, other, len, plus } => {
                let len = len.min(n);
                let (start, other) = (start % (n - len + 1), other % (n - len + 1));
                let range = |first: usize| s![first as i64..(first + len) as i64];
                let (source, model) = &self.all[at(from)];
                let value = source.slice(range(other)) + plus;
                let expected: Vec<f64> =
                    model[other..other + len].iter().map(|x| x + plus).collect();
                let (array, model) = &mut self.all[at(to)];
                array.assign(range(start), value);
                model[start..start + len].copy_from_slice(&expected);
            }
            Action::Scale(a, number) => {
                let (array, model) = &mut self.all[at(a)];
                *array *= number;
                model.iter_mut().for_each(|x| *x *= number);
            }
            Action::AddTo(a, b) => {
                let (other, others) = self.all[at(b)].clone();
                let (array, model) = &mut self.all[at(a)];
                *array += &other;
                model.iter_mut().zip(others).for_each(|(x, y)| *x += y);
            }
            Action::Flip(a) => {
                let (array, model) = &mut self.all[at(a)];
                *array = array.flip(..);
                model.reverse();
            }
            Action::Max(a, b, place) => {
                let (other, others) = &self.all[at(b)];
                let (max, is_nan) = (other.max(..), others.iter().any(|x| x.is_nan()));
                let expected = others.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let (array, model) = &mut self.all[at(a)];
                array.assign(s![(place % n) as i64], max + 0.0);
                model[place % n] = if is_nan { f64::NAN } else { expected + 0.0 };
            }
        }
    }

    fn check(&self) -> Result<(), TestCaseError> {
        for (array, model) in &self.all {
            let found = array.to_vec::<f64>().expect("evaluates");
            let bits = |x: &f64| if x.is_nan() { u64::MAX } else { x.to_bits() };
            let same = found.iter().map(bits).eq(model.iter().map(bits));
            prop_assert!(same, "{found:?}\nis not\n{model:?}");
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]
    #[test]
    fn programs_compute_what_vectors_do(actions in actions(), is_long: bool) {
        let n = if is_long { 4100 } else { 5 };
        let elements: Vec<f64> = (0..n).map(|i| i as f64 - 2.0).collect();
        let mut arrays = Arrays { n, all: Vec::new() };
        arrays.all.push((Array::from_slice(&elements, [n]), elements));
        arrays.all.push((jitney::zeros([n]), vec![0.0; n]));
        for action in &actions {
            arrays.apply(action);
        }
        arrays.check()?;
    }
}
