//! Random numbers: NumPy's answers to programs that draw some, and what no program says.

use jitney as jn;
use jitney_ir::Kind;
use jn::random::{BitGenerator, Generator, MT19937, PCG64, PCG64DXSM, Philox, SFC64};
use jn::{Array, DType, Formula, Settings};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The dtype, shape, ends and hash of an array, as `data/random/generate.py` writes them.
fn shown(array: &Array) -> String {
    let value = array.eval().expect("it was drawn").expr().known_value().cloned();
    let bits: Vec<u64> =
        value.expect("it is evaluated").scalars().map(|scalar| scalar.bits).collect();
    let size = array.dtype().size();
    let bytes: Vec<u8> = bits.iter().flat_map(|bits| bits.to_le_bytes()[..size].to_vec()).collect();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(0x0100_0000_01b3);
    }
    let code = match array.dtype().kind() {
        Kind::Bool => "b1".to_owned(),
        Kind::Float => format!("f{size}"),
        Kind::Signed => format!("i{size}"),
        Kind::Unsigned => format!("u{size}"),
    };
    let shape: Vec<String> = array.shape().iter().map(usize::to_string).collect();
    let rest = bits.get(4..).unwrap_or(&[]);
    let ends = bits.iter().take(4).chain(&rest[rest.len().saturating_sub(2)..]);
    let ends: Vec<String> = ends.map(|bits| format!("{bits:x}")).collect();
    format!("{code}[{}] {} #{hash:016x}", shape.join(","), ends.join(" "))
}

fn found(program: &str) -> String {
    let value = match Formula::parse(program).and_then(|formula| formula.build()) {
        Ok(value) => value,
        Err(error) => return format!("error: {error}"),
    };
    value.arrays().iter().map(shown).collect::<Vec<_>>().join(" | ")
}

/// The lines of a golden file: a program and what is known of it.
fn cases(name: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/random/{name}.txt"));
    let text = std::fs::read_to_string(&path).expect("the golden file is there");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let case = |line: &str| {
        let (program, known) = line.split_once('\t').expect("a program and its answer");
        (program.to_owned(), known.to_owned())
    };
    lines.map(case).collect()
}

/// Every program of a golden file gives what NumPy gave, whatever the number of threads.
fn check(name: &str) {
    let mut n_cases = 0;
    let mut wrong = Vec::new();
    for (number, (program, expected)) in cases(name).into_iter().enumerate() {
        let program = &program[..];
        let threads = [1, 2, 3, 7][number % 4];
        let settings = Settings { threads: Some(threads), ..jn::settings() };
        let found = jn::with_settings(settings, || found(program));
        n_cases += 1;
        if found != expected {
            wrong.push(format!("{program} on {threads}:\n  {found}\n  {expected}"));
        }
    }
    assert!(n_cases > 10, "{name} has no cases");
    let shown = wrong.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {n_cases} are not NumPy's:\n{shown}", wrong.len());
}

#[test]
fn streams_are_numpys() {
    check("streams");
}

#[test]
fn seeds_are_numpys() {
    check("seeds");
}

#[test]
fn integers_are_numpys() {
    check("integers");
}

#[test]
fn choices_and_permutations_are_numpys() {
    check("choices");
}

#[test]
fn distributions_are_numpys() {
    check("generator");
}

#[test]
fn legacy_functions_are_numpys() {
    check("legacy");
}

#[test]
fn sizes_and_arrays_of_parameters_are_numpys() {
    check("sizes");
}

