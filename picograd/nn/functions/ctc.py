"""Connectionist temporal classification: the probability of a text under per-frame letters, whatever its timing.

T frames, N samples, C classes of which one is the blank, S labels a sample.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ... import functions
from ...ops import elementwise, movement, reduction
from ...tensor import Tensor
from .reduction import reduction_of

__all__ = ["ctc_loss"]

NEVER = -1e30  # the logarithm of no probability, finite: infinity less infinity is nan


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    """-log of the probability that frames (T, N, C) say the labels (N, S), each frame a label or the blank.

    A label may last several frames; equal neighbours need a blank between them. `targets` may also be all labels one
    after the other, (sum of target_lengths,). "mean" divides each loss by its number of labels first. zero_infinity: a
    text that is too long for its frames costs 0 instead of infinity.
    """
    op = "ctc_loss"
    reduction = reduction_of(op, reduction, None, None)
    x = Tensor._constant(log_probs)
    single = x.ndim == 2
    x = x.unsqueeze(1) if single else x
    frames, sizes = (np.asarray(n).reshape(-1).astype(np.int64) for n in (input_lengths, target_lengths))
    labels = _labels(op, x, np.asarray(targets), frames, sizes, blank)
    path = np.full((x.shape[1], 2 * labels.shape[1] + 1), blank)  # (N, L): blank, label, blank, label, ..., blank
    path[:, 1::2] = labels
    losses = -_log_probability(x, path, frames, sizes, blank)  # (N,)
    # PyTorch's gradient presumes that log_probs come from log_softmax: it has e^x more for each frame, which makes no
    # difference behind that function. So this adds 0, with that gradient.
    heard = (np.arange(x.shape[0])[:, None] < frames).astype(x.dtype)[..., None]
    total = (elementwise.exp(x) * heard).sum((0, 2))
    losses = losses + (total - total.detach())
    possible = losses.value < -NEVER / 2
    if not possible.all():
        losses = functions.where(possible, losses, x.dtype.type(0 if zero_infinity else math.inf))
    if reduction == "mean":
        return (losses / np.maximum(sizes, 1).astype(x.dtype)).mean()
    return losses.sum() if reduction == "sum" else losses.squeeze(0) if single else losses


def _labels(op: str, x: Any, targets: Any, frames: Any, sizes: Any, blank: int) -> Any:
    """The labels (N, S), rows filled up with blanks; checked."""
    if x.ndim != 3 or frames.shape != (x.shape[1],) or sizes.shape != frames.shape:
        raise ValueError(
            f"{op}: log_probs {x.shape}, input_lengths {frames.shape}, target_lengths {sizes.shape}: log_probs must be "
            f"(T, N, C) and each of the others have one number for each of the N samples"
        )
    if not 0 <= blank < x.shape[2]:
        raise ValueError(f"{op}: blank={blank} of {x.shape[2]} classes: blank must be in label range")
    if (frames > x.shape[0]).any() or (frames < 0).any() or (sizes < 0).any():
        raise ValueError(
            f"{op}: input_lengths {frames.tolist()}, target_lengths {sizes.tolist()}: Expected input_lengths to have "
            f"value at most {x.shape[0]}, the frames of log_probs, and none to be negative; check them"
        )
    width = int(sizes.max(initial=0))
    rows = np.full((len(sizes), width), blank)
    inside = np.arange(width) < sizes[:, None]
    flat = targets.reshape(-1) if targets.ndim < 2 else None
    if (flat is None and (len(targets) != len(sizes) or targets.shape[1] < width)) or (
        flat is not None and len(flat) < sizes.sum()
    ):
        raise ValueError(
            f"{op}: targets {targets.shape}, target_lengths {sizes.tolist()}: there are not as many labels; "
            f"give (N, S), or all labels one after the other"
        )
    rows[inside] = flat[: sizes.sum()] if flat is not None else targets[:, :width][inside]
    return rows


def _log_probability(x: Any, path: Any, frames: Any, sizes: Any, blank: int) -> Any:
    """The logarithm of the sum over all ways through the path, frame by frame (N,)."""
    samples, length = np.arange(len(path)), path.shape[1]
    said = x[:, samples[:, None], path]  # (T, N, L): the log-probability of each place of the path in each frame
    # A blank between two labels may be left out, unless the labels are equal.
    skips = np.zeros(path.shape, bool)
    skips[:, 2:] = (path[:, 2:] != blank) & (path[:, 2:] != path[:, :-2])
    cannot = np.where(skips[:, 2:], 0, NEVER).astype(x.dtype)
    never = Tensor._of(np.full((len(path), min(length, 2)), NEVER, x.dtype))
    begins = np.where(np.arange(length) < 2, 0, NEVER).astype(x.dtype)
    nowhere = np.where(np.arange(length) < 1, 0, NEVER).astype(x.dtype)
    reached = Tensor._of(np.broadcast_to(nowhere, path.shape))  # log of the probability to be at each place (N, L)
    for t in range(int(frames.max(initial=0))):
        if t == 0:
            new = said[0] + begins
        else:
            ways = [reached]
            if length > 1:
                ways.append(movement.concatenate([never[:, :1], reached[:, :-1]], 1))
                ways.append(movement.concatenate([never, reached[:, :-2] + cannot], 1))
            new = said[t] + reduction.logsumexp(movement.stack(ways, 0), 0)
        running = (frames > t)[:, None]
        reached = new if running.all() else functions.where(running, new, reached)
    # It ends at the last label or at the blank after it.
    ends = np.stack([2 * sizes, np.maximum(2 * sizes - 1, 0)])  # (2, N)
    last = reached[samples, ends] + np.where(np.stack([sizes, sizes]) > [[-1], [0]], 0, NEVER).astype(x.dtype)
    return reduction.logsumexp(last, 0)
