//! smoke
use jitney as jn;
fn main() -> Result<(), jn::Error> {
    for mode in [jn::Mode::Reference, jn::Mode::Eager, jn::Mode::Fused] {
        jn::with_mode(mode, || -> Result<(), jn::Error> {
            let a = jn::linspace(0.0, 1.0, 12).reshape([4, 3]);
            let r = ((&a - a.mean(jn::axis(0))) / a.std(jn::axis(0))).max(1);
            println!("{mode:?} {:?}", r.to_vec::<f64>()?);
            let x = jn::linspace(0.0, 1.0, 100_000);
            let y = x.slice(jn::s![..;-1]);
            println!("{:?}", (x.pow(2) + y.pow(2)).sqrt().mean(..).item::<f64>()?);
            println!("{:?}", x.argmax(..).item::<i64>()?);
            println!("{:?}", (a.matmul(&a.t()) + 1.0).sum(..).item::<f64>()?);
            println!("{:?}", jn::concatenate(&[&a.exp(), &a.sin()], 0).sum(1).to_vec::<f64>()?);
            println!("{:?}", (a.t().reshape([-1]) * 2).to_vec::<f64>()?);
            Ok(())
        })?;
    }
    println!("{:?}", jn::ones([3]).sum(7).eval().err().map(|e| e.to_string()));
    Ok(())
}