/// What NumPy says of a mistake, and what is said here in its place.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("shape mismatch", "is not compatible with broadcast dimensions"),
    ("negative dimensions", "is negative: expected a number of elements"),
    ("Cannot cast array data", "must be of integers"),
    ("cannot convert float NaN", "must be of integers"),
    ("Python int too large", "must be of integers"),
    ("lam value too large", "lam"),
    ("Range exceeds", "exceeds valid bounds"),
    ("'a' and 'p' must have", "a and p must have same size"),
    ("probabilities are not", "Probabilities are not non-negative"),
    ("probabilities contain", "Probabilities contain NaN"),
    ("'p' must be", "p must be 1-dimensional"),
    ("a must be a sequence", "a must be a sequence or an integer"),
    ("a must be 1-dimensional or", "a must be a sequence or an integer"),
    ("axis 0 is out of bounds", "a must be a sequence or an integer"),
    ("a must be greater than 0", "a must be a positive integer"),
    ("a cannot be empty", "a must be a positive integer"),
    ("'a' cannot be empty", "a must be a positive integer"),
    ("Cannot take a larger", "Cannot take a larger sample than population"),
    ("setting an array element", "alpha must be 1-dimensional"),
    ("check_valid must equal", "takes 'warn' or 'raise' or 'ignore'"),
    ("method must be one of", "takes 'svd' or 'eigh' or 'cholesky'"),
    ("method must be \"count\"", "takes 'marginals' or 'count'"),
    ("Unsupported dtype", "Unsupported dtype"),
    ("colors must be", "colors must be a one-dimensional sequence of nonnegative integers"),
];

