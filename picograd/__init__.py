"""picograd: a small deep-learning library; a Tensor that differentiates itself, in plain NumPy."""

import sys

from . import tensor as _tensor_module
from .tensor import Tensor

# `from picograd.Tensor import Tensor` means the module tensor.py, also where file systems ignore case.
sys.modules[f"{__name__}.Tensor"] = _tensor_module
