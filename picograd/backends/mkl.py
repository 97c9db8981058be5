"""MKL: whether NumPy computes with it."""

import numpy as np

from .. import left_out


def is_available() -> bool:
    """Whether NumPy's linear algebra is MKL's."""
    libraries = np.show_config(mode="dicts").get("Build Dependencies", {})
    return "mkl" in str(libraries.get("blas", {}).get("name", "")).lower()


__getattr__ = left_out.missing(__name__)
