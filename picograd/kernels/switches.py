"""Switches of the whole library: threads, determinism, precision."""

from __future__ import annotations

import warnings

from . import blas, threads

# ---- threads -------------------------------------------------------------------------------------------------------


def get_num_threads() -> int:
    """How many threads compute: those of NumPy's matrix products, and as many for other loops over large arrays."""
    return threads.count()


def set_num_threads(num: int) -> None:
    """Let that many threads compute. Raises RuntimeError for a number below 1.

    Where NumPy's matrix products are not done by the OpenBLAS that comes with it, their number stays, and a warning
    says so.
    """
    if num < 1:
        raise RuntimeError(f"set_num_threads: {num}: there must be one; give 1 or more")
    threads.limit(num)
    if blas.set_threads is None:
        warnings.warn(
            f"set_num_threads: {num}: NumPy's linear algebra is not its own OpenBLAS, and keeps its number of threads; "
            f"set OMP_NUM_THREADS before the program starts",
            stacklevel=2,
        )


def get_num_interop_threads() -> int:
    """How many ops run at the same time: 1."""
    return 1


def set_num_interop_threads(num: int) -> None:
    """Let ops run at the same time: they run one after another, so this has no effect."""
    if num < 1:
        raise RuntimeError(f"set_num_interop_threads: {num}: there must be one; give 1 or more")


# ---- determinism: the same program gives the same numbers, always ---------------------------------------------------

_deterministic, _warn_only = False, False


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for ops that always give the same numbers: all do, so this is only remembered."""
    global _deterministic, _warn_only
    _deterministic, _warn_only = bool(mode), bool(mode and warn_only)


def are_deterministic_algorithms_enabled() -> bool:
    """Whether `use_deterministic_algorithms` was asked for."""
    return _deterministic


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether it was asked for with `warn_only`."""
    return _warn_only


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """The same as one number or word: 0 "default", 1 "warn", 2 "error"."""
    modes: dict[int | str, int] = {0: 0, 1: 1, 2: 2, "default": 0, "warn": 1, "error": 2}
    if debug_mode not in modes:
        raise RuntimeError(
            f"set_deterministic_debug_mode: {debug_mode!r}: it is none; give 'default', 'warn' or 'error'"
        )
    use_deterministic_algorithms(modes[debug_mode] > 0, warn_only=modes[debug_mode] == 1)


def get_deterministic_debug_mode() -> int:
    """What `set_deterministic_debug_mode` sets, as a number."""
    return 0 if not _deterministic else 1 if _warn_only else 2


# ---- precision and warnings ----------------------------------------------------------------------------------------

_matmul_precision = "highest"
_warn_always = False


def set_float32_matmul_precision(precision: str) -> None:
    """How precisely products of float32 may be computed: "highest", "high" or "medium". Here always as NumPy does."""
    global _matmul_precision
    if precision not in ("highest", "high", "medium"):
        raise RuntimeError(
            f"set_float32_matmul_precision: {precision!r}: it is none; give 'highest', 'high' or 'medium'"
        )
    _matmul_precision = precision


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` was given."""
    return _matmul_precision


def set_flush_denormal(mode: bool) -> bool:
    """Take the smallest floats for 0. NumPy has no switch for it: nothing is changed, which the result False says."""
    return False


def set_warn_always(b: bool, /) -> None:
    """Repeat warnings: Python's `warnings` decides that, so this is only remembered."""
    global _warn_always
    _warn_always = bool(b)


def is_warn_always_enabled() -> bool:
    """Whether `set_warn_always` was asked for."""
    return _warn_always
