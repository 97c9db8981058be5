"""`autocast` under its old path, and what custom Functions say about it."""

from __future__ import annotations

from typing import Any

from ... import amp, left_out
from ...amp import custom_bwd as custom_bwd
from ...amp import custom_fwd as custom_fwd


class autocast(amp.autocast):
    """`amp.autocast("cuda")`"""

    def __init__(self, enabled: bool = True, dtype: Any = None, cache_enabled: bool = True) -> None:
        super().__init__("cuda", dtype, enabled, cache_enabled)


__getattr__ = left_out.missing(__name__)
