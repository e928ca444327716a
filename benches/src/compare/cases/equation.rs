//! The derivative of the 48-term equation of state of TEOS-10 by temperature, times pressure:
//! some 370 operations a point. Coefficients: McDougall and Barker, "Getting started with
//! TEOS-10 and the Gibbs Seawater Oceanographic Toolbox", 2011.

use jitney::Array;

// Named after the term; by power of temperature. `S` is salinity, `SQ` its power 3/2.
const A0: [f64; 4] =
    [9.998420897506056e2, 2.839940833161907e0, -3.147759265588511e-2, 1.181805545074306e-3];
const A0_S: [f64; 3] = [-6.698001071123802e0, -2.986498947203215e-2, 2.327859407479162e-4];
const A0_SQ: [f64; 4] =
    [-3.98882237896849e-2, 5.0954225738805e-4, -1.426984671633621e-5, 1.645039373682922e-7];
const A1: [f64; 3] = [-2.233269627352527e-2, -3.43609007985188e-4, 3.726050720345733e-6];
const A1_S: [f64; 2] = [-1.806789763745328e-4, 6.876837219536232e-7];
const A2: [f64; 3] = [-3.087032500374211e-7, -1.988366587925593e-8, -1.061519070296458e-11];
const B0: [f64; 5] =
    [1.0, 2.775927747785646e-3, -2.349607444135925e-5, 1.119513357486743e-6, 6.743689325042773e-10];
const B0_S: [f64; 5] = [
    -7.521448093615448e-3,
    -2.764306979894411e-5,
    1.262937315098546e-7,
    9.527875081696435e-10,
    -1.811147201949891e-11,
];
const B0_SQ: [f64; 5] = [
    -3.303308871386421e-5,
    3.801564588876298e-7,
    -7.672876869259043e-9,
    -4.634182341116144e-11,
    2.681097235569143e-12,
];
const B1: [f64; 4] =
    [-2.742185394906099e-5, -3.212746477974189e-7, 3.191413910561627e-9, -1.931012931541776e-12];
const B1_S: [f64; 2] = [-1.105097577149576e-7, 6.211426728363857e-10];
const B2: [f64; 3] = [-1.11901159287511e-10, -1.941660213148725e-11, -1.8648264253656e-14];
const B3: [f64; 2] = [-1.200507748551599e-15, 6.057902487546866e-17];
const A2_S: f64 = 1.55093272922008e-10;
const B0_SS: f64 = 5.41932655114874e-6;
const B2_ST: f64 = 1.119522344879478e-14;

/// What makes a polynomial in temperature from its coefficients, or its derivative.
type InTemperature<'a> = &'a dyn Fn(&[f64]) -> Array;

/// A polynomial and its derivative by temperature.
struct Term {
    value: Array,
    slope: Array,
}

/// The polynomials that the equation is made of.
struct Terms {
    a0: Term,
    a1: Term,
    a2: Term,
    b0: Term,
    b1: Term,
    b2: Term,
    b3: Term,
}

