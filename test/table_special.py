"""Rows of the table of ops for ops/precise.py, ops/gamma.py and ops/system.py; table.py adds them to its own."""

from __future__ import annotations

import numpy as np
from table import Input, Row, between, binary, positive, real, row, special, unary

from picograd.ops import gamma, precise, system

MODULES = (gamma, precise, system)  # their ops are in the registry once they are imported


def op(name: str, arguments: str, numpy: str = "") -> str:
    """The text for an op without a public function, with NumPy's spelling."""
    return f"op[{name!r}]({arguments}); np.{numpy}({arguments})" if numpy else f"op[{name!r}]({arguments})"


def definite(n: int, *batch: int) -> Input:
    """Matrices that are safely invertible."""
    return Input((*batch, n, n), lambda rng, s: rng.standard_normal(s) * 0.3 + 2 * np.eye(n))


def special_function(name: str, x: Input, spellings: str = "", op: str = "", **options: object) -> Row:
    """A row of `torch.special`: its name, and further spellings of it."""
    return unary(op or name, f"m.special.{name}(x){spellings}", x, **options)


# Their derivatives PyTorch lacks, and their values it has to 1e-6 only between 5 and 25: test_special.py has digits.
BESSEL = [
    *[
        special_function(name, between(low, high, 4, 5), torch=None)
        for name in ("bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1")
        for low, high in ((0.1, 24), (26, 90))
    ],
    *[special_function(name, between(-9, -0.5, 4, 5), torch=None) for name in ("bessel_j0", "bessel_j1")],
    *[
        special_function(name, between(low, high, 4, 5), torch=None)
        for name in (
            "modified_bessel_k0",
            "modified_bessel_k1",
            "scaled_modified_bessel_k0",
            "scaled_modified_bessel_k1",
        )
        for low, high in ((0.1, 0.9), (1.1, 4))
    ],
    *[
        special_function(name, x, more, half=half)
        for name, more in (
            ("i0", "; m.special.modified_bessel_i0(x); m.i0(x); x.i0(); np.i0(x)"),
            ("i0e", ""),
            ("i1", "; m.special.modified_bessel_i1(x)"),
            ("i1e", ""),
        )
        for x, half in ((real(3, 4), True), (between(3, 19, 3, 4), False), (between(-25, -21, 3, 4), False))
    ],
    *[special_function("spherical_bessel_j0", x, torch=None) for x in (real(3, 4), between(2, 30, 3, 4))],
    *[
        unary("spherical_bessel_j1", op("spherical_bessel_j1", "x"), x, torch=None)
        for x in (real(3, 4), between(2, 30, 3, 4))
    ],
    *[
        special_function("airy_ai", between(low, high, 3, 4), torch=None)
        for low, high in ((-0.9, 0.9), (1.1, 3), (-20, -1.1))
    ],
    *[
        unary("airy_ai_derivative", op("airy_ai_derivative", "x"), between(low, high, 3, 4), torch=None)
        for low, high in ((-0.9, 0.9), (1.1, 3), (-20, -1.1))
    ],
]

