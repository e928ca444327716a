//! The cases of the comparison, without Python and at tiny sizes.

use jitney as jn;
use jitney_benches::compare::case::{Case, Must, Scale};
use jitney_benches::compare::cases;
use jn::Mode;
use std::collections::HashSet;

#[test]
fn every_case_has_the_same_bits_fused_and_eager() {
    let fused = cases(Scale::Tiny);
    let eager = cases(Scale::Tiny);
    for (fused, eager) in fused.iter().zip(&eager) {
        let inputs = (fused.inputs)();
        let run =
            |mode, case: &Case| jn::with_mode(mode, || (case.make)()(&inputs)).expect("a run");
        let (expected, found) = (run(Mode::Fused, fused), run(Mode::Eager, eager));
        assert_eq!(expected.len(), found.len(), "{}", fused.title());
        for (x, y) in expected.iter().zip(&found) {
            let difference = x.first_difference(y).expect("both have values");
            assert_eq!(difference, None, "{}", fused.title());
        }
        if let Some(with_temporaries) = &fused.with_temporaries {
            let parts = with_temporaries(&inputs).expect("a run");
            assert_eq!(expected[0].first_difference(&parts[0]).expect("values"), None);
        }
    }
}

#[test]
fn cases_are_told_apart_and_held_to_every_goal() {
    let cases = cases(Scale::Full);
    let titles: HashSet<String> = cases.iter().map(|case| case.title()).collect();
    assert_eq!(titles.len(), cases.len());
    let goals: HashSet<u8> =
        cases.iter().flat_map(|case| case.bars.iter().map(|bar| bar.goal)).collect();
    assert_eq!(goals, (1..=18).collect());
}

/// The peers' programs are found by name: a case whose name no file of theirs has would be
/// compared with nobody.
#[test]
fn numpy_has_every_program() {
    let programs = include_str!("../peers/programs_numpy.py");
    for case in cases(Scale::Full) {
        let name = case.program;
        let known = programs.contains(&format!("def {name}(inputs"))
            || programs.contains(&format!("PROGRAMS[\"{name}\"]"));
        assert!(known, "{name}");
        for bar in &case.bars {
            if let Must::TakeOfPeer(peer, _) = bar.must {
                assert!(["NumPy", "numba fastmath", "JAX"].contains(&peer), "{peer}");
            }
        }
    }
}
