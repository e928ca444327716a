//! Functions: what is traced when, whose memory is used, and what goes wrong. That their values
//! are those of their graphs is tested in [`crate::random`].

// A range to -1 ends before the last element, as in NumPy.
#![allow(
    clippy::reversed_empty_ranges,
    reason = "slices end before they begin, counted from the end"
)]

use jitney::{self as jn, Array, DType, ErrorKind, Mode, s};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Large enough that memory is worth using again.
const N: usize = 10_000;

/// Where the elements are.
fn address(array: &Array) -> usize {
    array.expr().known_value().expect("a value").buffer().address().addr()
}

fn numbers(start: f64) -> Array {
    (jn::linspace(start, start + 1.0, N) * 1.0).eval().unwrap()
}

#[test]
fn a_closure_runs_once_for_each_signature() {
    let n_traces = Cell::new(0);
    let add = jn::jit(|[a, b]| {
        n_traces.set(n_traces.get() + 1);
        a + b
    });
    let check = |a: &Array, b: &Array, traces: usize| {
        for _ in 0..3 {
            let sum = add.call([a, b]).unwrap();
            assert_eq!(sum.first_difference(&(a + b)).unwrap(), None);
        }
        assert_eq!(n_traces.get(), traces, "{a:?} {b:?}");
    };
    let x = jn::arange(6).astype(DType::F64);
    check(&x, &x, 1);
    check(&(&x * 2), &(&x * 3), 1);
    check(&x, &jn::ones([2, 1]), 2);
    check(&x, &x.astype(DType::F32), 3);
    // A view gets memory of its own when it is evaluated.
    check(&x.slice(s![..;-1]), &x, 3);
    check(&x.slice(s![..3]), &x.slice(s![3..]), 4);
    check(&x, &jn::scalar(1.0), 5);
    check(&x.slice(s![..0]), &x.slice(s![..0]), 6);
}

#[test]
fn arguments_that_are_given_away_make_room() {
    let scale = jn::jit(|[x]| x * 2.0 + 1.0);
    let x = numbers(0.0);
    let place = address(&x);
    let y = scale.call((x,)).unwrap();
    assert_eq!(address(&y), place);

    let kept = y.clone();
    let z = scale.call((y,)).unwrap();
    assert_ne!(address(&z), place, "somebody else has it");
    assert_eq!(kept.slice(s![0]).item::<f64>().unwrap(), 1.0);
    let z = scale.call([&z]).unwrap();
    assert_eq!(z.slice(s![0]).item::<f64>().unwrap(), 7.0);

    let view = kept.slice(s![1..]);
    view.eval().unwrap();
    let w = scale.call((kept,)).unwrap();
    assert_ne!(address(&w), place, "a view is left");
    assert_eq!(view.size(), N - 1);
}

#[test]
fn elements_are_set_in_an_argument_that_is_given_away() {
    let relax = jn::jit(|[to, from]| {
        let mean = (from.slice(s![..-2]) + from.slice(s![2..])) * 0.5;
        to.set(s![1..-1], mean)
    });
    let (mut a, mut b) = (numbers(0.0), numbers(5.0));
    let places = [address(&a), address(&b)];
    let (mut want_a, mut want_b) = (a.to_vec::<f64>().unwrap(), b.to_vec::<f64>().unwrap());
    for _ in 0..3 {
        b = relax.call((b, &a)).unwrap();
        a = relax.call((a, &b)).unwrap();
        (1..N - 1).for_each(|i| want_b[i] = (want_a[i - 1] + want_a[i + 1]) * 0.5);
        (1..N - 1).for_each(|i| want_a[i] = (want_b[i - 1] + want_b[i + 1]) * 0.5);
    }
    assert_eq!([address(&a), address(&b)], places);
    assert_eq!(a.to_vec::<f64>().unwrap(), want_a);
    assert_eq!(b.to_vec::<f64>().unwrap(), want_b);
}

#[test]
fn results_go_into_existing_memory() {
    let both = jn::jit(|[a, b]| (&a + &b, a.sum(..)));
    let (x, y) = (numbers(0.0), numbers(1.0));
    let mut results = (numbers(7.0), jn::scalar(0.0) * 1.0);
    results.1.eval().unwrap();
    let place = address(&results.0);
    for _ in 0..2 {
        both.call_into([&x, &y], &mut results).unwrap();
        assert_eq!(address(&results.0), place);
        assert_eq!(results.0.first_difference(&(&x + &y)).unwrap(), None);
        assert_eq!(results.1.first_difference(&x.sum(..)).unwrap(), None);
    }
    // What others look at stays as it is, and what has another size is replaced.
    let kept = results.0.clone();
    results.1 = numbers(3.0);
    both.call_into([&y, &y], &mut results).unwrap();
    assert_ne!(address(&results.0), place);
    assert_eq!(kept.first_difference(&(&x + &y)).unwrap(), None);
    assert_eq!(results.1.first_difference(&y.sum(..)).unwrap(), None);
}

