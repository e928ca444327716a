//! Results in the memory of operands that nobody needs any more: that they are there, that they
//! have the right elements, and that whoever still needs an operand sees it as it was.

mod random;
mod shared;

use jitney::{Array, DType, Index, Mode, Operand, Settings, s, with_mode, with_settings};

/// Elements of arrays that are large enough for the library to look for a place among the
/// operands.
const N: usize = 5001;

/// Spicy elements, evaluated, in memory of the library's own.
fn spicy(n: usize) -> Array {
    let specials = [0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 5e-324, -1e308, 1.5];
    let element =
        |i: usize| if i.is_multiple_of(3) { specials[i / 3 % 8] } else { i as f64 - 700.0 };
    Array::from_slice(&(0..n).map(element).collect::<Vec<_>>(), [n])
}

fn matrix(n_rows: usize, n_columns: usize) -> Array {
    spicy(n_rows * n_columns).reshape([n_rows as isize, n_columns as isize]).eval().expect("fits")
}

/// Where the memory of an evaluated array begins.
fn address(array: &Array) -> usize {
    array.expr().known_value().expect("is evaluated").buffer().address() as usize
}

/// The elements, one NaN being as good as another.
fn bits(array: &Array) -> Vec<u64> {
    let value =
        array.eval().expect("evaluates").expr().known_value().cloned().expect("is evaluated");
    value.scalars().map(|scalar| if scalar.is_nan() { u64::MAX } else { scalar.bits }).collect()
}

fn assigned(mut array: Array, index: impl AsRef<[Index]>, value: impl Into<Operand>) -> Array {
    array.assign(index, value);
    array
}

/// What libraries compute of an array that takes an update: they look at whether to stop and take
/// memory, which must have been possible before the operand was overwritten.
#[test]
fn libraries_read_updates_that_overwrite_nothing_before_them() {
    for n in [20isize, 70] {
        let start =
            matrix(n as usize, n as usize).isfinite().where_(1.5, 2.5).eval().expect("fits");
        turns(&start, |x| {
            let b = jitney::eye(n as usize);
            let updated = assigned(x, s![0], 5.0);
            let product = updated.matmul(&b);
            &product + updated
        });
        turns(&start, |x| assigned(x, s![1, ..], -3.0).sort(0));
        turns(&start, |x| {
            let sorted = x.sort(1);
            assigned(x, s![.., 0], 7.0) + sorted
        });
    }
}

/// Takes a step several times, evaluating each time, and compares with the reference. Says
/// after which turns the result was where the operand had been.
#[track_caller]
fn turns(start: &Array, step: impl Fn(Array) -> Array) -> Vec<bool> {
    let copy = || Array::from_slice(&start.to_vec::<f64>().expect("is of doubles"), start.shape());
    let mut found = Vec::new();
    for mode in [Mode::Fused, Mode::Eager] {
        let (mut law, mut array) = (copy(), copy());
        for turn in 0..3 {
            law = with_mode(Mode::Reference, || step(law).eval().expect("evaluates"));
            let before = address(&array);
            array = with_mode(mode, || step(array).eval().expect("evaluates"));
            assert_eq!(bits(&array), bits(&law), "turn {turn}, {mode:?}");
            found.push(address(&array) == before);
        }
    }
    found
}

#[track_caller]
fn check(start: Array, step: impl Fn(Array) -> Array) {
    assert_eq!(turns(&start, step), [true; 6]);
}

/// As `check`, where a kernel for each operation needs the operand until the last one.
#[track_caller]
fn check_fused(start: Array, step: impl Fn(Array) -> Array) {
    assert_eq!(turns(&start, step)[..3], [true; 3]);
}

/// As `check`, where the result of a fused kernel must not be in the place of its operand. With
/// a kernel for each operation it may: what reads the operand is done before.
#[track_caller]
fn check_not(start: Array, step: impl Fn(Array) -> Array) {
    assert_eq!(turns(&start, step)[..3], [false; 3]);
}

