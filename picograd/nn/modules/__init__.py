"""PyTorch's import paths of the layers: `from picograd.nn.modules.conv import _ConvNd`.

The layers stand in `picograd.nn`, one file a family; here they are found under PyTorch's names of the files.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from .. import (
    activation,
    adaptive,
    common_types,
    container,
    conv,
    distance,
    dropout,
    embedding,
    fractional,
    hooks,
    lazy,
    linear,
    loss,
    margin,
    module,
    multihead,
    norm,
    padding,
    parameter,
    parameters,
    pooling,
    recurrent,
    resize,
    transformer,
)
from . import utils as utils

# PyTorch's name of a file -> the files here that hold what is in it.
FILES: dict[str, tuple[ModuleType, ...]] = {
    "activation": (activation, multihead),
    "adaptive": (adaptive,),
    "batchnorm": (norm, lazy),
    "channelshuffle": (resize,),
    "container": (container, parameters),
    "conv": (common_types, conv, lazy),
    "distance": (distance,),
    "dropout": (dropout,),
    "flatten": (linear,),
    "fold": (resize,),
    "instancenorm": (norm, lazy),
    "lazy": (lazy,),
    "linear": (linear, distance, lazy),
    "loss": (loss, margin),
    "module": (hooks, module),
    "normalization": (norm,),
    "padding": (common_types, padding),
    "pixelshuffle": (resize,),
    "pooling": (common_types, pooling, fractional),
    "rnn": (recurrent,),
    "sparse": (embedding,),
    "transformer": (transformer,),
    "upsampling": (resize,),
}


def alias(name: str, files: tuple[ModuleType, ...]) -> ModuleType:
    """A module of that name with everything that the files define."""
    result = ModuleType(f"{__name__}.{name}", f"The layers of PyTorch's file {name}.py.")
    for file in files:
        vars(result).update((key, value) for key, value in vars(file).items() if not key.startswith("__"))
    sys.modules[result.__name__] = result
    return result


Module = module.Module
_layers: dict[str, Any] = {
    key: value
    for files in FILES.values()
    for file in files
    for key, value in vars(file).items()
    if isinstance(value, type) and issubclass(value, Module) and not key.startswith("_")
}
globals().update(_layers)
globals().update({name: alias(name, files) for name, files in FILES.items()})
Parameter, Buffer = parameter.Parameter, parameter.Buffer
UninitializedParameter, UninitializedBuffer = parameter.UninitializedParameter, parameter.UninitializedBuffer
__all__ = sorted(_layers)