#[test]
fn a_result_may_be_an_argument_or_a_constant() {
    let three = jn::jit(|[a]| [a.clone(), jn::full([2], 5), a]);
    let x = numbers(0.0);
    let [first, five, last] = three.call((x.clone(),)).unwrap();
    assert_eq!(first.first_difference(&x).unwrap(), None);
    assert_eq!(last.first_difference(&x).unwrap(), None);
    assert_eq!(five.to_vec::<i64>().unwrap(), [5, 5]);
    let nothing = jn::jit(|[_]: [Array; 1]| Vec::<Array>::new());
    assert!(nothing.call([&x]).unwrap().is_empty());
    let constant = jn::jit(|[]: [Array; 0]| jn::arange(3).sum(..));
    let no_arguments: [&Array; 0] = [];
    assert_eq!(constant.call(no_arguments).unwrap().item::<i64>().unwrap(), 3);
}

#[test]
fn numbers_are_arguments_as_they_are() {
    let n_traces = Cell::new(0);
    let scale = jn::jit(|[x, by]| {
        n_traces.set(n_traces.get() + 1);
        [x * &by + 0.5, by]
    });
    let x = numbers(0.0);
    let evaluated = jn::scalar(3.0).eval().unwrap();
    for mode in [Mode::Fused, Mode::Eager, Mode::Reference] {
        jn::with_mode(mode, || {
            // A literal, one that has been evaluated, and one that is given away.
            let number = jn::scalar(3.0);
            let calls = [
                scale.call([&x, &number]).unwrap(),
                scale.call([&x, &evaluated]).unwrap(),
                scale.call((&x, jn::scalar(3.0))).unwrap(),
                scale.call([&x, &number]).unwrap(),
            ];
            for [scaled, by] in calls {
                assert_eq!(scaled.first_difference(&(&x * 3.0 + 0.5)).unwrap(), None, "{mode:?}");
                assert_eq!(by.item::<f64>().unwrap(), 3.0, "{mode:?}");
            }
        });
    }
    assert_eq!(n_traces.get(), 1);
    scale.call([&x, &jn::scalar(3.0_f32)]).unwrap();
    assert_eq!(n_traces.get(), 2);
}

#[test]
fn the_first_signatures_and_the_last_ones_are_kept() {
    let n_traces = Cell::new(0);
    let negate = jn::jit(|[x]: [Array; 1]| {
        n_traces.set(n_traces.get() + 1);
        -x
    });
    let check = |n: usize| {
        let negated = negate.call([&jn::ones([n])]).unwrap().to_vec::<f64>().unwrap();
        assert_eq!(negated, vec![-1.0; n]);
    };
    (0..64).for_each(check);
    (0..64).rev().for_each(check);
    assert_eq!(n_traces.get(), 64);
    (64..70).for_each(check);
    (0..4).chain(10..70).for_each(check);
    assert_eq!(n_traces.get(), 70);
    check(4);
    assert_eq!(n_traces.get(), 71);
}

#[test]
fn what_a_closure_holds_is_part_of_the_function() {
    let (weights, lazy) = (numbers(1.0), numbers(2.0) * 2.0);
    let weigh = jn::jit(|[x]| x * &weights + &lazy);
    let x = numbers(0.0);
    let wanted = (&x * &weights + &lazy).eval().unwrap();
    for _ in 0..2 {
        assert_eq!(weigh.call([&x]).unwrap().first_difference(&wanted).unwrap(), None);
        assert_eq!(weigh.call((numbers(0.0),)).unwrap().first_difference(&wanted).unwrap(), None);
    }
}

#[test]
fn arguments_have_no_elements_while_a_function_is_traced() {
    // Whatever a closure makes of the error, what it returns would be wrong.
    let asking: [fn(Array) -> Array; 5] = [
        |x| match x.sum(..).item::<f64>() {
            Ok(sum) => x * sum,
            Err(error) => {
                assert_eq!((error.kind(), error.operation()), (ErrorKind::Value, "jit"));
                x * 2.0
            }
        },
        |x| if x.item::<f64>().is_ok() { x } else { jn::zeros([1]) },
        |x| x.eval().unwrap_or(x),
        |x| if format!("{x}").contains('1') { x } else { -x },
        |x| (&x + 1).to_vec::<f64>().map_or(x, jn::array),
    ];
    for ask in asking {
        let asks = jn::jit(|[x]| ask(x));
        for _ in 0..2 {
            let error = asks.call([&jn::ones([1])]).unwrap_err();
            assert_eq!((error.kind(), error.operation()), (ErrorKind::Value, "jit"));
            assert!(error.message().contains("no elements while the function is traced"));
        }
    }
    let looks = jn::jit(|[x]: [Array; 1]| x.error().map_or(&x * x.size(), |_| -&x));
    assert_eq!(looks.call([&jn::ones([2])]).unwrap().to_vec::<f64>().unwrap(), [2.0, 2.0]);

    // Nor afterwards, for whoever has kept one.
    let kept = Cell::new(None);
    let leaks = jn::jit(|[x]: [Array; 1]| {
        kept.set(Some(x.clone()));
        x
    });
    leaks.call([&jn::ones([2])]).unwrap();
    let argument = kept.take().expect("the closure has run");
    assert_eq!((argument.dtype(), argument.shape()), (DType::F64, &[2][..]));
    assert!((argument + 1).eval().unwrap_err().message().contains("while the function is traced"));
}

