"""The less frequent methods of a Tensor, bound as in bound.py: PyTorch's second names, statistics, parts, strides."""

from __future__ import annotations

from typing import Any

from .. import functions
from ..inplace import method, moving, writing
from ..ops import arithmetic, elementwise, movement, rounding, trigonometry


class MoreMethods:
    """Methods by name: `Tensor.fliplr` is `functions.fliplr`."""

    __slots__ = ()

    # ---- arithmetic ------------------------------------------------------------------------------------------------

    absolute, fix, sgn, not_equal = elementwise.abs_, rounding.trunc, elementwise.sign, elementwise.ne
    arccos, arcsin, arctan, arctan2 = trigonometry.acos, trigonometry.asin, trigonometry.atan, trigonometry.atan2
    arccosh, arcsinh, arctanh = trigonometry.acosh, trigonometry.asinh, trigonometry.atanh
    angle, copysign, gcd, hypot, lcm = (
        arithmetic.angle, arithmetic.copysign, arithmetic.gcd, arithmetic.hypot, arithmetic.lcm
    )  # fmt: skip
    isneginf, isposinf, signbit, sinc = (
        arithmetic.isneginf, arithmetic.isposinf, arithmetic.signbit, arithmetic.sinc
    )  # fmt: skip
    logaddexp2, nextafter = arithmetic.logaddexp2, arithmetic.nextafter
    bitwise_left_shift = __lshift__ = functions.bitwise_left_shift
    bitwise_right_shift = __rshift__ = functions.bitwise_right_shift
    deg2rad, rad2deg, logit = functions.deg2rad, functions.rad2deg, functions.logit
    float_power, ldexp, frexp, heaviside = (
        functions.float_power, functions.ldexp, functions.frexp, functions.heaviside
    )  # fmt: skip
    hardshrink, prelu = functions.hardshrink, functions.prelu
    isreal, is_nonzero, positive = functions.isreal, functions.is_nonzero, functions.positive
    conj = resolve_conj = resolve_neg = functions.itself
    conj_physical = functions.conj_physical

    def __rlshift__(self, other: Any) -> Any:
        return functions.bitwise_left_shift(other, self)

    def __rrshift__(self, other: Any) -> Any:
        return functions.bitwise_right_shift(other, self)

    @property
    def real(self) -> Any:
        """The Tensor itself: its elements are real numbers."""
        return self

    # ---- products, statistics --------------------------------------------------------------------------------------

    addmv, addr, addbmm, vdot, ger = (
        functions.addmv, functions.addr, functions.addbmm, functions.vdot, functions.outer
    )  # fmt: skip
    kron, sum_to_size, dist, renorm = functions.kron, functions.sum_to_size, functions.dist, functions.renorm
    nanmedian, nanquantile, mode, msort = functions.nanmedian, functions.nanquantile, functions.mode, functions.msort
    bincount, histc, histogram = functions.bincount, functions.histc, functions.histogram
    cov, corrcoef, unique_consecutive = functions.cov, functions.corrcoef, functions.unique_consecutive

    # ---- parts and views -------------------------------------------------------------------------------------------

    view = functions.view
    fliplr, flipud, rot90, diagflat = functions.fliplr, functions.flipud, functions.rot90, functions.diagflat
    adjoint, narrow_copy = functions.adjoint, functions.narrow_copy
    split_with_sizes, hsplit, vsplit, dsplit = (
        functions.split_with_sizes, functions.hsplit, functions.vsplit, functions.dsplit
    )  # fmt: skip
    unsafe_chunk, unsafe_split = functions.unsafe_chunk, functions.unsafe_split
    unsafe_split_with_sizes = functions.unsafe_split_with_sizes
    as_strided, storage_offset = functions.as_strided, functions.storage_offset
    is_same_size = functions.is_same_size

    def stride(self, dim: int | None = None) -> Any:
        """How many elements apart in memory neighbours along each axis are, or along `dim`."""
        steps = functions.strides(self)
        return steps if dim is None else steps[movement.one_axis(dim, len(steps), "stride")]

    @property
    def H(self) -> Any:
        """The transpose of a matrix, which for real numbers is its adjoint."""
        if self.ndim not in (0, 2):  # type: ignore[attr-defined]
            raise ValueError(f"H: shape {self.shape}: it takes a matrix; use mH for several")  # type: ignore[attr-defined]
        return movement.permute(self)

    @property
    def mH(self) -> Any:
        """The last two axes exchanged: for real numbers the adjoint of each matrix."""
        return functions.adjoint(self)

    # ---- writing ---------------------------------------------------------------------------------------------------

    masked_scatter, index_reduce, put = functions.masked_scatter, functions.index_reduce, functions.put
    select_scatter, slice_scatter = functions.select_scatter, functions.slice_scatter
    diagonal_scatter, as_strided_scatter = functions.diagonal_scatter, functions.as_strided_scatter
    argwhere, nonzero_static = functions.argwhere, functions.nonzero_static

    copysign_, hypot_, nextafter_, gcd_, lcm_ = writing(copysign, hypot, nextafter, gcd, lcm)
    sinc_, logit_, deg2rad_, rad2deg_ = writing(sinc, logit, deg2rad, rad2deg)
    float_power_, ldexp_, heaviside_ = writing(float_power, ldexp, heaviside)
    bitwise_left_shift_, bitwise_right_shift_ = writing(bitwise_left_shift, bitwise_right_shift)
    __ilshift__, __irshift__ = method("<<=", bitwise_left_shift), method(">>=", bitwise_right_shift)
    addmv_, addr_, addbmm_, renorm_ = writing(addmv, addr, addbmm, renorm)
    masked_scatter_, index_reduce_, put_ = writing(masked_scatter, index_reduce, put)
    absolute_, fix_, sgn_ = method("absolute_", absolute), method("fix_", fix), method("sgn_", sgn)
    not_equal_, conj_physical_ = method("not_equal_", not_equal), method("conj_physical_", conj_physical)
    arccos_, arcsin_, arctan_ = method("arccos_", arccos), method("arcsin_", arcsin), method("arctan_", arctan)
    arccosh_, arcsinh_ = method("arccosh_", arccosh), method("arcsinh_", arcsinh)
    arctanh_, arctan2_ = method("arctanh_", arctanh), method("arctan2_", arctan2)
    multiply_, negative_ = method("multiply_", elementwise.mul), method("negative_", elementwise.neg)
    subtract_, divide_ = method("subtract_", functions.sub), method("divide_", functions.div)
    true_divide_, clip_ = method("true_divide_", elementwise.div), method("clip_", elementwise.clamp)
    less_, less_equal_ = method("less_", elementwise.lt), method("less_equal_", elementwise.le)
    greater_, greater_equal_ = method("greater_", elementwise.gt), method("greater_equal_", elementwise.ge)
    swapaxes_, swapdims_ = moving(functions.swapaxes, functions.swapdims)
    (as_strided_,) = moving(functions.as_strided)
