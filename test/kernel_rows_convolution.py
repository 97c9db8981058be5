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


def calls(rng: np.random.Generator, cases: list[Case], weight: bool) -> Calls:
    """The arguments of `convolved` for each case, or those of `conv_weight`."""
    result: Calls = []
    for n, channels, height, width, out_channels, k, s, p, d, groups in cases:
        x, w = normal(rng, n, channels, height, width), normal(rng, out_channels, channels // groups, k, k)
        size = [(m + 2 * p - (k - 1) * d - 1) // s + 1 for m in (height, width)]
        y, options = normal(rng, n, out_channels, *size), ((s, s), (p, p), (d, d), groups)
        if weight:
            result.append((y, x, (k, k), *options))
        else:
            result += [(x, w, None, *options), (x, w, normal(rng, out_channels), *options)]
    return result


ROWS: dict[str, Row] = {
    "numba_convolution.convolved": lambda rng: calls(rng, BY_TILES, weight=False),
    "numba_convolution.conv_weight": lambda rng: calls(rng, BY_TILES, weight=True),
}