#[test]
fn a_function_becomes_a_part_of_another() {
    let n_traces = Cell::new(0);
    let square = jn::jit(|[x]: [Array; 1]| {
        n_traces.set(n_traces.get() + 1);
        &x * &x
    });
    let norm = jn::jit(|[x, y]| {
        let mut sum = jn::zeros([1]);
        square.call_into((&y * 1.0,), &mut sum).expect("is deferred");
        (square.call([&x]).expect("is deferred") + sum).sqrt()
    });
    let (x, y) = (jn::array(vec![3.0, 5.0]), jn::array(vec![4.0, 12.0]));
    for _ in 0..2 {
        assert_eq!(norm.call([&x, &y]).unwrap().to_vec::<f64>().unwrap(), [5.0, 13.0]);
    }
    assert_eq!(n_traces.get(), 2);
    // By itself, and after a closure that panicked, it is what it was.
    let panics = jn::jit(|[_]: [Array; 1]| -> Array { panic!("of the closure's own") });
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| panics.call([&x])));
    assert!(caught.is_err());
    assert_eq!(square.call((&x + 0.0,)).unwrap().to_vec::<f64>().unwrap(), [9.0, 25.0]);
    assert_eq!(n_traces.get(), 3);
}

#[test]
fn mistakes_are_errors_and_nothing_is_lost() {
    let add = jn::jit(|[a, b]| a + b);
    let (x, y) = (jn::ones([3]), jn::ones([4]));
    let mut result = jn::arange(3).eval().unwrap();
    let error = add.call_into([&x, &y], &mut result).unwrap_err();
    assert!(error.to_string().contains("shapes (3,) (4,)"), "{error}");
    assert!(error.location().is_some_and(|place| place.file().ends_with("jit.rs")), "{error}");
    assert_eq!(result.to_vec::<i64>().unwrap(), [0, 1, 2]);

    let failed = &x + &y;
    assert_eq!(add.call([&failed, &y]).unwrap_err().kind(), ErrorKind::Shape);
    let none = jn::Settings { max_memory: Some(0), ..jn::settings() };
    let refused = jn::with_settings(none, || add.call([&x, &x])).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Memory);
    assert_eq!(add.call([&x, &x]).unwrap().to_vec::<f64>().unwrap(), [2.0; 3]);

    let several = jn::jit(|[a]| vec![&a + 1, &a + 2]);
    let mut one = vec![jn::zeros([3])];
    let error = several.call_into([&x], &mut one).unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Value, "the function has 2 results, not 1")
    );
}

#[test]
fn a_call_that_is_stopped_leaves_its_error_in_the_results_it_was_to_fill() {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    let negate = jn::jit(|[a]: [Array; 1]| -a);
    let x = numbers(0.0);
    let mut result = negate.call([&x]).unwrap();
    let cancel = Some(Arc::new(AtomicBool::new(true)));
    let stopped = jn::Settings { cancel, ..jn::settings() };
    let error = jn::with_settings(stopped, || negate.call_into([&x], &mut result)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(result.eval().unwrap_err().kind(), ErrorKind::Cancelled);
    negate.call_into([&x], &mut result).unwrap();
    assert_eq!(result.first_difference(&-&x).unwrap(), None);
}

#[test]
fn any_number_of_threads_may_call() {
    let n_traces = AtomicUsize::new(0);
    let step = jn::jit(|[x, y]| {
        n_traces.fetch_add(1, Ordering::Relaxed);
        x * 0.5 + y
    });
    let y = numbers(1.0);
    let run = |start: f64| {
        let mut x = numbers(start);
        for _ in 0..50 {
            x = step.call((x, &y)).unwrap();
        }
        x.to_vec::<f64>().unwrap()
    };
    let alone: Vec<_> = (0..4).map(|start| run(start as f64)).collect();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|start| scope.spawn(move || run(start as f64))).collect();
        for (thread, wanted) in threads.into_iter().zip(alone) {
            assert_eq!(thread.join().unwrap(), wanted);
        }
    });
    // Threads that come at once may each trace.
    assert!(n_traces.load(Ordering::Relaxed) <= 5);
}
