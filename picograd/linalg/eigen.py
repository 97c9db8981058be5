"""Eigenvalues of matrices that need not be symmetric: complex numbers, also where the matrix is real."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..complex_numbers import Complex, as_complex
from ..functions.factorisation import no_gradient
from ..ops import linalg


class Eig(NamedTuple):
    """Eigenvalues, and eigenvectors as columns."""

    eigenvalues: Any
    eigenvectors: Any


def eig(A: Any) -> Eig:
    """(eigenvalues, eigenvectors) of square matrices, complex, in no order. Without gradient; `eigh` has one."""
    linalg.squares(A.value, "eig")
    no_gradient(A, "eig")
    dtype = np.complex128 if A.dtype == np.float64 else np.complex64
    w, v = linalg.tried("eig", "it does not converge", np.linalg.eig, A.value)
    return Eig(as_complex(np.asarray(w, dtype)), as_complex(np.asarray(v, dtype)))


def eigvals(A: Any) -> Complex:
    """The eigenvalues of square matrices, complex, in no order. Without gradient; `eigvalsh` has one."""
    linalg.squares(A.value, "eigvals")
    no_gradient(A, "eigvals")
    w = linalg.tried("eigvals", "it does not converge", np.linalg.eigvals, A.value)
    return as_complex(np.asarray(w, np.complex128 if A.dtype == np.float64 else np.complex64))
