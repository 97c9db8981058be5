"""The rows of further elementwise ops, reductions and scans."""

from table import apart, between, binary, positive, real, row, special, tied, truth, unary, whole

UNARY = [
    *[unary(name, f"m.{name}(x); x.{name}(); np.{numpy}(x)", x)
      for name, numpy, x in (
          ("tan", "tan", between(-1.2, 1.2, 3, 4)), ("asin", "arcsin", between(-0.9, 0.9, 3, 4)),
          ("acos", "arccos", between(-0.9, 0.9, 3, 4)), ("atan", "arctan", real(3, 4)), ("sinh", "sinh", real(3, 4)),
          ("cosh", "cosh", real(3, 4)), ("asinh", "arcsinh", real(3, 4)), ("acosh", "arccosh", between(1.2, 3, 3, 4)),
          ("atanh", "arctanh", between(-0.9, 0.9, 3, 4)), ("exp2", "exp2", real(3, 4)),
          ("log2", "log2", positive(3, 4)),
          ("log10", "log10", positive(3, 4)), ("log1p", "log1p", positive(3, 4)), ("expm1", "expm1", real(3, 4)))],
    *[unary(name, f"m.{name}(x)", special(3, 4), kinked=True)
      for name in ("asin", "acos", "acosh", "atanh", "log2", "log10", "rsqrt", "reciprocal", "sinh", "cosh")],
    unary("rsqrt", "m.rsqrt(x); x.rsqrt(); 1 / x.sqrt()", positive(3, 4)),
    unary("reciprocal", "m.reciprocal(x); x.reciprocal(); 1 / x", positive(3, 4)),
    unary("erf", "m.erf(x); x.erf()", real(3, 4)),
    unary("erfc", "m.erfc(x); x.erfc()", real(3, 4)),
    unary("erfinv", "m.erfinv(x); x.erfinv()", between(-0.9, 0.9, 3, 4)),
    unary("lgamma", "m.lgamma(x); x.lgamma()", positive(3, 4)),
    unary("digamma", "m.digamma(x); x.digamma()", positive(3, 4)),
    *[unary(name, f"m.{name}(x); x.{name}(); np.{name}(x)", apart(3, 4), flat=True)
      for name in ("floor", "ceil", "trunc", "round")],
    unary("round", "m.round(x, decimals=1); x.round(decimals=1); np.round(x, 1)", apart(3, 4), flat=True),
    unary("round", "m.round(x * 100, decimals=-1); np.round(x * 100, -1)", apart(3, 4), flat=True),
    row("round", "m.round(x * 0.5); np.rint(x * 0.5)", x=tied(6), kinked=True),
    unary("frac", "m.frac(x); x.frac(); x - m.trunc(x)", apart(3, 4)),
    unary("nan_to_num", "m.nan_to_num(x); x.nan_to_num(); np.nan_to_num(x)", special(3, 4), kinked=True),
    unary("nan_to_num", "m.nan_to_num(x, 1.0, 2.0, 3.0); x.nan_to_num(nan=1.0, posinf=2.0, neginf=3.0)", special(3, 4),
          kinked=True),
    unary("nan_to_num", "m.nan_to_num(x)", real(3, 4)),
    unary("clamp", "m.clamp_min(x, 0.2); x.clamp_min(0.2)", apart(3, 4)),
    unary("clamp", "m.clamp_max(x, 0.2); x.clamp_max(0.2)", apart(3, 4)),
    row("clamp", "m.clamp_min(x, y); x.clamp_min(y)", x=apart(3, 4), y=apart(4, shift=0.2)),
]  # fmt: skip

