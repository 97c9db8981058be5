"""Derivatives as functions, and what controls the recording of them."""

from ..recording import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from . import functional
from .backward import Variable, backward, inference_mode
from .function import Function, FunctionCtx, once_differentiable
from .gradcheck import gradcheck, gradgradcheck
from .gradient import grad

__all__ = [
    "Function",
    "FunctionCtx",
    "Variable",
    "backward",
    "enable_grad",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "inference_mode",
    "is_grad_enabled",
    "no_grad",
    "once_differentiable",
    "set_grad_enabled",
]
