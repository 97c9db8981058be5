"""Nested dicts, lists and tuples as arrays under readable names, and a JSON text that says how they were nested.

    {"model": {"fc.weight": Tensor}, "epoch": 3}
    arrays  {"model.fc.weight": array}
    text    {"model": {"fc.weight": {"$tensor": "model.fc.weight"}}, "epoch": 3}

What JSON has no word for is an object with one `$` key: `$tensor` and `$array` (the array's name), `$scalar` (a NumPy
number, likewise), `$tuple`, `$set`, `$frozenset`, `$dict` (pairs, where keys are not plain strings), `$ordered` (an
OrderedDict, as a dict), `$float` (nan, inf), `$int` (wide ones), `$bytes`, `$dtype`, `$device`, `$size`.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Any

import numpy as np

from picograd.devices import device
from picograd.dtypes import find_bfloat16
from picograd.size import Size
from picograd.tensor import Tensor

Array = np.ndarray[Any, Any]
Path = tuple[Any, ...]

MAX_DEPTH = 100

# How safetensors calls an element type -> how NumPy (for the last ones: ml_dtypes) calls it.
DTYPES = {
    "BOOL": "bool", "I8": "int8", "U8": "uint8", "I16": "int16", "U16": "uint16", "I32": "int32", "U32": "uint32",
    "I64": "int64", "U64": "uint64", "F16": "float16", "F32": "float32", "F64": "float64", "C64": "complex64",
    "BF16": "bfloat16", "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2",
}  # fmt: skip


class Packer:
    """Takes a nest apart: `pack` gives what JSON can hold, and collects the arrays in `arrays`."""

    def __init__(self) -> None:
        self.arrays: dict[str, Array] = {}

    def pack(self, obj: Any, path: Path = ()) -> Any:
        """`obj`, found at `path`, as JSON. Raises TypeError or ValueError for what can't be stored."""
        if len(path) > MAX_DEPTH:
            raise ValueError(
                f"{spell(path[:4])}...: the nest is deeper than {MAX_DEPTH} levels, or contains itself; flatten it"
            )
        if isinstance(obj, Tensor):
            tensor = {"$tensor": self.name(obj.value, path)}
            return {**tensor, "requires_grad": True} if obj.requires_grad and obj.is_leaf else tensor
        if isinstance(obj, np.ndarray) and not isinstance(obj, np.ma.MaskedArray):
            return {"$array": self.name(obj, path)}
        if isinstance(obj, np.generic) and not isinstance(obj, np.str_):
            return {"$scalar": self.name(np.asarray(obj), path)}
        if isinstance(obj, float):
            return float(obj) if math.isfinite(obj) else {"$float": repr(float(obj))}
        if isinstance(obj, int) and not isinstance(obj, bool):
            return int(obj) if -(2**63) <= obj < 2**64 else {"$int": hex(obj)}
        if obj is None or isinstance(obj, bool | str):
            return obj
        if isinstance(obj, np.dtype) or (isinstance(obj, type) and issubclass(obj, np.generic)):
            return {"$dtype": np.dtype(obj).name}
        if isinstance(obj, device):
            return {"$device": str(obj)}
        if isinstance(obj, Size):
            return {"$size": list(map(int, obj))}
        if isinstance(obj, bytes | bytearray):
            return {"$bytes": self.name(np.frombuffer(obj, np.uint8), path)}
        if isinstance(obj, set | frozenset):
            members = [self.pack(member, (*path, "element")) for member in obj]
            return {"$frozenset" if isinstance(obj, frozenset) else "$set": members}
        if isinstance(obj, list | tuple):
            members = [self.pack(member, (*path, index)) for index, member in enumerate(obj)]
            return members if isinstance(obj, list) else {"$tuple": members}
        if isinstance(obj, dict):
            return self.pack_dict(obj, path)
        raise TypeError(f"{spell(path)}: a {type(obj).__name__} can't be stored; {hint(obj)}")

    def pack_dict(self, obj: dict[Any, Any], path: Path) -> Any:
        """A dict as JSON: an object where its keys are plain strings, else pairs."""
        for key in obj:
            if not isinstance(key, str | int | float | None):
                raise TypeError(
                    f"{spell(path)}: a dict with a key of type {type(key).__name__} can't be stored; use strings or "
                    "numbers as keys"
                )
        members = {key: self.pack(member, (*path, key)) for key, member in obj.items()}
        if isinstance(obj, OrderedDict):
            return {"$ordered": [[self.pack(key), member] for key, member in members.items()]}
        if all(isinstance(key, str) and not key.startswith("$") for key in obj):
            return members
        return {"$dict": [[self.pack(key), member] for key, member in members.items()]}

    def name(self, array: Array, path: Path) -> str:
        """Keeps the array; returns the name it has in the file: its path, with dots."""
        if array.dtype.name not in DTYPES.values():
            raise TypeError(
                f"{spell(path)}: an array of {array.dtype} can't be stored, as safetensors has no such type; convert "
                f"it with astype(), for instance to float64"
            )
        # lone surrogates have no UTF-8, and a name of the format is UTF-8
        wanted = name = spell(path).encode("utf-8", "backslashreplace").decode()
        twins = 1
        while name in self.arrays or name == "__metadata__":  # {"a": {"b": x}, "a.b": y}; the format's own name
            twins += 1
            name = f"{wanted}~{twins}"
        self.arrays[name] = array
        return name


def spell(path: Path) -> str:
    """A path in words: `model.fc.weight`."""
    return ".".join(map(str, path)) if path else "object"


WHAT = "save Tensors, arrays, numbers, strings, None, and dicts, lists and tuples of them"


def hint(obj: Any) -> str:
    """What to store instead of an object that can't be stored."""
    for method in ("state_dict", "get_state"):
        if hasattr(obj, method):
            return f"save what its {method}() returns"
    if hasattr(obj, "__dict__") and not callable(obj):
        return "save vars() of it, if that is what counts, or " + WHAT.removeprefix("save ")
    return WHAT


def unpack(tree: Any, arrays: dict[str, Array]) -> Any:
    """The nest that `Packer.pack` took apart. Raises KeyError, TypeError or ValueError where the two do not fit."""
    if isinstance(tree, list):
        return [unpack(member, arrays) for member in tree]
    if not isinstance(tree, dict):
        return tree
    tag = next(iter(tree), "")
    if not tag.startswith("$"):
        return {key: unpack(member, arrays) for key, member in tree.items()}
    content = tree[tag]
    if tag == "$tensor":
        tensor = Tensor._of(arrays[content])
        tensor.requires_grad = tree.get("requires_grad", False)
        return tensor
    if tag == "$array":
        return arrays[content]
    if tag == "$scalar":
        return arrays[content][()]
    if tag == "$tuple":
        return tuple(unpack(member, arrays) for member in content)
    if tag in ("$dict", "$ordered"):
        pairs = ((unpack(key, arrays), unpack(member, arrays)) for key, member in content)
        return dict(pairs) if tag == "$dict" else OrderedDict(pairs)
    if tag in ("$set", "$frozenset"):
        elements = (unpack(member, arrays) for member in content)
        return set(elements) if tag == "$set" else frozenset(elements)
    if tag == "$bytes":
        return arrays[content].tobytes()
    if tag == "$dtype":
        return find_bfloat16() if content == "bfloat16" else np.dtype(content)
    if tag == "$device":
        return device(content)
    if tag == "$size":
        return Size(content)
    if tag == "$float":
        return float(content)
    if tag == "$int":
        return int(content, 16)
    raise ValueError(f"an unknown word {tag}")