#[test]
fn what_numpy_refuses_is_refused_for_its_reason() {
    let mut wrong = Vec::new();
    for (program, message) in cases("mistakes") {
        let (_, message) = message.split_once(": ").expect("a type and a message");
        let other = OTHER_WORDS.iter().find(|(numpys, _)| message.starts_with(numpys));
        let words = other.map_or(message, |(_, ours)| *ours);
        let found = found(&program);
        if !found.starts_with("error: ") || !found.contains(words) {
            wrong.push(format!("{program}: {found}\n  {message}"));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Samples of several normal variables are NumPy's for some choice of the signs of the factor.
#[test]
fn normal_variables_are_numpys_but_for_signs() {
    for (program, known) in cases("factors") {
        let (near, choices) = known.split_once('\t').expect("a bound and samples");
        let near: f64 = near.parse().expect("a number");
        let formula = Formula::parse(&program).expect("it is a program");
        let found = formula.build().expect("it is drawn").arrays()[0].to_vec::<f64>();
        let found = found.expect("it is drawn");
        let largest = found.iter().fold(0.0_f64, |most, x| x.abs().max(most));
        let distance = |choice: &str| {
            let numbers = choice.split_whitespace().map(|x| x.parse::<f64>().expect("a number"));
            let pairs: Vec<(f64, &f64)> = numbers.zip(&found).collect();
            assert_eq!(pairs.len(), found.len(), "{program}");
            pairs.iter().fold(0.0_f64, |most, (x, y)| (x - *y).abs().max(most))
        };
        let nearest = choices.split('|').map(distance).fold(f64::INFINITY, f64::min);
        assert!(nearest <= near * largest, "{program}: {nearest:e}, {largest:e}");
    }
}

/// Members of NumPy's classes that formulas do not have; the documentation of `jn::random` says why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("", "capsule cffi ctypes lock state"),
    ("np.random.SeedSequence(1)", "entropy"),
    ("np.random.RandomState(1)", "get_state set_state"),
    (
        "np.random",
        "BitGenerator bit_generator get_bit_generator get_state mtrand set_bit_generator set_state test",
    ),
];

#[test]
fn all_members_are_there_or_left_out_on_purpose() {
    let mut missing = Vec::new();
    for (object, names) in cases("members") {
        for name in names.split_whitespace() {
            let is_known = [format!("{object}.{name}()"), format!("{object}.{name}")]
                .iter()
                .any(|program| !found(program).contains(&format!("no attribute `{name}`")));
            let is_left_out = LEFT_OUT.iter().any(|(of, left_out)| {
                (of.is_empty() || *of == object) && left_out.split(' ').any(|out| out == name)
            });
            if is_known == is_left_out {
                missing.push(format!("{object}.{name}"));
            }
        }
    }
    assert!(missing.is_empty(), "known but left out, or neither: {missing:?}");
}

/// The words that NumPy's own tests expect.
#[test]
fn words_of_pcg64_are_the_test_set() {
    let text = include_str!("../../data/random/pcg64-testset-1.csv");
    let hex = |line: &str| {
        let (_, word) = line.split_once(", 0x").expect("a number of the set");
        u64::from_str_radix(word.trim(), 16).expect("a word")
    };
    let mut lines = text.lines();
    let mut bits = PCG64::new(lines.next().map(hex).expect("the seed"));
    let words: Vec<u64> = lines.map(hex).collect();
    assert_eq!(words.len(), 1000);
    assert_eq!(words, (0..1000).map(|_| bits.random_raw()).collect::<Vec<_>>());
}

/// One array of everything that large arrays can be made of, after half a word has been drawn.
fn large(rng: &mut Generator) -> Vec<Array> {
    let n = 200_000;
    vec![
        rng.random_of((), DType::F32),
        rng.random(n),
        rng.standard_normal_of(n, DType::F32),
        rng.standard_normal(n),
        rng.integers(0, 1000, n),
        rng.integers_of(0, 1_i64 << 40, n, DType::U64, true),
        rng.standard_exponential(n),
        rng.gamma(0.3, 1.0, n),
        rng.poisson(3.0, n),
        rng.binomial(100, 0.4, n),
        rng.random_of(3, DType::F32),
    ]
}

/// The bits of large arrays depend on the stream alone, and the stream goes on as if one thread
/// had drawn them.
#[test]
fn threads_do_not_change_bits() {
    let bits: [BitGenerator; 5] = [
        PCG64::new(5).into(),
        PCG64DXSM::new(5).into(),
        Philox::new(5).into(),
        MT19937::new(5).into(),
        SFC64::new(5).into(),
    ];
    for bits in bits {
        let draw = |threads| {
            let settings = Settings { threads: Some(threads), ..jn::settings() };
            let mut rng = Generator::new(bits.clone());
            let arrays = jn::with_settings(settings, || large(&mut rng));
            (arrays.iter().map(shown).collect::<Vec<_>>(), rng)
        };
        let alone = draw(1);
        for threads in [2, 3, 7] {
            assert_eq!(draw(threads), alone, "{} on {threads} threads", bits.name());
        }
    }
}

/// Arrays that are drawn at once are those that are drawn in pieces.
#[test]
fn pieces_are_the_whole() {
    let n: usize = 40_000;
    let draws: [fn(&mut Generator, usize) -> Array; 5] = [
        |rng, n| rng.standard_normal(n),
        |rng, n| rng.random_of(n, DType::F32),
        |rng, n| rng.integers(0, 77, n),
        |rng, n| rng.standard_exponential_of(n, DType::F32, "zig"),
        |rng, n| rng.laplace(0.0, 1.0, n),
    ];
    for draw in draws {
        let (mut rng, mut again) = (jn::random::default_rng(3), Generator::new(PCG64::new(3)));
        let whole = draw(&mut rng, n);
        let pieces: Vec<Array> =
            [0, 1, 17, 9_000, 1_023, n - 10_041].map(|n| draw(&mut again, n)).into();
        let pieces = jn::concatenate(pieces.iter().collect::<Vec<_>>(), 0);
        assert_eq!(shown(&whole), shown(&pieces));
        assert_eq!(rng, again);
    }
}

#[test]
fn states_are_saved_and_restored() {
    let mut bits = PCG64::new(8);
    let state = bits.state();
    assert_eq!((state.0.state, state.1), (0xef2a_56f3_d7d6_ee4b_cb77_4663_521e_4fdb, None));
    let first: Vec<u64> = (0..3).map(|_| bits.random_raw()).collect();
    bits.set_state(state);
    assert_eq!(first, (0..3).map(|_| bits.random_raw()).collect::<Vec<u64>>());

    let mut rng = jn::random::default_rng(8);
    rng.random_of((), DType::F32);
    let mut copy = rng.clone();
    assert_eq!(
        shown(&rng.standard_normal_of(9, DType::F32)),
        shown(&copy.standard_normal_of(9, DType::F32))
    );

    jn::random::seed(4);
    jn::random::randn(3);
    let state = jn::random::get_state();
    let next = shown(&jn::random::randn(5));
    jn::random::set_state(state);
    assert_eq!(shown(&jn::random::randn(5)), next);
}

/// A thread's legacy functions know nothing of another's.
#[test]
fn legacy_state_is_per_thread() {
    jn::random::seed(0);
    let other = std::thread::spawn(|| jn::random::seed(1)).join();
    assert!(other.is_ok());
    let first = jn::random::randint(0, 10, 5).to_vec::<i64>().expect("it was drawn");
    assert_eq!(first, [5, 0, 3, 3, 7]);
}

#[test]
fn a_traced_function_draws_nothing() {
    let noisy = jn::jit(|[x]| x + jn::random::default_rng(1).random(3));
    let error = noisy.call([&jn::zeros([3])]).expect_err("a draw would be the same in all calls");
    assert!(error.message().contains("traced once for all its calls"), "{error}");
    let legacy = jn::jit(|[x]| x + jn::random::randn(3));
    let error = legacy.call([&jn::zeros([3])]).expect_err("as above");
    assert!(error.message().contains("draw outside"), "{error}");
}

#[test]
fn mistakes_say_what_is_wrong() {
    let mut rng = jn::random::default_rng(1);
    let mut state = jn::random::RandomState::new(1);
    let before = rng.clone();
    let two = jn::array(vec![1.0, 2.0]);
    for (array, message) in [
        (jn::random::default_rng(-1).random(3), "expected non-negative integer"),
        (jn::random::RandomState::new(-1).rand(3), "between 0 and 2**32 - 1"),
        (rng.normal(0.0, -1.0, 3), "scale < 0"),
        (rng.normal(0.0, jn::array(vec![1.0, -1.0]), ()), "scale < 0"),
        (rng.normal(&two, 1.0, 3), "Output size (3,) is not compatible"),
        (rng.normal(&two, jn::ones([3]), ()), "cannot be broadcast"),
        (rng.binomial(10, 1.5, 3), "p < 0, p > 1 or p is NaN"),
        (rng.binomial(10.5, 0.5, 3), "n must be of integers"),
        (rng.poisson(1e19, 3), "lam value too large"),
        (rng.geometric(0.0, 3), "p <= 0"),
        (rng.zipf(1.0, 3), "a <= 1"),
        (rng.uniform(0.0, f64::INFINITY, 3), "exceeds valid bounds"),
        (rng.uniform(1.0, 0.0, 3), "high - low < 0"),
        (rng.triangular(0.0, 2.0, 1.0, 3), "mode > right"),
        (rng.hypergeometric(2, 3, 9, 3), "ngood + nbad < nsample"),
        (rng.integers(5, 5, 3), "low >= high"),
        (rng.integers(0, 0, 3), "high <= 0"),
        (rng.integers_of(0, 300, 3, DType::U8, false), "high is out of bounds for uint8"),
        (rng.integers_of(-1, 3, 3, DType::U8, false), "low is out of bounds for uint8"),
        (rng.integers_of(0, 3, 3, DType::F64, false), "Unsupported dtype float64"),
        (rng.random_of(3, DType::I64), "Unsupported dtype int64"),
        (rng.choice(0, 3), "a must be a positive integer"),
        (rng.choice(1.5, 3), "a must be a sequence or an integer"),
        (rng.permutation(jn::scalar(1.5)), "a must be a sequence or an integer"),
        (rng.permutation_along(&two, 1), "axis 1 is out of bounds"),
        (rng.random([1 << 40, 1 << 40]), "too"),
        (rng.multinomial(5, &jn::array(vec![0.7, 0.7, 0.1]), 3), "sum(pvals[:-1]) > 1.0"),
        (rng.dirichlet(&jn::array(vec![-1.0]), 3), "alpha < 0"),
        (state.choice(jn::ones([2, 2]), 3), "a must be 1-dimensional"),
        (state.randint(3, 1, 2), "low >= high"),
    ] {
        let error = array.eval().err().unwrap_or_else(|| panic!("{message}: no error"));
        assert!(error.to_string().contains(message), "{error}: {message}");
        let file = error.location().map(|location| location.file());
        assert!(file.is_some_and(|file| file.ends_with("random_numbers.rs")), "{error}");
    }
    assert_eq!(rng, before, "a mistake draws nothing");
}

#[test]
fn draws_keep_within_limits() {
    let draws: [fn(&mut Generator) -> Array; 4] = [
        |rng| rng.random(1_000_000),
        |rng| rng.standard_normal(1_000_000),
        |rng| rng.integers_of(0, 9, 1_000_000, DType::U8, false),
        |rng| rng.permutation(1_000_000),
    ];
    for draw in draws {
        let within = |settings: Settings| {
            let array = jn::with_settings(settings, || draw(&mut jn::random::default_rng(1)));
            array.error().map(|error| error.kind())
        };
        let memory = Settings { max_memory: Some(900_000), ..jn::settings() };
        assert_eq!(within(memory), Some(jn::ErrorKind::Memory));
        let cancel = Some(Arc::new(AtomicBool::new(true)));
        assert_eq!(within(Settings { cancel, ..jn::settings() }), Some(jn::ErrorKind::Cancelled));
    }
}

/// Whoever asks a long draw to stop waits for no more than some milliseconds, whatever draws.
#[test]
fn long_draws_stop_in_time() {
    let draws: [fn(&mut Generator) -> Array; 5] = [
        |rng| rng.permutation(20_000_000),
        |rng| rng.permuted(&jn::zeros([8_000_000]), None),
        |rng| rng.integers_of(0, 100, 100_000_000, DType::U8, false),
        |rng| rng.standard_exponential(40_000_000),
        |rng| {
            let once = jn::random::Choice { replace: false, ..Default::default() };
            rng.choice_with(20_000_000, 10_000_000, &once)
        },
    ];
    for (number, draw) in draws.iter().enumerate() {
        // The smallest of several attempts: whoever else has the processor may have it for long.
        let attempt = || {
            let cancel = Arc::new(AtomicBool::new(false));
            let settings = Settings { cancel: Some(Arc::clone(&cancel)), ..jn::settings() };
            let host = std::thread::spawn(move || {
                std::thread::sleep(std::time::Duration::from_millis(60));
                cancel.store(true, std::sync::atomic::Ordering::Relaxed);
                std::time::Instant::now()
            });
            let array = jn::with_settings(settings, || draw(&mut jn::random::default_rng(1)));
            let ended = std::time::Instant::now();
            let asked = host.join().expect("it only waits");
            assert_eq!(array.error().map(|error| error.kind()), Some(jn::ErrorKind::Cancelled));
            ended.saturating_duration_since(asked)
        };
        let waited = (0..5).map(|_| attempt()).min().unwrap_or_default();
        assert!(waited < std::time::Duration::from_millis(50), "{number}: {waited:?}");
    }
}

/// What a formula would need too much memory for is refused before it is drawn.
#[test]
fn formulas_draw_within_their_limits() {
    for program in [
        "default_rng(1).random(10**15)",
        "default_rng(1).normal(zeros((10**6, 1)), ones((1, 10**7)))",
        "default_rng(1).permutation(10**15)",
        "np.random.rand(10**8, 10**8)",
        "np.random.PCG64(1).random_raw(10**15)",
        "np.random.SeedSequence(1).spawn(10**9)",
    ] {
        let found = found(program);
        assert!(found.contains("the limit is"), "{program}: {found}");
    }
    for (program, message) in [
        ("np.random.normal(0, -1)", "scale < 0"),
        ("np.random.foo(3)", "no attribute `foo`"),
        ("default_rng(1).normall()", "did you mean `normal`?"),
        ("default_rng(1)", "expected an array, not 'Generator'"),
        ("default_rng(1).shuffle(arange(3))", "write `permutation(x)`"),
        ("default_rng(-1).random()", "expected non-negative integer"),
    ] {
        let found = found(program);
        assert!(found.contains(message), "{program}: {found}");
    }
}
