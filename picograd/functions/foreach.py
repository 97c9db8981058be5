"""PyTorch's ops on lists of Tensors, `_foreach_mul_(params, 0.9)`: the method of that name on each of them.

Programs write their optimizers and averages with them. Here they are loops, and no faster than a loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import engine

# Those of PyTorch; each is a method, and with an underscore the one in place.
WORDS = """abs acos add addcdiv addcmul asin atan ceil clamp_max clamp_min cos cosh div erf erfc exp expm1 floor frac
    lerp lgamma log log10 log1p log2 maximum minimum mul neg pow reciprocal round rsqrt sigmoid sign sin sinh sqrt sub
    tan tanh trunc"""
NAMES = WORDS.split()
ALONE = ["clone", "copy_", "max", "mm", "norm", "zero_"]
AS_METHOD = {"maximum_": "maximum", "minimum_": "minimum"}  # in place, but not as a method


def foreach(name: str) -> Callable[..., Any] | None:
    """The function `_foreach_{name}` of lists of Tensors; None if PyTorch has none of that name."""
    if name not in ALONE and name.removesuffix("_") not in NAMES:
        return None

    def call(tensors: Any, *positional: Any, **kwargs: Any) -> Any:
        args: list[Any] = list(positional)
        if not isinstance(tensors, list | tuple):
            raise TypeError(
                f"_foreach_{name}: a {type(tensors).__name__}: it takes a list of Tensors; give one, or call the method"
            )
        if name.startswith("addc") and len(args) == 3:  # the number may stand last
            *args, kwargs["value"] = args
        if "scalars" in kwargs:
            kwargs["value" if name.startswith("addc") else "other"] = kwargs.pop("scalars")
        for argument in (*args, *kwargs.values()):
            if isinstance(argument, list | tuple) and len(argument) != len(tensors):
                raise RuntimeError(
                    f"_foreach_{name}: lists of {len(tensors)} and {len(argument)}: they must be equally long; "
                    f"give one for each Tensor"
                )

        def at(k: int, argument: Any) -> Any:
            return argument[k] if isinstance(argument, list | tuple) else argument

        results = []
        for k, given_tensor in enumerate(tensors):
            plain = isinstance(given_tensor, np.ndarray)  # a gradient: the same memory as a Tensor
            tensor = engine.box._of(np.asarray(given_tensor)) if plain else given_tensor
            given = [at(k, argument) for argument in args]
            named = {key: at(k, argument) for key, argument in kwargs.items()}
            if name in AS_METHOD:
                results.append(tensor.copy_(getattr(engine.box, AS_METHOD[name])(tensor, *given, **named)))
            else:
                results.append(getattr(engine.box, name)(tensor, *given, **named))
        return tensors if name.endswith("_") else tuple(results)

    call.__name__ = call.__qualname__ = f"_foreach_{name}"
    call.__doc__ = f"`{name}` of each Tensor of a list; lists among the arguments give one for each."
    return call
