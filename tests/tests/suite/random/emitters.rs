//! The same properties with each emitter that this process does not use: which one it is, a
//! process decides once.

use jitney_codegen::Emitters;
use std::process::Command;

/// The emitters by their names in the environment.
const NAMES: [(Emitters, &str); 3] =
    [(Emitters::Cranelift, "cranelift"), (Emitters::Avx2, "avx2"), (Emitters::Avx512, "avx512")];

/// Tests to be run again, and on how many programs unless `PROPTEST_CASES` says.
const TESTS: [(&str, u32); 6] = [
    ("random::all_modes_give_the_same_bits", 1500),
    ("random::long_programs_give_the_same_bits", 200),
    ("random::threads_do_not_change_bits", 50),
    ("random::rows::operands_that_are_the_same_along_rows", 1),
    ("random::short_rows::rows_of_any_few_elements_give_the_same_bits", 1),
    ("random::short_rows::rows_along_several_axes_give_the_same_bits", 1),
];

#[test]
fn every_emitter_gives_the_same_bits() {
    let available = Emitters::available();
    let used = match Emitters::from_environment().expect("an emitter") {
        Emitters::Best => available.last().copied(),
        named => Some(named),
    };
    let others = NAMES
        .into_iter()
        .filter(|(emitter, _)| available.contains(emitter) && Some(*emitter) != used);
    for (_, name) in others {
        for (test, cases) in TESTS {
            let program = std::env::current_exe().expect("the path of this program");
            let mut command = Command::new(program);
            command.args(["--exact", test]).env("JITNEY_EMITTER", name);
            if std::env::var_os("PROPTEST_CASES").is_none() {
                command.env("PROPTEST_CASES", cases.to_string());
            }
            let output = command.output().expect("a process");
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8_lossy(&text);
            assert!(output.status.success(), "{test} with {name}:\n{text}");
            assert!(text.contains("1 passed"), "{test} did not run:\n{text}");
        }
    }
}
