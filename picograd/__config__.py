"""What the library is built with: NumPy."""

import numpy as np

from .version import __version__


def show() -> str:
    """The versions of picograd and of NumPy, and NumPy's linear algebra."""
    blas = np.show_config(mode="dicts").get("Build Dependencies", {}).get("blas", {})
    name, version = str(blas.get("name")), str(blas.get("version")).strip()
    return f"picograd {__version__}\n  - NumPy {np.__version__}\n  - BLAS {name} {version}\n"


def parallel_info() -> str:
    """How many threads NumPy's linear algebra uses."""
    from .kernels.switches import get_num_threads

    return f"threads of NumPy's linear algebra: {get_num_threads()}\n"