SHAPES = Input((3, 4), lambda rng, s: rng.uniform(0.3, 15, s), is_real=False)
DISTRIBUTIONS = [
    special_function("erfcx", real(3, 4)),
    special_function("erfcx", between(3, 30, 3, 4)),
    special_function("erfcx", between(-3, -0.5, 3, 4)),
    special_function("ndtr", real(3, 4)),
    special_function("ndtr", special(3, 4), kinked=True),
    special_function("log_ndtr", real(3, 4)),
    special_function("log_ndtr", between(-9, -1, 3, 4)),
    special_function("log_ndtr", special(3, 4), kinked=True),
    special_function("ndtri", between(0.1, 0.9, 3, 4)),
    special_function("ndtri", between(0.001, 0.01, 3, 4)),
    special_function("entr", positive(3, 4)),
    special_function("entr", special(3, 4), kinked=True),
    *binary("xlog1py", "m.special.xlog1py(x, y)", real(), positive()),
    row(
        "xlog1py",
        "m.special.xlog1py(x, y)",
        x=Input((4,), lambda rng, s: np.array([0.0, 0.0, 1.0, 0.0])),
        y=Input((4,), lambda rng, s: np.array([0.0, 2.0, 3.0, -1.0])),
        kinked=True,
    ),
    *[
        row(
            "gammainc" if end == "" else "gammaincc",
            f"m.special.gammainc{end}(a, x); m.igamma{end}(a, x); a.igamma{end}(x)",
            a=Input((5,), lambda rng, s: np.array([0.3, 1.0, 4.0, 15.0, 40.0]), is_real=False),
            x=between(low, high, 3, 5),
            half=False,
        )
        for end in ("", "c")
        for low, high in ((0.3, 3), (3, 50))
    ],
    *[
        row("polygamma", f"m.special.polygamma({n}, x); m.polygamma({n}, x); x.polygamma({n})", x=positive(3, 4))
        for n in (0, 1, 2)
    ],
    *[
        row("lgamma", f"m.special.multigammaln(x, {p}); m.mvlgamma(x, {p}); x.mvlgamma({p})", x=between(2, 5, 3, 4))
        for p in (1, 2, 4)
    ],
    row(
        "zeta",
        "m.special.zeta(s, x)",
        s=Input((4,), lambda rng, s: np.array([1.1, 2.0, 3.5, 12.0]), is_real=False),
        x=between(0.2, 20, 3, 4),
        half=False,
    ),
    row("gammainc_shape", op("gammainc_shape", "a, x"), None, a=SHAPES, x=SHAPES, gradient=False),
    row(
        "zeta",
        "m.special.zeta(s, x)",
        s=Input((2,), lambda rng, s: np.array([2.0, 3.0]), is_real=False),
        x=between(-3.8, -3.2, 3, 2),
        kinked=True,
        half=False,
    ),
]

CHEBYSHEV = [f"{shifted}chebyshev_polynomial_{kind}" for shifted in ("", "shifted_") for kind in "tuvw"]
FAMILIES = [
    *CHEBYSHEV,
    "hermite_polynomial_h",
    "hermite_polynomial_he",
    "laguerre_polynomial_l",
    "legendre_polynomial_p",
]
DEGREES = Input((6,), lambda rng, s: np.array([0.0, 1.0, 2.0, 3.0, 5.0, 8.0]), is_real=False)
POLYNOMIALS = [
    row(
        "orthogonal",
        f"m.special.{family}(x, n)",
        torch=f"m.special.{family}(x.detach(), n)",
        x=between(-1.2, 1.2, 3, 1),
        n=DEGREES,
        gradient=False,
        half=False,
    )
    for family in FAMILIES
] + [row("orthogonal", f"m.special.{family}(x, 5)", torch=None, x=between(-1.2, 1.2, 3, 4)) for family in FAMILIES]

# Complex numbers, as pairs: test_complex.py has them as such.
PAIRS = [
    *[
        row(
            "dft",
            f"op['dft'](x, {n}, 1, {norm!r}, {inverse})",
            f"m.view_as_real(m.fft.{'ifft' if inverse else 'fft'}(m.view_as_complex(x), {n}, 1, {norm!r}))",
            x=real(2, 5, 2),
            half=False,
        )
        for n, norm, inverse in (
            (5, "backward", False),
            (3, "ortho", True),
            (8, "forward", False),
            (6, "forward", True),
        )
    ],
    row("modulus", "op['modulus'](x, y)", "m.hypot(x, y)", x=real(3, 4), y=real(3, 4)),
]