#[test]
fn elementwise_results_take_the_place_of_an_operand() {
    check(spicy(N), |a| a * 2.0 + 1.0);
    check(spicy(N), |a| 1.0 - a);
    check(spicy(N), |mut a| {
        a += 1.0;
        a *= jitney::arange(N);
        a
    });
    check(spicy(N), |a| a.astype(DType::I64).astype(DType::F64) / 3.0);
    check(matrix(90, 50), |a| a * jitney::arange(50));
    check(matrix(90, 50), |a| a * jitney::arange(90).expand_dims(1));
    check(matrix(90, 50), |a| a.square().reshape([90, 50]) - 1.0);
    // The elements that rare cases compute again are the operand's.
    check(spicy(N), |a| a.sin() + 1e300);
    check(spicy(N), |a| a.abs().power(0.3).log());
    // Programs that run in pieces: the first ones still read what the last one overwrites, and
    // so does the last one.
    check_fused(spicy(N), |a| a.sin().exp().tanh().log1p().arctan().cbrt() + &a);
    check_fused(spicy(N), |a| (&a + 1.0).hypot(a.erf()).cosh().arctan2(a.exp().tan()) * &a);
    let other = spicy(N);
    check(spicy(N), |a| &other - a);
    assert_eq!(bits(&other), bits(&spicy(N)));
    // Large enough for several threads, and for stores past the caches.
    check(spicy(2_100_001), |a| (a * 0.5).exp() - 1.0);
}

#[test]
fn elements_that_are_read_out_of_turn_are_not_overwritten() {
    check_not(spicy(N), |a| &a + a.flip(..));
    check_not(spicy(N), |a| a.flip(..) * 2.0);
    check_not(matrix(70, 70), |a| a.t() * 0.5);
    check_not(spicy(N), |a| jitney::concatenate([&a.slice(s![1..]), &a.slice(s![..1])], 0));
    check_not(spicy(N), |a| &a - a.mean(..) + a.flip(..));
    check_not(matrix(70, 70), |a| a.matmul(&a));
    // A row is a hundred elements of which each reader wants another one.
    check_not(matrix(70, 60), |a| &a + a.slice(s![7]));
    check_not(spicy(N), |a| jitney::where_(a.slice(s![0]).isnan(), 1.0, &a) * a.slice(s![-1]));
}

#[test]
fn what_a_reduction_has_read_may_be_overwritten_after_it() {
    // Eagerly each step is a kernel, and fused the reduction is in a kernel of its own.
    for (step, n) in [(0, N), (1, N), (1, 200_000)] {
        let found = turns(&spicy(n), |a| match step {
            0 => &a * jitney::arange(n).sum(..),
            _ => &a - a.max(..),
        });
        assert!(found.contains(&true), "{step}, {n}: {found:?}");
    }
    // Each row is read by every element of its own.
    for n_columns in [2, 3, 5, 700] {
        turns(&matrix(5000 / n_columns, n_columns), |a| {
            let e = (&a - a.max(jitney::axis(-1).keepdims())).exp();
            &e / e.sum(jitney::axis(-1).keepdims())
        });
    }
}

#[test]
fn assignments_write_what_changes() {
    check(spicy(N), |a| assigned(a, s![5], 7.0));
    check(spicy(7), |a| assigned(a, s![5], f64::NAN));
    check(spicy(N), |a| assigned(a, s![..;2], -0.0));
    check(spicy(N), |a| assigned(a, s![10..20], jitney::arange(10)));
    check(spicy(N), |a| assigned(a, s![..;-1250], jitney::arange(5)));
    check(matrix(30, 40), |a| assigned(a, s![.., 3], jitney::arange(30)));
    check(matrix(30, 40), |a| assigned(a, s![1..20;5, 2..], jitney::arange(38)));
    check(matrix(1, 2), |a| assigned(a, s![0, 0], 3));
    let other = matrix(30, 40);
    check(matrix(30, 40), |a| assigned(a, s![7], other.slice(s![3]).sin()));
    check(matrix(30, 40), |a| assigned(a, s![7], other.sum(0)));
    check(matrix(30, 40), |a| assigned(a, s![.., 7], &other.sum(1) - other.mean(1)));
    // A product of matrices goes through memory of its own.
    let few = (0..80).map(f64::from).collect::<Vec<_>>();
    let few = Array::from_slice(&few, [40, 2]);
    let ones = jitney::ones([2, 40]);
    check(matrix(30, 40), |a| assigned(a, s![2..4, 1..3], ones.matmul(&few)));
    // Several at once, each of which leaves what the others have written.
    check(spicy(N), |mut a| {
        (0..20).for_each(|i| a.assign(s![i * 3..i * 3 + 5], i));
        a
    });
    check(matrix(80, 80), |mut a| {
        a.assign(s![0], 1.0);
        a.assign(s![-1], 2.0);
        a.assign(s![.., 0], 3.0);
        a * 2.0
    });
}

