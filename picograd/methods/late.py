"""The methods of a Tensor whose files few programs need: they are imported when such a method is first looked up."""

from __future__ import annotations

from ..inplace import method as written
from ..later import method


class LateMethods:
    """Methods by name: `Tensor.lu_solve` is `functions.factorisation.old_lu_solve`."""

    __slots__ = ()

    # ---- special functions -----------------------------------------------------------------------------------------

    lgamma, lgamma_ = method("ops.gamma", "lgamma"), method("ops.gamma", "lgamma", written)
    digamma, digamma_ = method("ops.gamma", "digamma"), method("ops.gamma", "digamma", written)
    igamma, igamma_ = method("ops.incomplete", "gammainc"), method("ops.incomplete", "gammainc", written)
    igammac, igammac_ = method("ops.incomplete", "gammaincc"), method("ops.incomplete", "gammaincc", written)
    i0, i0_ = method("ops.bessel", "i0"), method("ops.bessel", "i0", written)
    polygamma = method("functions.special", "polygamma_method")
    polygamma_ = method("functions.special", "polygamma_method", written)
    mvlgamma, mvlgamma_ = method("functions.special", "mvlgamma"), method("functions.special", "mvlgamma", written)

    # ---- matrices --------------------------------------------------------------------------------------------------

    det, slogdet = method("functions.linalg", "det"), method("functions.linalg", "slogdet")
    inverse, pinverse = method("functions.linalg", "inv"), method("functions.linalg", "pinv")
    logdet, matrix_exp = method("functions.matrices", "logdet"), method("functions.matrices", "matrix_exp")
    matrix_power = method("functions.matrices", "matrix_power")
    cholesky = method("functions.factorisation", "old_cholesky")
    cholesky_solve = method("functions.factorisation", "cholesky_solve")
    cholesky_inverse = method("functions.factorisation", "cholesky_inverse")
    qr, svd = method("functions.factorisation", "old_qr"), method("functions.factorisation", "old_svd")
    lu, lu_solve = method("functions.factorisation", "old_lu"), method("functions.factorisation", "old_lu_solve")
    triangular_solve = method("functions.factorisation", "triangular_solve")
    geqrf, ormqr = method("functions.factorisation", "geqrf"), method("functions.factorisation", "ormqr")
    orgqr = method("functions.factorisation", "householder_product")

    # ---- spectra ---------------------------------------------------------------------------------------------------

    stft, istft = method("fft.spectrogram", "stft"), method("fft.spectrogram", "istft")

    # ---- what a notebook shows -------------------------------------------------------------------------------------

    _repr_html_ = method("viz.display", "html")
