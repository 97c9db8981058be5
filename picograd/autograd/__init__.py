"""Derivatives as functions, and what controls the recording of them."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .. import left_out as _left_out
from ..recording import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from . import anomaly_mode, forward_ad, grad_mode, graph, variable
from .anomaly_mode import (
    detect_anomaly,
    is_anomaly_check_nan_enabled,
    is_anomaly_enabled,
    set_anomaly_enabled,
    set_detect_anomaly,
)
from .backward import Variable, backward
from .function import Function, FunctionCtx, InplaceFunction, once_differentiable
from .grad_mode import inference_mode, set_multithreading_enabled
from .gradcheck import GradcheckError, gradcheck, gradgradcheck
from .gradient import grad

if _TYPE_CHECKING:
    from . import functional, profiler

# The rooms that are named here are opened when they are first used.
__getattr__ = _left_out.missing(__name__, "functional", "profiler")

__all__ = [
    "Function",
    "FunctionCtx",
    "GradcheckError",
    "InplaceFunction",
    "Variable",
    "anomaly_mode",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "forward_ad",
    "functional",
    "grad",
    "grad_mode",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "is_anomaly_check_nan_enabled",
    "is_anomaly_enabled",
    "is_grad_enabled",
    "no_grad",
    "once_differentiable",
    "profiler",
    "set_anomaly_enabled",
    "set_detect_anomaly",
    "set_grad_enabled",
    "set_multithreading_enabled",
    "variable",
]
