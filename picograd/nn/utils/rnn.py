"""Sequences of different lengths: padded to one length, or packed, one after the other without padding.

T the longest length, N sequences. A packed sequence holds the first elements of all sequences, then the second ones of
those that have any, and so on; the sequences are sorted by length, the longest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ... import functions
from ...ops import indexing
from ...tensor import Tensor

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]

Numbers = np.ndarray[Any, Any]


class _Packed(NamedTuple):
    data: Any
    batch_sizes: Any
    sorted_indices: Any
    unsorted_indices: Any


PackedSequence_ = _Packed


class PackedSequence(_Packed):
    """`data` (sum of lengths, ...), `batch_sizes` (T,): how many sequences have a t-th element.

    sorted_indices say where in the batch each of the sorted sequences came from, unsorted_indices the other way round;
    None if the order did not change.
    """

    __slots__ = ()

    def __new__(
        cls, data: Any, batch_sizes: Any = None, sorted_indices: Any = None, unsorted_indices: Any = None
    ) -> PackedSequence:
        """Without unsorted_indices these are computed from sorted_indices."""
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """With the data in another dtype, or as another Tensor's."""
        return self._replace(data=self.data.to(*args, **kwargs))

    def double(self) -> PackedSequence:
        """With the data in float64."""
        return self._replace(data=self.data.double())

    def float(self) -> PackedSequence:
        """With the data in float32."""
        return self._replace(data=self.data.float())

    def half(self) -> PackedSequence:
        """With the data in float16."""
        return self._replace(data=self.data.half())

    def long(self) -> PackedSequence:
        """With the data in int64."""
        return self._replace(data=self.data.long())

    def int(self) -> PackedSequence:
        """With the data in int32."""
        return self._replace(data=self.data.int())

    def short(self) -> PackedSequence:
        """With the data in int16."""
        return self._replace(data=self.data.short())

    def char(self) -> PackedSequence:
        """With the data in int8."""
        return self._replace(data=self.data.char())

    def byte(self) -> PackedSequence:
        """With the data in uint8."""
        return self._replace(data=self.data.byte())

    def cpu(self) -> PackedSequence:
        """Itself: all Tensors are on the CPU."""
        return self.to("cpu")

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """On a GPU. Raises RuntimeError: there is none here."""
        return self._replace(data=self.data.cuda(*args, **kwargs))

    @property
    def is_cuda(self) -> bool:
        """Whether the data is on a GPU."""
        return bool(self.data.is_cuda)

    def pin_memory(self) -> PackedSequence:
        """Itself: no memory has to be pinned."""
        return self

    def is_pinned(self) -> bool:
        """False: no memory is pinned."""
        return False

    def places(self) -> tuple[Numbers, Numbers]:
        """For each row of the data, the time and the sorted sequence that it belongs to."""
        return _places(np.asarray(self.batch_sizes))


def _places(batch_sizes: Numbers) -> tuple[Numbers, Numbers]:
    time = np.repeat(np.arange(len(batch_sizes)), batch_sizes)
    starts = np.cumsum(batch_sizes) - batch_sizes
    return time, np.arange(len(time)) - starts[time]


def invert_permutation(permutation: Any) -> Any:
    """Where each number stands in a permutation; None for None."""
    return None if permutation is None else Tensor._of(np.argsort(np.asarray(permutation)))


def pack_padded_sequence(
    input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """The elements of padded sequences (T, N, ...), or (N, T, ...) with batch_first, without the padding.

    enforce_sorted: the lengths must not increase; without it they are sorted here.
    """
    x, sizes = Tensor._constant(input), np.asarray(lengths).astype(np.int64)
    x = x.swapaxes(0, 1) if batch_first else x
    if sizes.shape != x.shape[1:2] or (sizes <= 0).any() or not sizes.size or sizes.max() > x.shape[0]:
        raise ValueError(
            f"pack_padded_sequence: input of {x.shape[1]} sequences up to {x.shape[0]} long, lengths {sizes.tolist()}: "
            f"there must be one for each, Length of all samples has to be greater than 0 and at most {x.shape[0]}"
        )
    order = None
    if not enforce_sorted:
        order = np.argsort(-sizes, kind="stable")
        sizes = sizes[order]
    elif (np.diff(sizes) > 0).any():
        raise RuntimeError(
            f"pack_padded_sequence: lengths {sizes.tolist()}: `lengths` array must be sorted in decreasing order when "
            f"`enforce_sorted` is True; sort the batch or pass enforce_sorted=False"
        )
    batch_sizes = (sizes > np.arange(sizes[0])[:, None]).sum(axis=1)
    time, sequence = _places(batch_sizes)
    data = indexing.getitem(x, (time, sequence if order is None else order[sequence]))
    return PackedSequence(data, Tensor._of(batch_sizes), None if order is None else Tensor._of(order))


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Any, Any]:
    """The padded sequences (T, N, ...), or (N, T, ...) with batch_first, and their lengths (N,)."""
    sizes = np.asarray(sequence.batch_sizes)
    length = len(sizes) if total_length is None else total_length
    if length < len(sizes):
        raise ValueError(
            f"pad_packed_sequence: total_length={length}: Expected total_length to be at least the length of the "
            f"longest sequence, {len(sizes)}; give a larger one"
        )
    time, place = sequence.places()
    lengths = (sizes > np.arange(sizes[0])[:, None]).sum(axis=1)
    if sequence.unsorted_indices is not None:
        origin = np.asarray(sequence.sorted_indices)
        place, lengths = origin[place], lengths[np.asarray(sequence.unsorted_indices)]
    data = Tensor._constant(sequence.data)
    padded = indexing.put(data, (time, place), (length, int(sizes[0]), *data.shape[1:]))
    if padding_value:
        inside = np.arange(length)[:, None] < lengths
        padded = functions.where(inside.reshape(inside.shape + (1,) * (data.ndim - 1)), padded, padding_value)
    return (padded.swapaxes(0, 1) if batch_first else padded), Tensor._of(lengths)


def pad_sequence(
    sequences: Sequence[Any], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Any:
    """Sequences (t, ...) of different lengths as one Tensor (T, N, ...), or (N, T, ...) with batch_first."""
    if padding_side not in ("left", "right"):
        raise ValueError(f"pad_sequence: padding_side={padding_side!r}: it should be either 'right' or 'left'")
    xs = [Tensor._constant(x) for x in sequences]
    longest = max((len(x) for x in xs), default=0)
    rows = []
    for x in xs:
        filler = Tensor._of(np.full((longest - len(x), *x.shape[1:]), padding_value, x.dtype))
        rows.append(functions.cat([x, filler] if padding_side == "right" else [filler, x]))
    return np.stack(rows, axis=0 if batch_first else 1)


def pack_sequence(sequences: Sequence[Any], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences (t, ...) of different lengths, packed."""
    return pack_padded_sequence(pad_sequence(sequences), [len(x) for x in sequences], enforce_sorted=enforce_sorted)


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """The sequences (t, ...) of a padded batch."""
    x = padded_sequences if batch_first else padded_sequences.swapaxes(0, 1)
    return [x[k, : int(n)] for k, n in enumerate(np.asarray(lengths))]


def unpack_sequence(packed_sequences: PackedSequence) -> list[Any]:
    """The sequences (t, ...) of a packed batch."""
    padded, lengths = pad_packed_sequence(packed_sequences)
    return unpad_sequence(padded, lengths)
