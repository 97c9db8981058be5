"""Mixed precision under its old path: see `picograd.amp`."""

from __future__ import annotations

from typing import Any

from .. import amp, left_out
from ..amp import custom_bwd as custom_bwd
from ..amp import custom_fwd as custom_fwd


class autocast(amp.autocast):
    """`amp.autocast("cuda")`"""

    def __init__(self, enabled: bool = True, dtype: Any = None, cache_enabled: bool = True) -> None:
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """`amp.GradScaler("cuda")`: switched off here."""

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        super().__init__("cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled)


__getattr__ = left_out.missing(__name__)
