"""How Tensors are printed: `set_printoptions`. NumPy's own options are left alone."""

from __future__ import annotations

from typing import Any

import numpy as np

DEFAULT: dict[str, Any] = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 75, "sci_mode": None}
PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 75},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 75},
    "full": {"precision": 4, "threshold": 2**62, "edgeitems": 3, "linewidth": 75},
}
options = dict(DEFAULT)


def set_printoptions(
    precision: int | None = None, threshold: float | None = None, edgeitems: int | None = None,
    linewidth: int | None = None, profile: str | None = None, sci_mode: bool | None = None,
) -> None:  # fmt: skip
    """How Tensors are printed; what is not given stays, except `sci_mode`.

    `precision`: digits after the point. `threshold`: of more elements only `edgeitems` at each end are shown.
    `linewidth`: characters in a line. `profile`: "default", "short" or "full", all elements. `sci_mode`: with exponents
    (True), without (False), or as the numbers need it (None).
    """
    if profile is not None:
        if profile not in PROFILES:
            raise ValueError(f"set_printoptions: profile {profile!r}: it is none; give one of {', '.join(PROFILES)}")
        options.update(PROFILES[profile])
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    options.update({name: value for name, value in given.items() if value is not None}, sci_mode=sci_mode)


def text(array: np.ndarray[Any, Any], prefix: str) -> str:
    """The elements of an array in these words."""
    precision, sci_mode = options["precision"], options["sci_mode"]
    formatter: Any = None
    if array.dtype.kind == "V":  # bfloat16, which NumPy has no way to print
        array = array.astype(np.float32)
    if sci_mode is not None and array.dtype.kind == "f":
        form = f".{precision}{'e' if sci_mode else 'f'}"
        formatter = {"float_kind": lambda x: format(float(x), form)}
    threshold = min(options["threshold"], 2**62)
    return np.array2string(
        array, separator=", ", precision=precision, prefix=prefix, threshold=int(threshold), formatter=formatter,
        edgeitems=options["edgeitems"], max_line_width=options["linewidth"],
    )  # fmt: skip