BINARY = [
    *binary("atan2", "m.atan2(x, y); x.atan2(y); np.arctan2(x, y)", apart(), apart(shift=0.2)),
    row("atan2", "m.atan2(x, y)", x=tied(4, 4), y=tied(4, 4), kinked=True),
    *binary("logaddexp", "m.logaddexp(x, y); x.logaddexp(y); np.logaddexp(x, y)", real(), real()),
    *binary("xlogy", "m.xlogy(x, y); x.xlogy(y)", positive(), positive()),
    *binary("fmax", "m.fmax(x, y); x.fmax(y); np.fmax(x, y)", apart(), apart(shift=0.22)),
    *binary("fmin", "m.fmin(x, y); x.fmin(y); np.fmin(x, y)", apart(), apart(shift=0.22)),
    *[row(name, f"m.{name}(x, y)", x=x, y=x, kinked=True) for name in ("fmax", "fmin") for x in (tied(9), special(40))],
    # PyTorch's floor_divide has no gradient, its div by that mode has.
    *binary("floor_divide", "x // y; m.floor_divide(x, y); x.floor_divide(y); np.floor_divide(x, y)", apart(),
            between(0.7, 0.75), flat=True, torch="m.div(x, y, rounding_mode='floor')"),
    *binary("remainder", "m.remainder(x, y); x.remainder(y); x % y; np.remainder(x, y)", apart(), between(0.7, 0.75)),
    *binary("fmod", "m.fmod(x, y); x.fmod(y); np.fmod(x, y)", apart(), between(0.7, 0.75)),
    *[row(name, f"m.{name}(x * 9, y * 4 - 2.2)", x=tied(9), y=tied(9), kinked=True) for name in ("remainder", "fmod")],
    row("floor_divide", "m.floor_divide(x * 9, y * 4 - 2.2)", x=tied(9), y=tied(9), gradient=False,
        kinked=True),
    row("floor_divide", "2.5 // x", "m.div(2.5, x, rounding_mode='floor')", x=between(0.7, 0.75, 3), flat=True),
    row("remainder", "2.5 % x; m.remainder(m.tensor(2.5, dtype=x.dtype), x)", None, x=between(0.7, 0.75, 3)),
    row("remainder", "m.remainder(x, 2); x % 2; np.remainder(x, 2)", x=apart(3, 4)),
    row("floor_divide", "m.div(x, y, rounding_mode='floor'); x.div(y, rounding_mode='floor')", x=apart(3, 4),
        y=between(0.7, 0.75, 4), flat=True),
    row("trunc_divide", "m.div(x, y, rounding_mode='trunc'); x.div(y, rounding_mode='trunc')", x=apart(3, 4),
        y=between(0.7, 0.75, 4), flat=True),
    row("trunc_divide", "m.div(i, j, rounding_mode='trunc')", i=whole(-9, 9, 30), j=whole(1, 4, 30), gradient=False),
    row("floor_divide", "i // j; m.floor_divide(i, j)", i=whole(-9, 9, 30), j=whole(1, 4, 30), gradient=False),
    row("remainder", "i % j", i=whole(-9, 9, 30), j=whole(1, 4, 30), gradient=False),
    row("fmod", "m.fmod(i, j)", i=whole(-9, 9, 30), j=whole(1, 4, 30), gradient=False),
    row("lerp", "m.lerp(x, y, w); x.lerp(y, w); x + w * (y - x)", x=real(3, 4), y=real(3, 4), w=real(4)),
    row("lerp", "m.lerp(x, y, 0.3); x.lerp(y, 0.3)", x=real(3, 4), y=real(4)),
    row("add", "m.add(x, y, alpha=2.5); x.add(y, alpha=2.5)", x=real(3, 4), y=real(4)),
    row("sub", "m.sub(x, y, alpha=2); x.sub(y, alpha=2); x.subtract(y, alpha=2)", x=real(3, 4), y=real(4)),
    row("mul", "m.addcmul(x, y, z, value=0.5); x.addcmul(y, z, value=0.5)", x=real(3, 4), y=real(4), z=real(3, 1)),
    row("div", "m.addcdiv(x, y, z, value=0.5); x.addcdiv(y, z, value=0.5)", x=real(3, 4), y=real(4), z=positive(3, 1)),
    *binary("logical_xor", "m.logical_xor(x, y); x.logical_xor(y); np.logical_xor(x, y)", tied(), tied(),
            gradient=False),
    *[row(f"bitwise_{name}", f"m.bitwise_{name}(x, y); x.bitwise_{name}(y)", x=whole(0, 9, 3, 4), y=whole(0, 9, 4),
          gradient=False) for name in ("and", "or", "xor")],
    row("bitwise_not", "m.bitwise_not(x); x.bitwise_not()", x=whole(0, 9, 3, 4), gradient=False),
    row("isclose", "m.isclose(x, y); x.isclose(y); np.isclose(x, y)", x=special(9), y=special(9), gradient=False),
    row("isclose", "m.isclose(x, y, 0.1, 0.2, True); x.isclose(y, rtol=0.1, atol=0.2, equal_nan=True)"
        "; np.isclose(x, y, 0.1, 0.2, True)", x=special(20), y=special(20), gradient=False),
    row("isclose", "m.tensor(m.allclose(x, y)); m.tensor(x.allclose(y))", x=tied(9), y=tied(9), gradient=False),
    row("isclose", "m.tensor(m.allclose(x, x + 1e-7)); m.tensor(x.allclose(x + 1e-7))", x=tied(9), gradient=False),
    row("eq", "m.tensor(m.equal(x, x)); m.tensor(x.equal(x))", x=tied(9), gradient=False),
]  # fmt: skip

