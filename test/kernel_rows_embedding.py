from __future__ import annotations

from kernel_rows import Row, normal

ROWS: dict[str, Row] = {
    "numba_embedding.add_rows": lambda rng: [
        (normal(rng, 300, 40), normal(rng, 17, 40), rng.integers(0, 17, 300)),
        (normal(rng, 5, 3), normal(rng, 400, 3), rng.integers(0, 400, 5)),
    ],
}
