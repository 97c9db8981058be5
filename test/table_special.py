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


ROWS: list[Row] = [
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