OTHER_NAMES = [
    unary("sinc", "m.special.sinc(x); m.sinc(x)", real(3, 4)),
    unary("log", "m.special.logit(x); m.logit(x)", between(0.1, 0.9, 3, 4)),
    unary("log", "m.special.logit(x, 0.2); m.special.logit(x, eps=0.2)", between(0.21, 0.79, 3, 4)),
    unary("digamma", "m.special.digamma(x); m.special.psi(x); m.digamma(x)", positive(3, 4)),
    unary("lgamma", "m.special.gammaln(x); m.lgamma(x)", positive(3, 4)),
    unary("sigmoid", "m.special.expit(x)", real(3, 4)),
    unary("exp2", "m.special.exp2(x)", real(3, 4)),
    unary("expm1", "m.special.expm1(x)", real(3, 4)),
    unary("log1p", "m.special.log1p(x)", positive(3, 4)),
    unary("erf", "m.special.erf(x)", real(3, 4)),
    unary("erfc", "m.special.erfc(x)", real(3, 4)),
    unary("erfinv", "m.special.erfinv(x)", between(-0.9, 0.9, 3, 4)),
    row("softmax", "m.special.softmax(x, 1)", x=real(3, 4)),
    row("log_softmax", "m.special.log_softmax(x, dim=0)", x=real(3, 4)),
    row("logsumexp", "m.special.logsumexp(x, 1, True)", x=real(3, 4)),
    row("round", "m.special.round(x); m.special.round(x, decimals=0)", x=real(3, 4), flat=True),
    row("xlogy", "m.special.xlogy(x, y)", x=real(3, 4), y=positive(3, 4)),
]

ROWS: list[Row] = [
    *BESSEL, *DISTRIBUTIONS, *POLYNOMIALS, *OTHER_NAMES, *PAIRS,
    unary("log1p", op("log1p", "x", "log1p"), between(-0.5, 2, 3, 4), torch="m.log1p(x)"),
    unary("log1p", op("log1p", "x"), special(3, 4), torch="m.log1p(x)", kinked=True),
    unary("log1p", op("log1p", "x"), between(1e-9, 2e-9, 3, 4), torch="m.log1p(x)"),
    unary("expm1", op("expm1", "x", "expm1"), real(3, 4), torch="m.expm1(x)"),
    unary("expm1", op("expm1", "x"), special(3, 4), torch="m.expm1(x)", kinked=True),
    unary("erfc", op("erfc", "x"), real(3, 4), torch="m.erfc(x)"),
    unary("erfc", op("erfc", "x"), between(-4, 6, 30), torch="m.erfc(x)"),
    unary("erfc", op("erfc", "x"), special(3, 4), torch="m.erfc(x)", kinked=True),
    unary("erfinv", op("erfinv", "x"), between(-0.9, 0.9, 3, 4), torch="m.erfinv(x)"),
    unary("erfinv", op("erfinv", "x"), between(0.99, 0.999, 3, 4), torch="m.erfinv(x)"),
    unary("lgamma", op("lgamma", "x"), positive(3, 4), torch="m.lgamma(x)"),
    unary("lgamma", op("lgamma", "x"), between(2, 30, 30), torch="m.lgamma(x)"),
    unary("lgamma", op("lgamma", "x"), between(-0.7, -0.3, 3, 4), torch="m.lgamma(x)"),
    unary("digamma", op("digamma", "x"), positive(3, 4), torch="m.digamma(x)"),
    unary("digamma", op("digamma", "x"), between(2, 30, 30), torch="m.digamma(x)"),
    unary("digamma", op("digamma", "x"), between(-0.7, -0.3, 3, 4), torch="m.digamma(x)"),
    *[unary("polygamma", op("polygamma", f"{n}, x"), positive(3, 4), torch=f"m.polygamma({n}, x)") for n in range(4)],
    unary("polygamma", op("polygamma", "1, x"), between(-0.7, -0.3, 3, 4), torch="m.polygamma(1, x)"),
    *binary("xlogy", op("xlogy", "x, y"), real(), positive(), torch="m.xlogy(x, y)"),
    row("xlogy", op("xlogy", "x, y"), x=Input((4,), lambda rng, s: np.array([0.0, 0.0, 1.0, 0.0])),
        y=Input((4,), lambda rng, s: np.array([0.0, 2.0, 3.0, -1.0])), torch="m.xlogy(x, y)", kinked=True),
    *[row("solve", "op['solve'](a, b); np.linalg.solve(a, b)", a=definite(3, *p), b=real(*q, 3, 2),
          torch="m.linalg.solve(a, b)")
      for p, q in (((), ()), ((2,), (2,)))],
    *[row("cholesky", "op['cholesky'](a @ a.mT); np.linalg.cholesky(a @ a.mT)", a=definite(3, *p),
          torch="m.linalg.cholesky(a @ a.mT)")
      for p in ((), (2,))],
]  # fmt: skip
