"""Functions of functions: derivatives, batches, and modules as functions of their parameters (`torch.func`)."""

from .. import left_out as _left_out
from .functional_call import functional_call, replace_all_batch_norm_modules_, stack_module_state
from .transforms import (
    debug_unwrap,
    functionalize,
    grad,
    grad_and_value,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    linearize,
    value_and_grad,
    vjp,
)
from .vmap import vmap

__getattr__ = _left_out.missing(__name__)

__all__ = [
    "debug_unwrap",
    "functional_call",
    "functionalize",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "linearize",
    "replace_all_batch_norm_modules_",
    "stack_module_state",
    "value_and_grad",
    "vjp",
    "vmap",
]
