"""picograd: a small deep-learning library; a Tensor that differentiates itself, in plain NumPy.

This file is its table of contents.
"""

import math as _math
import sys as _sys

import numpy as _np

from . import autograd as autograd
from . import datasets as datasets
from . import io as io
from . import nn as nn
from . import optim as optim
from . import tensor as _tensor_module
from . import utils as utils
from .autograd import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from .creation import (
    FloatTensor,
    arange,
    as_tensor,
    bernoulli,
    empty,
    empty_like,
    eye,
    from_numpy,
    full,
    full_like,
    linspace,
    multinomial,
    normal,
    ones,
    ones_like,
    rand,
    rand_like,
    randint,
    randn,
    randn_like,
    randperm,
    tensor,
    zeros,
    zeros_like,
)
from .functions import (
    cat,
    chunk,
    einsum,
    flatten,
    flip,
    gather,
    index_select,
    log_softmax,
    masked_fill,
    permute,
    reshape,
    softmax,
    split,
    t,
    transpose,
    unbind,
    unflatten,
    where,
)
from .functions import max_ as max
from .functions import min_ as min
from .io import load, save
from .ops.contraction import dot, matmul
from .ops.elementwise import abs_ as abs
from .ops.elementwise import (
    add,
    clamp,
    cos,
    div,
    eq,
    exp,
    ge,
    gt,
    isfinite,
    isinf,
    isnan,
    le,
    log,
    logical_and,
    logical_not,
    logical_or,
    lt,
    maximum,
    minimum,
    mul,
    ne,
    neg,
    relu,
    sigmoid,
    sign,
    sin,
    sqrt,
    square,
    sub,
    tanh,
)
from .ops.elementwise import pow_ as pow
from .ops.movement import broadcast_to, clone, movedim, squeeze, stack, swapaxes, unsqueeze
from .ops.movement import concatenate as concatenate
from .ops.reduction import all_ as all
from .ops.reduction import amax, amin, argmax, argmin, logsumexp, mean, std, var
from .ops.reduction import any_ as any
from .ops.reduction import sum_ as sum
from .random import Generator, default_generator, initial_seed, manual_seed, seed
from .tensor import Tensor

# `from picograd.Tensor import Tensor` means the module tensor.py, also where file systems ignore case.
_sys.modules[f"{__name__}.Tensor"] = _tensor_module

float16, float32, float64 = _np.dtype(_np.float16), _np.dtype(_np.float32), _np.dtype(_np.float64)
int8, int16, int32, int64 = _np.dtype(_np.int8), _np.dtype(_np.int16), _np.dtype(_np.int32), _np.dtype(_np.int64)
uint8, bool = _np.dtype(_np.uint8), _np.dtype(_np.bool_)
half, float, double, short, int, long = float16, float32, float64, int16, int32, int64
pi, e, inf, nan = _math.pi, _math.e, _math.inf, _math.nan

__version__ = "0.1.0"

__all__ = [
    "FloatTensor",
    "Generator",
    "Tensor",
    "abs",
    "add",
    "all",
    "amax",
    "amin",
    "any",
    "arange",
    "argmax",
    "argmin",
    "as_tensor",
    "autograd",
    "bernoulli",
    "bool",
    "broadcast_to",
    "cat",
    "chunk",
    "clamp",
    "clone",
    "concatenate",
    "cos",
    "datasets",
    "default_generator",
    "div",
    "dot",
    "double",
    "e",
    "einsum",
    "empty",
    "empty_like",
    "enable_grad",
    "eq",
    "exp",
    "eye",
    "flatten",
    "flip",
    "float",
    "float16",
    "float32",
    "float64",
    "from_numpy",
    "full",
    "full_like",
    "gather",
    "ge",
    "gt",
    "half",
    "index_select",
    "inf",
    "initial_seed",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "io",
    "is_grad_enabled",
    "isfinite",
    "isinf",
    "isnan",
    "le",
    "linspace",
    "load",
    "log",
    "log_softmax",
    "logical_and",
    "logical_not",
    "logical_or",
    "logsumexp",
    "long",
    "lt",
    "manual_seed",
    "masked_fill",
    "matmul",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "movedim",
    "mul",
    "multinomial",
    "nan",
    "ne",
    "neg",
    "nn",
    "no_grad",
    "normal",
    "ones",
    "ones_like",
    "optim",
    "permute",
    "pi",
    "pow",
    "rand",
    "rand_like",
    "randint",
    "randn",
    "randn_like",
    "randperm",
    "relu",
    "reshape",
    "save",
    "seed",
    "set_grad_enabled",
    "short",
    "sigmoid",
    "sign",
    "sin",
    "softmax",
    "split",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "std",
    "sub",
    "sum",
    "swapaxes",
    "t",
    "tanh",
    "tensor",
    "transpose",
    "uint8",
    "unbind",
    "unflatten",
    "unsqueeze",
    "utils",
    "var",
    "where",
    "zeros",
    "zeros_like",
]
