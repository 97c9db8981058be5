"""The methods of a Tensor that are ops and functions bound to names: nothing is computed here.

`Tensor` is built on this table; what has to do with its data, its graph or its memory stands there.
"""

from __future__ import annotations

from numbers import Number
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import functions, inplace
from ..inplace import moving, writing
from ..ops import (
    contraction,
    elementwise,
    exponential,
    layout,
    movement,
    precise,
    reduction,
    rounding,
    scan,
    selection,
    special,
    statistics,
    trigonometry,
)
from .filling import Filling
from .late import LateMethods
from .more import MoreMethods

if TYPE_CHECKING:
    from ..tensor import Tensor


class Methods(MoreMethods, LateMethods, Filling):
    """Operators and methods by name: `Tensor.tanh` is `ops.elementwise.tanh`."""

    __slots__ = ()

    # ---- operators -------------------------------------------------------------------------------------------------

    __add__ = __radd__ = elementwise.add
    __sub__ = elementwise.sub
    __mul__ = __rmul__ = mul = multiply = elementwise.mul
    __truediv__ = true_divide = elementwise.div
    __floordiv__ = floor_divide = rounding.floor_divide
    __mod__ = remainder = rounding.remainder
    __matmul__ = matmul = contraction.matmul
    __neg__ = neg = negative = elementwise.neg
    __abs__ = abs = elementwise.abs_
    __lt__ = lt = less = elementwise.lt
    __le__ = le = less_equal = elementwise.le
    __gt__ = gt = greater = elementwise.gt
    __ge__ = ge = greater_equal = elementwise.ge
    __and__ = __rand__ = bitwise_and = elementwise.bitwise_and
    __or__ = __ror__ = bitwise_or = elementwise.bitwise_or
    __xor__ = __rxor__ = bitwise_xor = elementwise.bitwise_xor
    __invert__ = bitwise_not = elementwise.bitwise_not
    eq, ne = elementwise.eq, elementwise.ne

    def __rsub__(self, other: Any) -> Any:
        return elementwise.sub(other, self)

    def __rtruediv__(self, other: Any) -> Any:
        return elementwise.div(other, self)

    __div__, __rdiv__ = __truediv__, __rtruediv__

    def __pow__(self, other: Any) -> Tensor:
        result: Tensor = functions.pow_(self, other)
        return result

    def __rpow__(self, other: Any) -> Any:
        return functions.pow_(other, self)

    def __rfloordiv__(self, other: Any) -> Any:
        return rounding.floor_divide(other, self)

    def __rmod__(self, other: Any) -> Any:
        return rounding.remainder(other, self)

    def __rmatmul__(self, other: Any) -> Any:
        return contraction.matmul(other, self)

    def __pos__(self) -> Any:
        return self

    def __eq__(self, other: object) -> Any:
        return elementwise.eq(self, other) if isinstance(other, Methods | COMPARABLE) else NotImplemented

    def __ne__(self, other: object) -> Any:
        return elementwise.ne(self, other) if isinstance(other, Methods | COMPARABLE) else NotImplemented

    # ---- methods: the ops and functions of the same name -----------------------------------------------------------

    add, sub, subtract = functions.add, functions.sub, functions.sub
    div = divide = functions.div
    addcmul, addcdiv, lerp = functions.addcmul, functions.addcdiv, functions.lerp
    exp, log, sqrt, square = elementwise.exp, elementwise.log, elementwise.sqrt, elementwise.square
    exp2, expm1, log2, log10 = exponential.exp2, precise.expm1, exponential.log2, exponential.log10
    log1p, rsqrt, reciprocal = precise.log1p, exponential.rsqrt, exponential.reciprocal
    logaddexp, xlogy = exponential.logaddexp, precise.xlogy
    erf, erfc, erfinv = special.erf, precise.erfc, precise.erfinv
    sin, cos, tanh, sigmoid = elementwise.sin, elementwise.cos, elementwise.tanh, elementwise.sigmoid
    tan, sinh, cosh = trigonometry.tan, trigonometry.sinh, trigonometry.cosh
    asin, acos, atan, atan2 = trigonometry.asin, trigonometry.acos, trigonometry.atan, trigonometry.atan2
    asinh, acosh, atanh = trigonometry.asinh, trigonometry.acosh, trigonometry.atanh
    relu, sign = elementwise.relu, elementwise.sign
    floor, ceil, trunc, round, frac = rounding.floor, rounding.ceil, rounding.trunc, rounding.round_, rounding.frac
    fmod, fmax, fmin = rounding.fmod, selection.fmax, selection.fmin
    maximum, minimum, clamp, clip = elementwise.maximum, elementwise.minimum, elementwise.clamp, elementwise.clamp
    clamp_min, clamp_max, nan_to_num = functions.clamp_min, functions.clamp_max, selection.nan_to_num
    isnan, isinf, isfinite = elementwise.isnan, elementwise.isinf, elementwise.isfinite
    isclose, allclose, equal = selection.isclose, functions.allclose, functions.equal
    logical_and, logical_or, logical_not = elementwise.logical_and, elementwise.logical_or, elementwise.logical_not
    logical_xor = selection.logical_xor
    sum, mean, prod, nansum = reduction.sum_, reduction.mean, statistics.prod, statistics.nansum
    var, std, nanmean, norm = functions.var, functions.std, functions.nanmean, functions.norm
    amax, amin, logsumexp, aminmax = reduction.amax, reduction.amin, reduction.logsumexp, functions.aminmax
    argmax, argmin, any, all = reduction.argmax, reduction.argmin, reduction.any_, reduction.all_
    count_nonzero, median, quantile = statistics.count_nonzero, functions.median, functions.quantile
    cumsum, cumprod, logcumsumexp = scan.cumsum, scan.cumprod, scan.logcumsumexp
    cummax, cummin, diff = functions.cummax, functions.cummin, functions.diff
    sort, argsort, topk = functions.sort, functions.argsort, functions.topk
    kthvalue, unique = functions.kthvalue, functions.unique
    dot, mm, bmm, mv = functions.dot, functions.mm, functions.bmm, functions.mv
    outer, inner, cross, trace = functions.outer, functions.inner, functions.cross, functions.trace
    addmm, baddbmm = functions.addmm, functions.baddbmm
    swapaxes, swapdims, pow = functions.swapaxes, functions.swapdims, functions.pow_
    movedim = moveaxis = movement.movedim
    squeeze, unsqueeze, clone = movement.squeeze, movement.unsqueeze, movement.clone
    flip, roll, tile, repeat = functions.flip, functions.roll, functions.tile, functions.repeat
    tril, triu, diag, diagonal = functions.tril, functions.triu, functions.diag, functions.diagonal
    diag_embed, unfold = layout.diag_embed, functions.unfold
    __getitem__ = functions.getitem
    max, min = functions.max_, functions.min_
    softmax, log_softmax = functions.softmax, functions.log_softmax
    reshape = functions.reshape
    view_as = reshape_as = functions.view_as
    permute, transpose = functions.permute, functions.transpose
    flatten, unflatten, t, ravel = functions.flatten, functions.unflatten, functions.t, functions.ravel
    expand, broadcast_to, expand_as = functions.expand, functions.expand, functions.expand_as
    split, chunk, unbind, tensor_split = functions.split, functions.chunk, functions.unbind, functions.tensor_split
    narrow, select, repeat_interleave = functions.narrow, functions.select, functions.repeat_interleave
    masked_fill, where, masked_select = functions.masked_fill, functions.where_method, functions.masked_select
    gather, index_select, nonzero = functions.gather, functions.index_select, functions.nonzero
    take, take_along_dim = functions.take, functions.take_along_dim
    scatter, scatter_add, scatter_reduce = functions.scatter, functions.scatter_add, functions.scatter_reduce
    index_add, index_copy = functions.index_add, functions.index_copy
    index_fill, index_put = functions.index_fill, functions.index_put

    __iadd__, __isub__ = inplace.method("+=", __add__), inplace.method("-=", __sub__)
    __imul__, __itruediv__ = inplace.method("*=", __mul__), inplace.method("/=", __truediv__)
    __ipow__, __imod__ = inplace.method("**=", __pow__), inplace.method("%=", __mod__)
    __ifloordiv__ = inplace.method("//=", __floordiv__)
    __iand__, __ior__ = inplace.method("&=", __and__), inplace.method("|=", __or__)
    __ixor__ = inplace.method("^=", __xor__)
    add_, sub_, mul_, div_, pow_ = writing(add, sub, mul, div, pow)
    floor_divide_, remainder_, fmod_ = writing(floor_divide, remainder, fmod)
    addcmul_, addcdiv_, lerp_, xlogy_ = writing(addcmul, addcdiv, lerp, xlogy)
    neg_, abs_, sign_, square_, sqrt_, rsqrt_, reciprocal_ = writing(neg, abs, sign, square, sqrt, rsqrt, reciprocal)
    exp_, exp2_, expm1_, log_, log2_, log10_, log1p_ = writing(exp, exp2, expm1, log, log2, log10, log1p)
    sin_, cos_, tan_, sinh_, cosh_, tanh_ = writing(sin, cos, tan, sinh, cosh, tanh)
    asin_, acos_, atan_, asinh_, acosh_, atanh_, atan2_ = writing(asin, acos, atan, asinh, acosh, atanh, atan2)
    erf_, erfc_, erfinv_ = writing(erf, erfc, erfinv)
    sigmoid_, relu_, clamp_, clamp_min_, clamp_max_ = writing(sigmoid, relu, clamp, clamp_min, clamp_max)
    floor_, ceil_, trunc_, round_, frac_, nan_to_num_ = writing(floor, ceil, trunc, round, frac, nan_to_num)
    eq_, ne_, lt_, le_, gt_, ge_ = writing(eq, ne, lt, le, gt, ge)
    logical_and_, logical_or_, logical_xor_, logical_not_ = writing(logical_and, logical_or, logical_xor, logical_not)
    bitwise_and_, bitwise_or_, bitwise_xor_, bitwise_not_ = writing(bitwise_and, bitwise_or, bitwise_xor, bitwise_not)
    cumsum_, cumprod_, tril_, triu_ = writing(cumsum, cumprod, tril, triu)
    addmm_, baddbmm_ = writing(addmm, baddbmm)
    squeeze_, unsqueeze_, transpose_, t_ = moving(squeeze, unsqueeze, transpose, t)
    masked_fill_, scatter_, scatter_add_, scatter_reduce_ = writing(masked_fill, scatter, scatter_add, scatter_reduce)
    index_add_, index_copy_, index_fill_, index_put_ = writing(index_add, index_copy, index_fill, index_put)


# What is compared with a Tensor element by element; nothing else equals one.
COMPARABLE: Any = np.ndarray | np.generic | Number | list | tuple
