"""`GradScaler` under its old path."""

from __future__ import annotations

from ... import amp, left_out


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