#[test]
fn values_may_read_the_elements_that_they_replace() {
    check(spicy(N), |a| {
        let value = a.slice(s![3..9]) * 2.0;
        assigned(a, s![3..9], value)
    });
    let add = |a: Array| {
        let value = a.slice(s![.., 2..4]) + 1.0;
        assigned(a, s![.., 2..4], value)
    };
    check(matrix(70, 70), add);
    check(matrix(30, 40), |a| {
        let row = a.slice(s![7]);
        let value = &row / (row.max(..) - 1.0) + &row;
        assigned(a, s![7], value)
    });
    // Strided elements go through memory of their own.
    check(matrix(700, 4), |a| {
        let value = a.slice(s![.., 3]).sin().power(3.0).exp();
        assigned(a, s![.., 3], value)
    });
    // In another order, so that they are all read before.
    check(spicy(N), |a| {
        let value = (a.slice(s![3..9]) * 2.0).flip(..);
        assigned(a, s![3..9], value)
    });
    check(matrix(30, 40), |a| {
        let value = (a.slice(s![3..7, 5..9]) * 2.0).t();
        assigned(a, s![3..7, 5..9], value)
    });
    check(spicy(N), |a| {
        let value = a.slice(s![3..9]);
        assigned(a, s![3..9], value)
    });
    // Two updates of one array, one after the other.
    check(matrix(70, 70), |a| add(add(a)));
}

#[test]
fn values_may_read_elements_that_stay() {
    check(spicy(N), |a| {
        let value = a.slice(s![4]) * 0.5 + 1.0;
        assigned(a, s![5], value)
    });
    check(matrix(30, 40), |a| {
        let value = a.slice(s![2]) + a.slice(s![4]) * a.slice(s![3]) + a.slice(s![0, 0]);
        assigned(a, s![3], value)
    });
    // A recurrence, an element at a time.
    let (mut array, mut law) = (spicy(50), spicy(50).to_vec::<f64>().expect("is of doubles"));
    for i in 1..50 {
        array.assign(s![i], array.slice(s![i - 1]) * 0.5 + array.slice(s![i]));
        array = array.eval().expect("evaluates");
        law[i] += law[i - 1] * 0.5;
    }
    assert_eq!(bits(&array), bits(&Array::from_slice(&law, [50])));
}

#[test]
fn values_that_read_other_elements_of_the_base_see_the_old_ones() {
    check_not(matrix(70, 70), |a| {
        let inner = &a.slice(s![..68, 1..69]) + &a.slice(s![2.., 1..69]);
        assigned(a, s![1..69, 1..69], inner)
    });
    check_not(spicy(N), |a| {
        let value = a.slice(s![..;-1]).slice(s![..N as i64 - 1]);
        assigned(a, s![1..], value)
    });
    check_not(spicy(N), |a| {
        let value = a.slice(s![..10]);
        assigned(a, s![5..15], value)
    });
    // The old and the new one are both needed in the end.
    check_not(spicy(N), |a| {
        let new = a.set(s![2..7], 1.0);
        new - a
    });
}

#[test]
fn a_value_per_element_may_rest_on_all_old_elements() {
    let found = turns(&spicy(N), |a| {
        let value = a.slice(s![5..]).max(..);
        assigned(a, s![7], value)
    });
    assert!(found.iter().all(|in_place| *in_place), "{found:?}");
}

