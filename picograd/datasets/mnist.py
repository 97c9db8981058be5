"""MNIST: 70,000 handwritten digits."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from picograd.datasets.files import DataFile, load
from picograd.tensor import Tensor
from picograd.utils.data.dataset import Dataset
from picograd.utils.data.reading import Indices, Reader


class MNIST(Dataset[tuple[Any, Any]]):
    """MNIST: 60,000 (`train`) or 10,000 pictures of handwritten digits, 28 x 28, by LeCun, Cortes and Burges.

    | attribute | |
    |---|---|
    | `data` | uint8 array (N, 28, 28), 0 is paper, 255 ink |
    | `targets` | int64 array (N,), the digits |
    | `classes` | their names |

    An item is `(image, label)`: a float32 Tensor (1, 28, 28) in [0, 1] and an int. With `transform` the image is what
    it makes of the uint8 array (28, 28), with `target_transform` the label is what that makes of the int.

    The files are looked for in `root`, `$PICOGRAD_DATA`, the checkout's `data` folder and the user's cache; with
    `download` they are fetched when none has them. Raises RuntimeError for files that are missing, damaged or
    cannot be read, TypeError for a root that is no path.
    """

    mirrors = (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    )
    folders = ("mnist", "MNIST/raw")  # the second is torchvision's
    files: ClassVar[dict[bool, tuple[DataFile, DataFile]]] = {  # by `train`
        True: (
            DataFile("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
            DataFile("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        ),
        False: (
            DataFile("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
            DataFile("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
        ),
    }
    classes: ClassVar[list[str]] = [
        "0 - zero",
        "1 - one",
        "2 - two",
        "3 - three",
        "4 - four",
        "5 - five",
        "6 - six",
        "7 - seven",
        "8 - eight",
        "9 - nine",
    ]

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        train: bool = True,
        transform: Callable[[NDArray[np.uint8]], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
        download: bool = True,
    ) -> None:
        if root is not None and not isinstance(root, str | os.PathLike):
            raise TypeError(f"MNIST: root={root!r}: it is no path; give a folder, or None for the usual places")
        self.root = root
        self.train = bool(train)
        self.transform = transform
        self.target_transform = target_transform
        folder = None if root is None else Path(root).expanduser()
        images, labels = (
            idx_array(load(file, folder, self.folders, self.mirrors, download)) for file in self.files[self.train]
        )
        self.data: NDArray[np.uint8] = images  # (N, 28, 28)
        self.targets: NDArray[np.int64] = labels.astype(np.int64)  # (N,)

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: Any) -> tuple[Any, Any]:
        try:
            number = operator.index(index)
        except TypeError:
            raise TypeError(
                f"MNIST: index {index!r}: items come one at a time; use an int, or batch(indices) for many"
            ) from None
        if not -len(self) <= number < len(self):
            raise IndexError(f"MNIST: index {number} of {len(self)} items: there is no such item; count from 0")
        picture, label = self.data[number], int(self.targets[number])
        return (
            Tensor._of(to_unit(picture)[None]) if self.transform is None else self.transform(picture),
            label if self.target_transform is None else self.target_transform(label),
        )

    @property
    def batch(self) -> Reader | None:
        """`batch(indices)` gives the items (B) at once, Tensors (B, 1, 28, 28) float32 and (B,) int64 in a list;
        None where there are transforms, which see one item at a time."""
        return self._batch if self.transform is None and self.target_transform is None else None

    def _batch(self, indices: Indices) -> list[Tensor]:
        return [Tensor._of(to_unit(self.data[indices])[:, None]), Tensor._of(self.targets[indices])]

    def __repr__(self) -> str:
        part = "training" if self.train else "test"
        height, width = self.data.shape[1:]
        lines = [
            f"{type(self).__name__}: {len(self)} {part} pictures of {height} x {width}, {len(self.classes)} classes"
        ]
        lines += [
            f"  {name}: {value!r}"
            for name in ("root", "transform", "target_transform")
            if (value := getattr(self, name)) is not None
        ]
        return "\n".join(lines)


def to_unit(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pictures (..., 28, 28) in 0 ... 255 as float32 in [0, 1]."""
    return np.divide(pictures, 255, dtype=np.float32)


def idx_array(content: bytes) -> NDArray[np.uint8]:
    """The array in a file of the IDX format: two zeros, the type (8: uint8), how many axes, their lengths, the data."""
    dimensions = content[3]
    shape = np.frombuffer(content, ">i4", dimensions, offset=4)
    values = np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions)
    return values.reshape(shape).copy()  # a copy can be written to
