"""Mixed precision: the blocks and the scaler of programs that were written for it; here all is float32."""

from .. import left_out
from .autocast_mode import autocast, custom_bwd, custom_fwd, is_autocast_available
from .grad_scaler import GradScaler

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]

__getattr__ = left_out.missing(__name__)
