"""All parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ... import functions
from ...memory import wrote
from ...tensor import Tensor


def parameters_to_vector(parameters: Iterable[Tensor]) -> Any:
    """The elements of all parameters as one Tensor (n,), with its gradient."""
    return functions.cat([p.reshape(-1) for p in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Write the elements of a vector (n,) into the parameters, one after the other."""
    if not isinstance(vec, Tensor):
        raise TypeError(
            f"vector_to_parameters: a {type(vec).__name__}: expected a Tensor; wrap it in picograd.tensor()"
        )
    every = list(parameters)
    size = sum(p.numel() for p in every)
    if vec.shape != (size,):
        raise ValueError(
            f"vector_to_parameters: vector {vec.shape} for parameters with {size} elements: it must have one element "
            f"for each; check that it came from the same parameters"
        )
    start = 0
    for p in every:
        np.copyto(p.value, vec.value[start : start + p.numel()].reshape(p.shape), casting="unsafe")
        wrote(p.value, "vector_to_parameters")
        start += p.numel()
