//! smoke
use jitney as jn;
use std::time::Instant;
fn time(name: &str, f: &dyn Fn() -> jn::Array) {
    let mut line = format!("{name:40}");
    for mode in [jn::Mode::Eager, jn::Mode::Fused] {
        jn::with_mode(mode, || {
            f().eval().unwrap();
            let mut t = Vec::new();
            let start = Instant::now();
            while t.len() < 5 || start.elapsed().as_millis() < 200 {
                let s = Instant::now();
                let _x = f().eval().unwrap();
                t.push(s.elapsed().as_secs_f64());
            }
            t.sort_by(f64::total_cmp);
            line += &format!(" {mode:?} {:10.2} us", t[t.len() / 2] * 1e6);
        });
    }
    println!("{line}");
}
fn main() -> Result<(), jn::Error> {
    for n in [10usize, 1000, 100_000, 10_000_000] {
        println!("n = {n}");
        let a = (jn::linspace(0.1, 1.0, n)).eval()?;
        let b = jn::linspace(0.2, 3.0, n).eval()?;
        let c = jn::linspace(-5.0, 3.0, n).eval()?;
        time("x+y", &|| &a + &b);
        time("a*b + c - a/(b+1)", &|| &a * &b + &c - &a / (&b + 1.0));
        time("exp(-a*a)*log1p(b) + sin(c)", &|| (-&a * &a).exp() * b.log1p() + c.sin());
        time("((a-b)**2).sum()", &|| (&a - &b).pow(2).sum(..));
        let m = a.reshape([-1, 10]).eval()?;
        time("(x - x.mean(-1)) / x.std(-1)", &|| {
            (&m - m.mean(jn::axis(-1).keepdims())) / m.std(jn::axis(-1).keepdims())
        });
        if n >= 1000 {
            let m = a.reshape([-1, 1000]).eval()?;
            time("1000 (x - x.mean(-1)) / x.std(-1)", &|| {
                (&m - m.mean(jn::axis(-1).keepdims())) / m.std(jn::axis(-1).keepdims())
            });
            time("x.sum(0)", &|| m.sum(0));
            time("x.sum(1)", &|| m.sum(1));
        }
        time("A / A.max()", &|| &a / a.max(..));
        time("exp", &|| a.exp());
        time("sin", &|| a.sin());
        time("sqrt", &|| a.sqrt());
        time("power", &|| a.power(&b));
    }
    println!("{:?}", jitney_compilations());
    Ok(())
}
fn jitney_compilations() -> (u64, std::time::Duration) {
    jitney::compilations()
}