/// The equation for absolute salinity, temperature and pressure.
pub fn of_state(s: &Array, t: &Array, p: &Array) -> Array {
    let Terms { a0, a1, a2, b0, b1, b2, b3 } = terms(s, t);
    let (da0, da1, da2, db0) = (&a0.slope, &a1.slope, &a2.slope, &b0.slope);
    let (db1, db2, db3) = (&b1.slope, &b2.slope, &b3.slope);
    let (a0, a1, a2, b0) = (&a0.value, &a1.value, &a2.value, &b0.value);
    let (b1, b2, b3) = (&b1.value, &b2.value, &b3.value);

    let q = &(4.0 * b3 * a1 * a1 / a2 - b3 * a0 - 2.0 * b2 * a1);
    let n = &(b1 + q / a2);
    let r = &(2.0 * b3 * a0 * a1 / a2 - b2 * a0);
    let w = &(b0 + r / a2);
    let m = &(w * a2 - n * a1);
    let d = &(a1 * a1 - a0 * a2);
    let root = &d.sqrt();
    let a = &(a1 - root);
    let b = &(a1 + root + a2 * p);
    let u = &(p * (2.0 * a1 + a2 * p));
    let e1: &Array = &(1.0 + u / a0);
    let e2: &Array = &(1.0 + 2.0 * a2 * p * root / (a * b));
    let (l1, l2) = (&e1.log(), &e2.log());

    let a2_squared = &(a2 * a2);
    let dn = db1
        + (4.0 * db3 * a1 * a1 / a2 + 8.0 * b3 * a1 * da1 / a2
            - 4.0 * b3 * a1 * a1 * da2 / a2_squared
            - db3 * a0
            - b3 * da0
            - 2.0 * db2 * a1
            - 2.0 * b2 * da1)
            / a2
        - q * da2 / a2_squared;
    let dw = db0
        + (2.0 * db3 * a0 * a1 / a2 + 2.0 * b3 * da0 * a1 / a2 + 2.0 * b3 * a0 * da1 / a2
            - 2.0 * b3 * a0 * a1 * da2 / a2_squared
            - db2 * a0
            - b2 * da0)
            / a2
        - r * da2 / a2_squared;
    let dm = &(dw * a2 + w * da2 - &dn * a1 - n * da1);
    let dd = &(2.0 * a1 * da1 - da0 * a2 - a0 * da2);
    let da = da1 - dd / (2.0 * root);
    let db = da1 + dd / (2.0 * root) + da2 * p;
    let du = p * (2.0 * da1 + da2 * p);

    let de2 = 2.0 * da2 * p * root / (a * b) + a2 * p * dd / (root * a * b)
        - 2.0 * a2 * p * root * da / (a * a * b)
        - 2.0 * a2 * p * root * db / (a * b * b);
    1e4 * p
        * (db2 - 2.0 * db3 * a1 / a2 - 2.0 * b3 * da1 / a2
            + 2.0 * b3 * a1 * da2 / a2_squared
            + 0.5 * db3 * p)
        / a2
        - 1e4 * p * (b2 - 2.0 * b3 * a1 / a2 + 0.5 * b3 * p) * da2 / a2_squared
        + 5e3 * (dn / a2) * l1
        - 5e3 * n * da2 / a2_squared * l1
        + 5e3 * (n / a2) * (du / a0 - u * da0 / (a0 * a0)) / e1
        + 5e3 * dm / (a2 * root) * l2
        - 5e3 * m * da2 / (a2_squared * root) * l2
        - 2.5e3 * m * dd / (a2 * root * d) * l2
        + 5e3 * m / (a2 * root) * de2 / e2
}

fn terms(s: &Array, t: &Array) -> Terms {
    let q = &s.sqrt();
    // A term of all powers of temperature; its derivative has the same form.
    let term = |of: &dyn Fn(InTemperature<'_>) -> Array| Term {
        value: of(&|coefficients| polynomial(t, coefficients)),
        slope: of(&|coefficients| polynomial(t, &derivative(coefficients))),
    };
    let mut a2 = term(&|in_t| in_t(&A2));
    a2.value += A2_S * s;
    let mut b0 = term(&|in_t| in_t(&B0) + s * (in_t(&B0_S) + q * in_t(&B0_SQ)));
    b0.value += B0_SS * s * s;
    let mut b2 = term(&|in_t| in_t(&B2));
    b2.value += B2_ST * s * t;
    b2.slope += B2_ST * s;
    Terms {
        a0: term(&|in_t| in_t(&A0) + s * (in_t(&A0_S) + q * in_t(&A0_SQ))),
        a1: term(&|in_t| 0.5 * (in_t(&A1) + s * in_t(&A1_S))),
        a2,
        b0,
        b1: term(&|in_t| in_t(&B1) + s * in_t(&B1_S)),
        b2,
        b3: term(&|in_t| in_t(&B3)),
    }
}

/// The polynomial in `x` with the given coefficients, that of power 0 first.
fn polynomial(x: &Array, coefficients: &[f64]) -> Array {
    let mut higher = coefficients.iter().rev();
    let highest = jitney::scalar(higher.next().copied().unwrap_or(0.0));
    higher.fold(highest, |sum, coefficient| *coefficient + sum * x)
}

fn derivative(coefficients: &[f64]) -> Vec<f64> {
    let powers = coefficients.iter().enumerate().skip(1);
    powers.map(|(power, coefficient)| power as f64 * coefficient).collect()
}

#[cfg(test)]
mod tests {
    use super::of_state;

    /// The expected numbers were computed with 80-bit arithmetic.
    #[test]
    fn known_points() {
        let s = jitney::array([5.0, 0.5, 9.9, 3.25, 7.5]);
        let t = jitney::array([10.0, -11.5, 19.5, 0.0, 4.0]);
        let p = jitney::array([500.0, 10.0, 999.0, 250.0, 750.0]);
        let known = [
            0.48091449150308563,
            -0.02928123250387671,
            2.095833732821781,
            -0.11896131001483923,
            0.23962066141351102,
        ];
        let found = of_state(&s, &t, &p).to_vec::<f64>().expect("it can be evaluated");
        for (found, known) in found.iter().zip(known) {
            assert!((found - known).abs() < 1e-8 * known.abs() + 5e-9, "{found} for {known}");
        }
    }
}
