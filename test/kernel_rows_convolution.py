from __future__ import annotations

from typing import Any

import numpy as np
from kernel_rows import Calls, Row, normal

Case = tuple[Any, ...]

# n, channels, height, width, out channels, kernel, stride, padding, dilation, groups
BY_TILES: list[Case] = [
    (2, 16, 9, 12, 24, 3, 1, 0, 1, 1),
    (3, 17, 8, 7, 19, 3, 1, 1, 1, 1),
    (1, 32, 64, 63, 32, 3, 1, 2, 1, 1),  # more than one strip
    (40, 20, 6, 6, 20, 3, 1, 1, 1, 1),  # several images in a block
    (2, 64, 5, 5, 64, 3, 1, 3, 1, 1),  # windows that see nothing
]

DIRECT: list[Case] = [
    (3, 20, 13, 10, 20, 3, 1, 1, 1, 20),
    (2, 34, 7, 7, 34, 3, 1, 1, 1, 34),
    (40, 26, 3, 1, 26, 3, 1, 1, 1, 26),  # a column with nothing beside it
    (2, 18, 9, 11, 18, 3, 2, 1, 1, 18),
    (3, 40, 8, 14, 40, 3, 2, 1, 1, 40),
    (2, 18, 9, 11, 36, 3, 2, 1, 1, 18),
    (2, 18, 10, 8, 18, 3, 2, 0, 1, 18),  # a row and a column that no window sees
    (2, 17, 11, 14, 17, 5, 1, 2, 1, 17),
    (1, 32, 7, 7, 32, 7, 1, 3, 1, 32),
    (2, 18, 12, 9, 18, 2, 3, 1, 1, 18),  # more apart than they are wide
    (1, 6, 70, 61, 6, 3, 1, 5, 1, 6),  # lines longer than a block; windows that see nothing
    (2, 20, 15, 12, 20, 3, 2, 2, 2, 20),
    (2, 20, 15, 12, 20, 3, 2, 3, 3, 20),
    (2, 24, 9, 8, 16, 3, 1, 1, 1, 8),  # groups of several channels
    (2, 12, 9, 8, 36, 3, 2, 1, 1, 12),
    (3, 20, 6, 70, 20, 1, 1, 0, 1, 20),
]


def calls(rng: np.random.Generator, cases: list[Case], kind: str) -> Calls:
    """The arguments for each case: of `convolved`, of `conv_transpose` or of `conv_weight`."""
    result: Calls = []
    for n, channels, height, width, out_channels, k, s, p, d, groups in cases:
        x, w = normal(rng, n, channels, height, width), normal(rng, out_channels, channels // groups, k, k)
        size = [(m + 2 * p - (k - 1) * d - 1) // s + 1 for m in (height, width)]
        y, options = normal(rng, n, out_channels, *size), ((s, s), (p, p), (d, d), groups)
        if kind == "weight":
            result.append((y, x, (k, k), *options))
        elif kind == "transpose":
            size = (height, width)
            result += [(y, w, None, size, *options), (y, w, normal(rng, channels), size, *options)]
        else:
            result += [(x, w, None, *options), (x, w, normal(rng, out_channels), *options)]
    return result


def not_finite(rng: np.random.Generator, kind: str) -> Calls:
    """Some with inf and nan in the images."""
    result = calls(rng, DIRECT[:6], kind)
    for image, *_ in result:
        image[0, :, 0, 0], image[-1, 1, -1, -1] = np.inf, np.nan
    return result


ROWS: dict[str, Row] = {
    "numba_convolution.convolved": lambda rng: [*calls(rng, BY_TILES + DIRECT, "result"), *not_finite(rng, "result")],
    "numba_convolution.conv_transpose": lambda rng: [*calls(rng, DIRECT, "transpose"), *not_finite(rng, "transpose")],
    "numba_convolution.conv_weight": lambda rng: calls(rng, BY_TILES + DIRECT, "weight"),
}
