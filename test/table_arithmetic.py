"""Rows for further arithmetic: signs, powers, whole numbers and bits, PyTorch's second names, products of vectors."""

from __future__ import annotations

from table import apart, between, binary, far, positive, real, row, special, tied, truth, unary, whole

ELEMENTWISE = [
    unary("sinc", "m.sinc(x); x.sinc(); np.sinc(x)", real(3, 4)),
    row("sinc", "m.sinc(x)", x=tied(3, 4), kinked=True),
    unary("angle", "m.angle(x); x.angle(); np.angle(x)", apart(3, 4), flat=True),
    unary("signbit", "m.signbit(x); x.signbit(); np.signbit(x)", real(3, 4), gradient=False),
    unary("isposinf", "m.isposinf(x); x.isposinf(); np.isposinf(x)", special(3, 4), gradient=False),
    unary("isneginf", "m.isneginf(x); x.isneginf(); np.isneginf(x)", special(3, 4), gradient=False),
    *binary("copysign", "m.copysign(x, y); x.copysign(y); np.copysign(x, y)", apart(), real()),
    row("copysign", "m.copysign(x, -1.5)", x=apart(3, 4)),
    *binary("hypot", "m.hypot(x, y); x.hypot(y); np.hypot(x, y)", real(), positive()),
    *binary("logaddexp2", "m.logaddexp2(x, y); x.logaddexp2(y); np.logaddexp2(x, y)", real(), real()),
    row("logaddexp2", "m.logaddexp2(x, y)", x=far(3, 4), y=far(3, 4), kinked=True, half=False),
    *binary("nextafter", "m.nextafter(x, y); x.nextafter(y); np.nextafter(x, y)", real(), real(), gradient=False,
            half=False),
    *binary("heaviside", "m.heaviside(x, y); x.heaviside(y); np.heaviside(x, y)", tied(), real(), gradient=False),
    *[row(name, f"m.{name}(x, y); x.{name}(y); np.{name}(x, y)", x=whole(-9, 9, 3, 4), y=whole(-9, 9, 4),
          gradient=False)
      for name in ("gcd", "lcm")],
    row("bitwise_left_shift", "m.bitwise_left_shift(x, y); x.bitwise_left_shift(y); x << y; np.left_shift(x, y)",
        x=whole(-9, 9, 3, 4), y=whole(0, 5, 4), gradient=False),
    row("bitwise_left_shift", "2 << x; m.bitwise_left_shift(2, x)", x=whole(0, 5, 3), gradient=False),
    row("bitwise_right_shift", "m.bitwise_right_shift(x, y); x.bitwise_right_shift(y); x >> y; np.right_shift(x, y)",
        x=whole(-99, 99, 3, 4), y=whole(0, 5, 4), gradient=False),
    row("bitwise_right_shift", "200 >> x; m.bitwise_right_shift(200, x)", x=whole(0, 5, 3), gradient=False),
    unary("mantissa", "m.frexp(x)[0]; x.frexp().mantissa", between(0.6, 0.9, 3, 4)),
    unary("mantissa", "m.frexp(x)[0]", real(3, 4), kinked=True),
    row("mantissa", "m.frexp(x)[1]; x.frexp().exponent", x=real(3, 4), gradient=False),
    # composed
    unary("mul", "m.deg2rad(x); x.deg2rad()", real(3, 4)),
    unary("mul", "m.rad2deg(x); x.rad2deg()", real(3, 4)),
    unary("sub", "m.logit(x); x.logit()", between(0.1, 0.9, 3, 4)),
    unary("sub", "m.logit(x, 0.3); x.logit(eps=0.3)", apart(3, 4), kinked=True),
    row("pow", "m.float_power(x, y); x.float_power(y)", x=positive(3, 4), y=real(4), half=False),
    row("pow", "m.float_power(x, 2); x.float_power(2)", x=real(3, 4), half=False),
    row("mul", "m.ldexp(x, y); x.ldexp(y)", x=real(3, 4), y=real(4)),
    row("mul", "m.ldexp(x, i); x.ldexp(i)", x=real(3, 4), i=whole(0, 4, 4), half=False),
    row("mul", "m.ldexp(x, i)", x=real(3, 4), i=whole(-3, 0, 4), gradient=False, half=False),
    *binary("sub", "m.rsub(x, y)", real(), real()),
    row("sub", "m.rsub(x, y, alpha=2)", x=real(3, 4), y=real(4)),
    # second names
    *[unary(name, f"m.{first}(x); x.{other}(); m.{other}(x)", inputs, flat=flat)
      for name, other, first, inputs, flat in (
          ("abs", "absolute", "abs", apart(3, 4), False), ("neg", "negative", "neg", real(3, 4), False),
          ("trunc", "fix", "trunc", apart(3, 4), True), ("sign", "sgn", "sign", apart(3, 4), True),
          ("acos", "arccos", "acos", between(-0.9, 0.9, 3, 4), False), ("atan", "arctan", "atan", real(3, 4), False),
          ("asin", "arcsin", "asin", between(-0.9, 0.9, 3, 4), False), ("asinh", "arcsinh", "asinh", real(3, 4), False),
          ("acosh", "arccosh", "acosh", between(1.2, 3, 3, 4), False),
          ("atanh", "arctanh", "atanh", between(-0.9, 0.9, 3, 4), False))],
    *[row(name, f"m.{other}(x, y); x.{other}(y); m.{first}(x, y)", x=real(3, 4), y=positive(4), gradient=gradient)
      for name, other, first, gradient in (
          ("sub", "subtract", "sub", True), ("mul", "multiply", "mul", True), ("div", "divide", "div", True),
          ("div", "true_divide", "div", True), ("atan2", "arctan2", "atan2", True), ("ne", "not_equal", "ne", False),
          ("lt", "less", "lt", False), ("le", "less_equal", "le", False), ("gt", "greater", "gt", False),
          ("ge", "greater_equal", "ge", False))],
    row("clamp", "m.clip(x, -0.4, 0.7); x.clip(-0.4, 0.7)", x=apart(3, 4)),
    row("clone", "m.conj_physical(x); x.conj_physical()", x=real(3, 4)),
    row("ne", "m.isreal(x); x.isreal()", x=real(3, 4), gradient=False),
]  # fmt: skip

