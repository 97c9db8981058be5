"""PyTorch's older interface of the profiler: `profile(enabled=True)`, under the import path `torch.autograd.profiler`.

with profile() as prof:
    model(x)
print(prof.key_averages().table(sort_by="cpu_time_total", row_limit=10))
"""

from __future__ import annotations

from contextlib import ContextDecorator
from typing import Any

from .. import left_out, profiler
from ..profiler import Average, record_function

__getattr__ = left_out.missing(__name__)

__all__ = ["emit_itt", "emit_nvtx", "profile", "record_function"]


class profile(profiler.profile):
    """`picograd.profiler.profile` that can be switched off with `enabled=False`; other arguments have no effect."""

    def __init__(self, enabled: bool = True, **options: Any) -> None:
        super().__init__()
        self.enabled = enabled

    def start(self) -> None:
        """Begin to measure."""
        if self.enabled:
            super().start()

    def stop(self) -> None:
        """Measure no more."""
        if self.enabled:
            super().stop()

    def total_average(self) -> Average:
        """All ops and blocks together."""
        return self.key_averages().total_average()

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds that they took together."""
        return self.total_average().cpu_time_total

    def table(self, sort_by: str | None = None, row_limit: int = 100, **others: Any) -> str:
        """`key_averages().table(...)`."""
        return self.key_averages().table(sort_by, row_limit, **others)

    def __str__(self) -> str:
        return self.table()


class emit_nvtx(ContextDecorator):
    """No effect: marks for a GPU's profiler, of which there is none."""

    def __init__(self, enabled: bool = True, record_shapes: bool = False) -> None:
        self.enabled = enabled

    def __enter__(self) -> emit_nvtx:
        return self

    def __exit__(self, *exception: object) -> None:
        pass


emit_itt = emit_nvtx
