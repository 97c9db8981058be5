from __future__ import annotations

import numpy as np
from kernel_rows import Calls, Row, normal
from kernel_rows_relu import with_special


def pairs(rng: np.random.Generator) -> Calls:
    """On one core and on several, with numbers that are none."""
    return [(with_special(normal(rng, n, 501)), normal(rng, n, 501)) for n in (3, 600)]


ROWS: dict[str, Row] = {
    f"numba_arithmetic.{name}": pairs for name in ("sum_of", "add_to", "difference_of", "product_of")
}
