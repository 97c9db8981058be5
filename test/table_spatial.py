"""Rows of the table of ops for convolution, pooling, windows as columns, resampling and borders."""

from __future__ import annotations

import numpy as np
from table import Input, Row, apart, real, row, tied

# PyTorch's text for the same as `conv_weight`: the derivative of the convolution with respect to its weight.
WEIGHT = "m.nn.grad.conv2d_weight(x, {shape}, y, stride={s}, padding={p}, dilation={d}, groups={g})"


def places(*table: tuple[int, ...]) -> Input:
    """Which elements are taken, (K, out)."""
    return Input(np.shape(table), lambda rng, s: np.array(table), is_real=False)


CONVOLUTION = [
    *[row("conv", f"op['conv'](x, w, b, {(s,) * n}, {(p,) * n}, {(d,) * n}, {g})",
          torch=f"m.nn.functional.conv{n}d(x, w, b, {s}, {p}, {d}, {g})",
          x=real(2, 4, *(5, 4, 5)[:n]), w=real(4, 4 // g, *(k,) * n), b=real(4))
      for n, k, s, p, d, g in ((1, 3, 1, 0, 1, 1), (1, 3, 2, 1, 1, 2), (1, 2, 3, 2, 2, 4), (2, 3, 1, 0, 1, 1),
                               (2, 2, 2, 1, 2, 2), (2, 1, 1, 0, 1, 1), (2, 1, 2, 0, 1, 2), (3, 2, 2, 1, 1, 2))],
    row("conv", "op['conv'](x, w, None, (1, 1), (1, 1), (1, 1)); op['conv'](x, w, None, (1, 1), (1, 1), (1, 1), 1)",
        torch="m.nn.functional.conv2d(x, w, padding=1)", x=real(2, 1, 4, 3), w=real(2, 1, 3, 3)),
    row("conv", "op['conv'](x, w, None, (1, 1), (0, 0), (1, 1))", torch="m.nn.functional.conv2d(x, w)",
        x=real(0, 2, 4, 3), w=real(2, 2, 3, 3)),
    *[row("conv_transpose", f"op['conv_transpose'](y, w, b, {size}, {(s,) * n}, {(p,) * n}, {(d,) * n}, {g})",
          torch=f"m.nn.functional.conv_transpose{n}d(y, w, b, {s}, {p}, {more}, {g}, {d})",
          y=real(2, 4, *(3, 2, 3)[:n]), w=real(4, 4 // g, *(k,) * n), b=real(4))
      for n, k, s, p, d, g, more, size in (
          (1, 3, 1, 0, 1, 1, 0, (5,)), (1, 3, 2, 1, 1, 2, 1, (6,)), (2, 2, 2, 1, 2, 2, 1, (6, 4)),
          (2, 2, 1, 0, 4, 1, 3, (10, 9)), (3, 2, 2, 1, 1, 2, 0, (4, 2, 4)))],
    *[row("conv_weight", f"op['conv_weight'](y, x, {shape[2:]}, {(s, s)}, {(p, p)}, {(d, d)}, {g})",
          torch=WEIGHT.format(shape=shape, s=s, p=p, d=d, g=g), y=real(2, 4, *out), x=real(2, 2, 5, 4))
      for shape, s, p, d, g, out in (((4, 2, 3, 3), 1, 0, 1, 1, (3, 2)), ((4, 1, 2, 2), 2, 1, 2, 2, (3, 2)))],
]  # fmt: skip

POOLING = [
    *[row("max_pool", f"op['max_pool'](x, {(k,) * n}, {(s,) * n}, {(p,) * n}, {(d,) * n}, {out})",
          torch=f"m.nn.functional.max_pool{n}d(x, {k}, {s}, {p}, {d}, {ceil})", x=draw(2, 2, *(6, 5, 4)[:n]), **kinked)
      for draw, kinked in ((apart, {}), (tied, {"kinked": True}))
      for n, k, s, p, d, ceil, out in (
          (1, 2, 2, 0, 1, False, (3,)), (1, 3, 1, 1, 2, False, (4,)), (2, 2, 2, 0, 1, True, (3, 3)),
          (2, 3, 2, 1, 1, False, (3, 3)), (3, 2, 1, 1, 1, False, (7, 6, 5)))],
    row("max_pool_back", "op['max_pool_back'](y, c, op['max_pool'](c, (2, 2), (2, 2), (0, 0), (1, 1), (2, 2)), (2, 2), "
        "(2, 2), (0, 0), (1, 1))",
        torch="m.nn.functional.max_unpool2d(y, m.nn.functional.max_pool2d(c.detach(), 2, return_indices=True)[1], 2)",
        y=real(1, 2, 2, 2), c=apart(1, 2, 4, 4)),
    row("max_pool_pick", "op['max_pool_pick'](z, c, op['max_pool'](c, (2, 2), (2, 2), (0, 0), (1, 1), (2, 2)), (2, 2), "
        "(2, 2), (0, 0), (1, 1))",
        torch="m.gather(z.flatten(2), 2, m.nn.functional.max_pool2d(c.detach(), 2, return_indices=True)[1].flatten(2))"
              ".reshape(1, 2, 2, 2)",
        z=real(1, 2, 4, 4), c=apart(1, 2, 4, 4)),
    row("max_pool_index", "op['max_pool_index'](x, op['max_pool'](x, (2, 2), (1, 2), (1, 1), (1, 1), (6, 3)), (2, 2), "
        "(1, 2), (1, 1), (1, 1))", torch="m.nn.functional.max_pool2d(x, 2, (1, 2), 1, return_indices=True)[1]",
        x=tied(2, 3, 5, 4), gradient=False),
    row("window_sum", "op['window_sum'](x, (2, 3), (2, 1), (2, 3))", x=real(2, 2, 4, 5),
        torch="m.nn.functional.avg_pool2d(x, (2, 3), (2, 1), divisor_override=1)"),
    row("window_spread", "op['window_spread'](y, (2, 3), (2, 1), (5, 5))", y=real(1, 2, 2, 3),
        torch="m.nn.functional.conv_transpose2d(y, m.ones(2, 1, 2, 3, dtype=y.dtype), stride=(2, 1), groups=2, "
              "output_padding=(1, 0))"),
    row("unfold", "op['unfold'](x, (2, 3), (2, 1), (1, 0), (1, 2))", x=real(2, 2, 4, 6),
        torch="m.nn.functional.unfold(x, (2, 3), (1, 2), (1, 0), (2, 1))"),
    row("fold", "op['fold'](y, (4, 6), (2, 3), (2, 1), (1, 0), (1, 2))", y=real(2, 12, 6),
        torch="m.nn.functional.fold(y, (4, 6), (2, 3), (1, 2), (1, 0), (2, 1))"),
]  # fmt: skip

MIX, TAPS = "np.array([[0.5, 2.0], [-1.0, 0.25]])", places((0, 2), (1, 2))
SHARES = f"m.as_tensor({MIX}, dtype={{}}.dtype)[..., None]"
RESAMPLING = [
    row("resample", "op['resample'](x, i, None, 1)", torch="x[:, i[0]]", x=real(2, 3, 2), i=places((2, 0, 0, 1))),
    row("resample", f"op['resample'](x, i, {MIX}, 1)", x=real(2, 3, 2), i=TAPS,
        torch=f"({SHARES.format('x')} * x[:, i]).sum(1)"),
    row("resample_back", f"op['resample_back'](y, i, {MIX}, 3, 1)", y=real(2, 2, 2), i=TAPS,
        torch=f"m.zeros(2, 3, 2, dtype=y.dtype).index_add(1, i.flatten(), ({SHARES.format('y')} * y[:, None])"
              ".flatten(1, 2))"),
    row("pad", "op['pad'](x, [(1, 2), (0, 1)], 1.5)", torch="m.nn.functional.pad(x, (0, 1, 1, 2), value=1.5)",
        x=real(2, 3)),
    row("pad", "op['pad'](x, [(-1, 2), (1, -2)])", torch="m.nn.functional.pad(x, (1, -2, -1, 2))", x=real(3, 4)),
]  # fmt: skip

ROWS: list[Row] = CONVOLUTION + POOLING + RESAMPLING