REDUCTION = [
    *[row(name, text.replace("some", name), x=x(2, 3, 4), half="dtype" not in text)
      for name, x in (("prod", positive), ("nansum", real), ("sum", real))
      for text in ("m.some(x); x.some(); np.some(x)", "m.some(x, 1); x.some(-2); x.some(axis=1); np.some(x, 1)",
                   "m.some(x, 1, keepdim=True); x.some(1, True); np.some(x, axis=1, keepdims=True)",
                   "m.some(x, 1, dtype=m.float64); x.some(1, dtype=m.float64)")
      if "dtype" not in text or name == "sum"],
    row("prod", "m.prod(x, 1)", x=tied(6, 3), kinked=True),
    row("prod", "m.prod(x)", x=tied(3), kinked=True),
    row("prod", "m.prod(x)", x=positive()),
    row("prod", "x.prod((0, 2)); np.prod(x, (0, 2))", "x.prod(2).prod(0)", x=positive(2, 3, 2)),
    row("mean", "m.mean(x, 1, dtype=x.dtype); x.mean(1, dtype=x.dtype)", x=real(2, 3)),
    row("nansum", "m.nansum(x, 1); x.nansum(1); np.nansum(x, 1)", x=special(6, 2), kinked=True),
    row("nansum", "m.nanmean(x, 1); x.nanmean(1)", x=special(6, 5), kinked=True),
    row("nansum", "m.nanmean(x, (0, 1), True); x.nanmean((0, 1), keepdim=True)", x=real(2, 3)),
    *[row("count_nonzero", text, x=x, gradient=False) for x in (tied(3, 4), truth(3, 4))
      for text in ("m.count_nonzero(x); x.count_nonzero()", "m.count_nonzero(x, 1); x.count_nonzero(dim=1)",
                   "m.count_nonzero(x, (0, 1)); x.count_nonzero((0, 1))")],
    row("var", "m.var_mean(x, 1); m.var_mean(x, dim=1, correction=1)", x=real(2, 3)),
    row("std", "m.std_mean(x, 1, keepdim=True); m.std_mean(x, dim=1, keepdim=True)", x=real(2, 3)),
    row("var", "m.var(x, False); x.var(False); x.var(unbiased=False)", x=real(2, 3)),
    row("std", "m.std(x, True); x.std(True); x.std(correction=None)", x=real(2, 3)),
    row("amin", "m.aminmax(x); x.aminmax()", x=apart(3, 4)),
    row("amin", "m.aminmax(x, dim=1, keepdim=True); x.aminmax(dim=1, keepdim=True)", x=apart(3, 4)),
    row("p_norm", "m.norm(x); x.norm(); x.norm(2); m.norm(x, p='fro')", x=real(3, 4)),
    row("p_norm", "m.norm(x, 1, 1); x.norm(1, 1); x.norm(p=1, dim=-1)", x=apart(3, 4)),
    row("p_norm", "m.norm(x, 3.5, (0, 1), True); x.norm(3.5, dim=(0, 1), keepdim=True)", x=apart(3, 4)),
    row("p_norm", "m.norm(x, np.inf); x.norm(np.inf)", x=apart(3, 4)),
]  # fmt: skip

SCAN = [
    *[row(name, text.replace("some", name), x=x(2, 3, 4))
      for name, x in (("cumsum", real), ("cumprod", positive))
      for text in ("m.some(x, 1); x.some(1); x.some(dim=-2); np.some(x, 1)", "m.some(x, -1); np.some(x, -1)")],
    *[row("logcumsumexp", "m.logcumsumexp(x, 1); x.logcumsumexp(1); x.logcumsumexp(dim=-1)", x=x, **more)
      for x, more in ((real(3, 4), {}), (between(900, 1100, 3, 4), {}), (real(2, 0), {}))],
    row("logcumsumexp", "m.logcumsumexp(x, 0)", x=real()),
    *[row(name, f"m.{name}(x, 0)", x=positive()) for name in ("cumsum", "cumprod")],
    row("cumprod", "m.cumprod(x, 1)", x=tied(8, 4), kinked=True),
    row("cumsum", "m.cumsum(x, 0, dtype=m.float64); x.cumsum(0, dtype=m.float64)", x=real(3), half=False),
    *[row("gather", f"m.{name}(x, 1); x.{name}(1); x.{name}(dim=-1)", x=x, **more)
      for name in ("cummax", "cummin") for x, more in ((apart(3, 4), {}), (tied(3, 4), {"kinked": True}))],
    row("sub", "m.diff(x); x.diff(); x.diff(dim=-1)", x=real(3, 4)),
    row("sub", "m.diff(x, 2, 0); x.diff(2, 0); x.diff(n=2, dim=0)", x=real(4, 2)),
    row("concatenate", "m.diff(x, 1, 0, y, z); x.diff(prepend=y, append=z, dim=0)", x=real(4, 2), y=real(1, 2),
        z=real(2, 2)),
]  # fmt: skip

ROWS = [*UNARY, *BINARY, *REDUCTION, *SCAN]
