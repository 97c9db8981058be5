"""The safetensors format: a length (8 bytes), a header (JSON: what lies where), then the arrays' bytes.

    {"__metadata__": {"key": "text"}, "fc.weight": {"dtype": "F32", "shape": [10, 800], "data_offsets": [0, 32000]}}

Written and read here rather than by the package of that name: it takes a page, reads bfloat16 without ml_dtypes, and
tells a file that is cut off from one that is damaged. The tests hold the two against each other.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, BinaryIO, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]

# How NumPy (for the last ones: ml_dtypes) calls an element type -> how the format calls it.
DTYPES = {
    "bool": "BOOL", "int8": "I8", "uint8": "U8", "int16": "I16", "uint16": "U16", "int32": "I32", "uint32": "U32",
    "int64": "I64", "uint64": "U64", "float16": "F16", "float32": "F32", "float64": "F64", "complex64": "C64",
    "bfloat16": "BF16", "float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2",
}  # fmt: skip
NAMES = {code: name for name, code in DTYPES.items()}

MAX_HEADER = 100_000_000  # bytes: what all readers accept


class Entry(NamedTuple):
    """Where an array lies in the data, in bytes, and what it is."""

    start: int
    end: int
    name: str
    dtype: str
    shape: list[int]


def write(file: BinaryIO, arrays: Mapping[str, Array], metadata: Mapping[str, str]) -> None:
    """Writes the arrays, whose types are in DTYPES, and the metadata. Raises ValueError for too long a header."""
    # the widest first: then each array is aligned to its elements, as readers that map the file into memory need it
    ordered = sorted(arrays.items(), key=lambda item: -item[1].itemsize)
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    position = 0
    for name, array in ordered:
        place = [position, position + array.nbytes]
        header[name] = {"dtype": DTYPES[array.dtype.name], "shape": list(array.shape), "data_offsets": place}
        position += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    if len(text) > MAX_HEADER:
        raise ValueError(
            f"names and plain values of {len(text)} bytes, and a safetensors header holds at most {MAX_HEADER}; make "
            "arrays of long lists of numbers"
        )
    file.write(len(text).to_bytes(8, "little"))
    file.write(text)
    for _, array in ordered:
        flat = array.ravel()  # a copy only where the elements do not lie row by row
        if array.dtype.kind != "V":  # ml_dtypes' types have no byte order to change
            flat = flat.astype(array.dtype.newbyteorder("<"), copy=False)
        file.write(flat.view(np.uint8).data)


def read(file: BinaryIO) -> tuple[dict[str, Array], dict[str, str]]:
    """The arrays and the metadata. Raises ValueError, with what is wrong and what to do, for what is no whole file."""
    start = file.tell()
    size = file.seek(0, 2) - start
    file.seek(start)
    if size == 0:
        raise ValueError("it is empty; save it again, or copy it again from where it came")
    head = file.read(8)
    length = int.from_bytes(head, "little")
    if size < 8 or length > MAX_HEADER or length < 2:
        raise ValueError(foreign(file, head))
    data = size - 8 - length  # bytes of data
    text = file.read(length)
    if not text.startswith(b"{"):
        raise ValueError(foreign(file, head + text))
    if data < 0:
        raise ValueError(f"it is cut off in its header, after {size} of at least {8 + length} bytes; {COPY_AGAIN}")
    metadata, entries = parse(text)
    needed = max((entry.end for entry in entries), default=0)
    if needed > data:
        raise ValueError(f"it is cut off after {size} of {8 + length + needed} bytes; {COPY_AGAIN}")
    if needed < data:
        raise ValueError(f"it is damaged: {data - needed} bytes follow its last array; {COPY_AGAIN}")
    arrays = {}
    position = 0
    for entry in sorted(entries):
        if entry.start != position:
            raise ValueError(f"it is damaged: before {entry.name} is a gap or an overlap; {COPY_AGAIN}")
        arrays[entry.name] = read_array(file, entry)
        position = entry.end
    return {entry.name: arrays[entry.name] for entry in entries}, metadata


COPY_AGAIN = "save it again, or copy it again from where it came"


def parse(text: bytes) -> tuple[dict[str, str], list[Entry]]:
    """The metadata and the entries of a header, each of which fits its shape. Raises ValueError for a damaged one."""
    try:
        header = json.loads(text)
        metadata = dict(header.pop("__metadata__", None) or {})
        entries = [Entry(*place(entry), name, entry["dtype"], entry["shape"]) for name, entry in header.items()]
        fits = all(map(fits_its_shape, entries))
    except UnknownDType:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise ValueError(f"its header is damaged ({type(error).__name__}); {COPY_AGAIN}") from error
    if not fits:
        raise ValueError(f"its header is damaged: an array's place does not fit its shape; {COPY_AGAIN}")
    return metadata, entries


def place(entry: dict[str, Any]) -> tuple[int, int]:
    """Where an array starts and where it ends. Raises ValueError where it says something else."""
    start, end = entry["data_offsets"]
    return start, end


def fits_its_shape(entry: Entry) -> bool:
    """Whether an array of that shape and type has as many bytes as there are at its place."""
    if not all(type(length) is int and length >= 0 for length in entry.shape):
        return False
    return entry.start >= 0 and entry.end - entry.start == math.prod(entry.shape) * item_size(entry)


class UnknownDType(ValueError):
    """An element type that NumPy cannot hold."""


def item_size(entry: Entry) -> int:
    """Bytes of one element. Raises UnknownDType where there is no such type here."""
    if entry.dtype == "BF16":
        return 2
    try:
        return dtype_of(entry.dtype).itemsize
    except (KeyError, TypeError):
        hint = "install ml_dtypes (pip install ml_dtypes)" if entry.dtype in NAMES else "convert the file to float32"
        raise UnknownDType(f"{entry.name} is of type {entry.dtype}, which NumPy does not have; {hint}") from None


def dtype_of(code: str) -> np.dtype[Any]:
    """The NumPy type of a code of the format. Raises KeyError or TypeError where there is none."""
    with suppress(ImportError):
        import ml_dtypes  # type: ignore[import-not-found, unused-ignore]  # noqa: F401 (it registers its types)
    dtype = np.dtype(NAMES[code])
    return dtype if dtype.kind == "V" else dtype.newbyteorder("<")


def read_array(file: BinaryIO, entry: Entry) -> Array:
    """The array of an entry, whose bytes come next."""
    widen = False
    try:
        dtype = dtype_of(entry.dtype)
    except TypeError:
        dtype, widen = np.dtype("<u2"), True  # bfloat16 without ml_dtypes
    array = np.empty(entry.shape, dtype)
    file.readinto(array.reshape(-1).view(np.uint8).data)  # type: ignore[attr-defined]
    if widen:  # a bfloat16 is the upper half of a float32
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array


def foreign(file: BinaryIO, start: bytes) -> str:
    """What a file that is no safetensors file is, and what to do, as far as its first bytes (and the rest) tell."""
    convert = "convert it where it came from, in PyTorch: safetensors.torch.save_file(torch.load(PATH), NEW_PATH)"
    if start.startswith(b"PK"):
        from zipfile import BadZipFile, ZipFile

        try:
            members = ZipFile(file).namelist()
        except BadZipFile:
            return f"it is a damaged zip archive, perhaps of torch.save, and not a safetensors file; {convert}"
        if any(member.endswith("data.pkl") for member in members):
            return f"it is a pickle of torch.save, which can run any code, and not a safetensors file; {convert}"
        return "it is a zip archive (perhaps .npz), and not a safetensors file; read it with np.load"
    if start.startswith((b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")):
        return f"it is a pickle, which can run any code, and not a safetensors file; {convert}"
    if start.startswith(b"version "):
        return "it is a pointer of Git LFS in place of the file; fetch the file (git lfs pull)"
    return "it is not a safetensors file; give one that picograd.save or a safetensors library wrote"