#[test]
fn a_chain_of_assignments_copies_nothing() {
    let (n, n_updates) = (100_000, 50);
    let mut array = jitney::zeros([n]);
    (0..n_updates).for_each(|i| array.assign(s![i * 11], i));
    let explained = array.explain().expect("can be planned");
    assert_eq!(explained.buffers, [n * 8]);
    assert!(explained.moved.bytes_written <= (n + n_updates as usize) * 8, "{explained}");
    let mut expected = vec![0.0; n];
    (0..n_updates).for_each(|i| expected[i as usize * 11] = i as f64);
    assert_eq!(array.to_vec::<f64>().expect("evaluates"), expected);
}

#[test]
fn temporaries_take_each_others_place() {
    let x = spicy(N);
    let y = with_mode(Mode::Eager, || {
        let y = ((&x * 2.0 + 1.0).sqrt() - 3.0).exp();
        assert_eq!(y.explain().expect("can be planned").buffers, [N * 8]);
        y.eval().expect("evaluates")
    });
    assert_eq!(bits(&y), bits(&((&x * 2.0 + 1.0).sqrt() - 3.0).exp()));
    assert_eq!(bits(&x), bits(&spicy(N)));
}

#[test]
fn memory_that_is_not_the_librarys_own_is_not_overwritten() {
    let elements = bits(&spicy(N)).into_iter().map(|bits| bits as i64).collect::<Vec<_>>();
    let foreign = Array::from_vec(elements, [N]);
    let before = address(&foreign);
    let own = (foreign + 1).eval().expect("evaluates");
    assert_ne!(address(&own), before);
    // A view of a larger array would keep all of that.
    let large = spicy(2 * N).eval().expect("evaluates");
    let view = large.slice(s![..N as i64]).eval().expect("evaluates");
    let before = address(&large);
    assert_eq!(address(&view), before);
    drop(large);
    for step in [|a: Array| a + 1.0, |a: Array| assigned(a, s![1], 1.0)] {
        let part = spicy(2 * N).slice(s![..N as i64]).eval().expect("evaluates");
        let before = address(&part);
        assert_ne!(address(&step(part).eval().expect("evaluates")), before);
    }
    let repeated = spicy(1).broadcast_to([N]).eval().expect("evaluates");
    let before = address(&repeated);
    let changed = assigned(repeated, s![1], 8.0).eval().expect("evaluates");
    assert_ne!(address(&changed), before);
    assert_eq!(changed.to_vec::<f64>().expect("evaluates")[..3], [0.0, 8.0, 0.0]);
}

#[test]
fn in_place_needs_no_memory() {
    let settings = Settings { max_memory: Some(0), ..Settings::default() };
    let array = spicy(N);
    let array = with_settings(settings.clone(), || {
        let array = (array * 2.0 + 1.0).eval().expect("needs none");
        assigned(array, s![1], 1.0).eval().expect("needs none")
    });
    let twice = with_settings(settings, || (&array * 2.0).eval().map(|_| ()));
    assert!(twice.is_err());
}

/// What replaces all of an array may be the array itself, the other way round.
#[test]
fn arrays_take_their_own_reverse() {
    let reversed = |array: Array| {
        let value = array.slice(s![..;-1]);
        assigned(array, s![..], value)
    };
    for shape in [vec![N as isize], vec![N as isize, 1], vec![N as isize, 1, 1], vec![3, 1667]] {
        turns(&spicy(N).reshape(shape).eval().expect("fits"), reversed);
    }
    for view in [s![..;-1], s![..;2], s![..;-2]] {
        turns(&spicy(N).slice(view).eval().expect("fits"), reversed);
        turns(&matrix(N, 1).slice(view).eval().expect("fits"), reversed);
    }
    let function = jitney::jit(|[x]: [Array; 1]| reversed(x));
    for _ in 0..3 {
        let given = spicy(N).eval().expect("fits");
        let expected = bits(&given.slice(s![..;-1]));
        assert_eq!(bits(&function.call((given,)).expect("evaluates")), expected);
    }
}
