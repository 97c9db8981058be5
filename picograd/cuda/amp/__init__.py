"""Mixed precision under its old path: see `picograd.amp`."""

from ... import left_out
from .autocast_mode import autocast, custom_bwd, custom_fwd
from .grad_scaler import GradScaler

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]

__getattr__ = left_out.missing(__name__)
