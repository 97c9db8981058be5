"""How many threads NumPy's matrix products use, and that these sleep soon after: where NumPy brought an OpenBLAS along.

A thread of OpenBLAS that has done its part of a product looks for the next one for some 25 ms before it sleeps, and
holds its core meanwhile: whoever computes on that core in between takes twice as long. Here it does so for 0.1 ms,
long enough for products that follow each other at once (measured on two cores: products take the same time, two
threads between them take half).
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np

PATIENCE = "18"  # 2^18 ticks of the processor's clock


def library() -> Any:
    """NumPy's own OpenBLAS; None where it has none."""
    package = Path(np.__file__).parent
    for folder in (package.parent / "numpy.libs", package / ".dylibs"):
        for path in folder.glob("*openblas*") if folder.is_dir() else ():
            try:
                return ctypes.CDLL(str(path))  # which NumPy has loaded already
            except OSError:
                continue
    return None


def function(name: str) -> Any:
    """A function of that library by its plain name; None if it isn't there."""
    for spelling in (f"scipy_{name}64_", f"{name}64_", f"scipy_{name}", name):
        found = getattr(openblas, spelling, None)
        if found is not None:
            return found
    return None


def rest_soon() -> None:
    """Let threads that wait for a product sleep soon. Not while others run, which may be in the middle of one."""
    read, stop = getattr(openblas, "openblas_read_env", None), getattr(openblas, "blas_thread_shutdown_", None)
    if read is None or stop is None or "OPENBLAS_THREAD_TIMEOUT" in os.environ or threading.active_count() > 1:
        return
    os.environ["OPENBLAS_THREAD_TIMEOUT"] = PATIENCE
    try:
        read()
        stop()  # they start again, with what was read, at the next product
    finally:
        del os.environ["OPENBLAS_THREAD_TIMEOUT"]  # nothing for the processes that this one starts


def slots() -> int:
    """How many threads it was built for."""
    config = function("openblas_get_config")
    if config is None:
        return 0
    config.restype = ctypes.c_char_p
    found = re.search(rb"MAX_THREADS=(\d+)", config())
    return int(found[1]) if found else 0


openblas = library()
get_threads, set_threads = function("openblas_get_num_threads"), function("openblas_set_num_threads")
set_callback = function("openblas_set_threads_callback_function")  # who computes the parts of a product
if set_callback is not None:
    set_callback.argtypes = (ctypes.c_void_p,)
if sys.platform == "linux":
    rest_soon()