# PyTorch's old order: numbers between the Tensors.
OLD = [
    row("add", "m.add(x, y, alpha=2); m.add(x, 2, y); x.add(2, y)", x=real(3, 4), y=real(4)),
    row("sub", "m.sub(x, y, alpha=2); m.sub(x, 2, y); x.sub(2, y)", x=real(3, 4), y=real(4)),
    row("add", "m.addcmul(x, y, z, value=0.5); m.addcmul(x, 0.5, y, z); x.addcmul(0.5, y, z)", x=real(3, 4), y=real(4),
        z=real(3, 1)),
    row("add", "m.addcdiv(x, y, z, value=0.5); m.addcdiv(x, 0.5, y, z); x.addcdiv(0.5, y, z)", x=real(3, 4), y=real(4),
        z=positive(3, 1)),
    row("add", "m.addmm(x, y, z, beta=0.5, alpha=2); m.addmm(0.5, x, 2, y, z); x.addmm(0.5, 2, y, z)", x=real(3, 4),
        y=real(3, 2), z=real(2, 4)),
    row("add", "m.addmm(x, y, z, beta=0.5); m.addmm(0.5, x, y, z); x.addmm(0.5, y, z)", x=real(3, 4), y=real(3, 2),
        z=real(2, 4)),
]  # fmt: skip

PRODUCTS = [
    row("add", "m.addmv(x, y, z); x.addmv(y, z)", x=real(3), y=real(3, 4), z=real(4)),
    row("add", "m.addmv(x, y, z, beta=0.5, alpha=2); x.addmv(y, z, beta=0.5, alpha=2); m.addmv(0.5, x, 2, y, z)",
        x=real(3), y=real(3, 4), z=real(4)),
    row("add", "m.addr(x, y, z); x.addr(y, z)", x=real(3, 4), y=real(3), z=real(4)),
    row("add", "m.addr(x, y, z, beta=0.5, alpha=2); x.addr(y, z, beta=0.5, alpha=2)", x=real(3, 4), y=real(3),
        z=real(4)),
    row("logical_or", "m.addr(x, y, z, beta=0)", x=truth(3, 4), y=truth(3), z=truth(4),
        gradient=False),
    row("add", "m.addbmm(x, y, z); x.addbmm(y, z)", x=real(3, 4), y=real(5, 3, 2), z=real(5, 2, 4)),
    row("add", "m.addbmm(x, y, z, beta=0.5, alpha=2)", x=real(3, 4), y=real(5, 3, 2), z=real(5, 2, 4)),
    row("dot", "m.vdot(x, y); x.vdot(y)", x=real(4), y=real(4)),
    row("mul", "m.ger(x, y); x.ger(y); m.outer(x, y)", x=real(3), y=real(4)),
    row("mul", "m.kron(x, y); x.kron(y)", x=real(2, 3), y=real(4, 2)),
    row("mul", "m.kron(x, y)", x=real(3), y=real(2, 1, 2)),
    row("sum", "m.sum(x, (0, 2), True); x.sum_to_size(1, 3, 1); x.sum_to_size((1, 3, 1))", x=real(2, 3, 4)),
    row("sum", "m.sum(x, (0, 1), True)[0]; x.sum_to_size(1, 4)", x=real(2, 3, 4)),
]  # fmt: skip

NOT_OPS = {
    "test_general.py": """
        is_nonzero is_same_size positive conj real resolve_conj resolve_neg newaxis isreal chain_matmul stride
        storage_offset view H mH
    """,
}

ROWS = [*ELEMENTWISE, *OLD, *PRODUCTS]
