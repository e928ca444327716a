"""The derivative of the 48-term equation of state of TEOS-10 by temperature, times pressure.

Coefficients: McDougall and Barker, "Getting started with TEOS-10 and the Gibbs Seawater
Oceanographic Toolbox", 2011. Written once for arrays and scalars of any library.
"""

# Named after the term; by power of temperature. `S` is salinity, `SQ` its power 3/2.
A0 = (9.998420897506056e2, 2.839940833161907e0, -3.147759265588511e-2, 1.181805545074306e-3)
A0_S = (-6.698001071123802e0, -2.986498947203215e-2, 2.327859407479162e-4)
A0_SQ = (-3.988822378968490e-2, 5.095422573880500e-4, -1.426984671633621e-5, 1.645039373682922e-7)
A1 = (-2.233269627352527e-2, -3.436090079851880e-4, 3.726050720345733e-6)
A1_S = (-1.806789763745328e-4, 6.876837219536232e-7)
A2 = (-3.087032500374211e-7, -1.988366587925593e-8, -1.061519070296458e-11)
B0 = (1.0e0, 2.775927747785646e-3, -2.349607444135925e-5, 1.119513357486743e-6, 6.743689325042773e-10)
B0_S = (-7.521448093615448e-3, -2.764306979894411e-5, 1.262937315098546e-7, 9.527875081696435e-10, -1.811147201949891e-11)
B0_SQ = (-3.303308871386421e-5, 3.801564588876298e-7, -7.672876869259043e-9, -4.634182341116144e-11, 2.681097235569143e-12)
B1 = (-2.742185394906099e-5, -3.212746477974189e-7, 3.191413910561627e-9, -1.931012931541776e-12)
B1_S = (-1.105097577149576e-7, 6.211426728363857e-10)
B2 = (-1.119011592875110e-10, -1.941660213148725e-11, -1.864826425365600e-14)
B3 = (-1.200507748551599e-15, 6.057902487546866e-17)
A2_S = 1.550932729220080e-10
B0_SS = 5.419326551148740e-6
B2_ST = 1.119522344879478e-14


def written_with(sqrt, log):
    """The equation with a library's square root and logarithm."""

    def equation(s, t, p):
        q = sqrt(s)
        a0 = (
            A0[0] + t * (A0[1] + t * (A0[2] + A0[3] * t))
            + s * (A0_S[0] + t * (A0_S[1] + A0_S[2] * t)
                   + q * (A0_SQ[0] + t * (A0_SQ[1] + t * (A0_SQ[2] + A0_SQ[3] * t))))
        )
        da0 = (
            A0[1] + t * (2 * A0[2] + 3 * A0[3] * t)
            + s * (A0_S[1] + 2 * A0_S[2] * t
                   + q * (A0_SQ[1] + t * (2 * A0_SQ[2] + 3 * A0_SQ[3] * t)))
        )
        a1 = 0.5 * (A1[0] + t * (A1[1] + A1[2] * t) + s * (A1_S[0] + A1_S[1] * t))
        da1 = 0.5 * (A1[1] + 2 * A1[2] * t + s * A1_S[1])
        a2 = A2[0] + t * (A2[1] + A2[2] * t) + A2_S * s
        da2 = A2[1] + 2 * A2[2] * t
        b0 = (
            B0[0] + t * (B0[1] + t * (B0[2] + t * (B0[3] + B0[4] * t)))
            + s * (B0_S[0] + t * (B0_S[1] + t * (B0_S[2] + t * (B0_S[3] + B0_S[4] * t)))
                   + B0_SS * s
                   + q * (B0_SQ[0] + t * (B0_SQ[1] + t * (
                       B0_SQ[2] + t * (B0_SQ[3] + B0_SQ[4] * t)))))
        )
        db0 = (
            B0[1] + t * (2 * B0[2] + t * (3 * B0[3] + 4 * B0[4] * t))
            + s * (B0_S[1] + t * (2 * B0_S[2] + t * (3 * B0_S[3] + 4 * B0_S[4] * t))
                   + q * (B0_SQ[1] + t * (2 * B0_SQ[2] + t * (
                       3 * B0_SQ[3] + 4 * B0_SQ[4] * t))))
        )
        b1 = B1[0] + t * (B1[1] + t * (B1[2] + B1[3] * t)) + s * (B1_S[0] + B1_S[1] * t)
        db1 = B1[1] + t * (2 * B1[2] + 3 * B1[3] * t) + s * B1_S[1]
        b2 = B2[0] + t * (B2[1] + B2[2] * t + B2_ST * s)
        db2 = B2[1] + 2 * B2[2] * t + B2_ST * s
        b3 = B3[0] + B3[1] * t
        db3 = B3[1]

        quotient = 4 * b3 * a1 * a1 / a2 - b3 * a0 - 2 * b2 * a1
        n = b1 + quotient / a2
        r = 2 * b3 * a0 * a1 / a2 - b2 * a0
        w = b0 + r / a2
        m = w * a2 - n * a1
        d = a1 * a1 - a0 * a2
        root = sqrt(d)
        a = a1 - root
        b = a1 + root + a2 * p
        u = p * (2 * a1 + a2 * p)
        e1 = 1 + u / a0
        e2 = 1 + 2 * a2 * p * root / (a * b)
        l1 = log(e1)
        l2 = log(e2)

        square = a2 * a2
        dn = (
            db1
            + (4 * db3 * a1 * a1 / a2 + 8 * b3 * a1 * da1 / a2
               - 4 * b3 * a1 * a1 * da2 / square - db3 * a0 - b3 * da0
               - 2 * db2 * a1 - 2 * b2 * da1) / a2
            - quotient * da2 / square
        )
        dw = (
            db0
            + (2 * db3 * a0 * a1 / a2 + 2 * b3 * da0 * a1 / a2 + 2 * b3 * a0 * da1 / a2
               - 2 * b3 * a0 * a1 * da2 / square - db2 * a0 - b2 * da0) / a2
            - r * da2 / square
        )
        dm = dw * a2 + w * da2 - dn * a1 - n * da1
        dd = 2 * a1 * da1 - da0 * a2 - a0 * da2
        da = da1 - dd / (2 * root)
        db = da1 + dd / (2 * root) + da2 * p
        du = p * (2 * da1 + da2 * p)
        de2 = (
            2 * da2 * p * root / (a * b) + a2 * p * dd / (root * a * b)
            - 2 * a2 * p * root * da / (a * a * b) - 2 * a2 * p * root * db / (a * b * b)
        )
        return (
            1e4 * p * (db2 - 2 * db3 * a1 / a2 - 2 * b3 * da1 / a2
                       + 2 * b3 * a1 * da2 / square + 0.5 * db3 * p) / a2
            - 1e4 * p * (b2 - 2 * b3 * a1 / a2 + 0.5 * b3 * p) * da2 / square
            + 5e3 * (dn / a2) * l1
            - 5e3 * n * da2 / square * l1
            + 5e3 * (n / a2) * (du / a0 - u * da0 / (a0 * a0)) / e1
            + 5e3 * dm / (a2 * root) * l2
            - 5e3 * m * da2 / (square * root) * l2
            - 2.5e3 * m * dd / (a2 * root * d) * l2
            + 5e3 * m / (a2 * root) * de2 / e2
        )

    return equation
