"""`save` and `load`: Tensors, and nests of Tensors and plain values, as one safetensors file."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, BinaryIO

import numpy as np

from picograd.io.nest import DTYPES, Array, Packer, unpack
from picograd.io.torch_file import OLD_MAGIC, is_torch_file, read_torch_file
from picograd.tensor import Tensor

VERSION = "1"  # of the way in which the nest is described
COPY_AGAIN = "save it again, or copy it again from where it came"

File = str | os.PathLike[str] | BinaryIO


def save(
    obj: Any,
    f: File,
    pickle_module: Any = None,
    pickle_protocol: int | None = None,
    _use_new_zipfile_serialization: bool = True,
) -> None:
    """Writes `obj` to `f`, a path or a binary file, as one safetensors file.

    `obj` is a Tensor, array, number, string, bytes, bool or None, a dtype, device or Size, or dicts (keys are strings
    or numbers), lists, tuples and sets of them (an OrderedDict loads as one, other subclasses as the plain ones): a
    state_dict, or

        save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}, "run.safetensors")

    Arrays get the path to them as their name (`model.fc1.weight`); the rest is JSON in the file's metadata. A dict of
    Tensors is what any other program expects: names and arrays. Memory that several Tensors share is stored for each.

    A whole module is not saved: its class is code. Save its state_dict. What begins with `pickle` has no effect, and
    neither has `_use_new_zipfile_serialization`: they are PyTorch's.

    A path's file is written whole or not at all: whatever breaks the saving off (an error, Ctrl-C) leaves the old file.
    Raises TypeError, with the path in the nest, for what can't be stored, OSError where `f` can't be written.
    """
    packer = Packer()
    where = place(f, "save")
    try:
        tree = packer.pack(obj)
        metadata = {
            "format": "pt",  # other programs ask whose layout it is: the weights lie as PyTorch's do
            "picograd": VERSION,
            "structure": json.dumps(tree, separators=(",", ":")),
        }
        content = encode(packer.arrays, metadata)
        if isinstance(f, str | os.PathLike):
            replace_whole(os.path.realpath(f), content)
        else:
            f.write(content)
    except TypeError as error:
        raise TypeError(f"save: {error}") from None
    except ValueError as error:
        raise ValueError(f"save: {error}") from None
    except OSError as error:
        folder = os.path.dirname(os.path.realpath(where))
        todo = "make room or get the right to, or save elsewhere" if os.path.isdir(folder) else f"make {folder} first"
        raise type(error)(f"save: {where}: it can't be written ({reason(error)}); {todo}") from error


def load(
    f: File,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """What `save` wrote to `f`, a path or a binary file; from another program's safetensors file a dict of Tensors.

    Files of `torch.save` (.pt, .pth) are read too, if they hold what a checkpoint consists of (Tensors, Parameters,
    arrays, plain values and containers of them). Nothing in a file is ever run. So `weights_only` has no effect, nor
    have `map_location` (there is one device), `mmap` and what begins with `pickle`; they are PyTorch's. bfloat16
    loads as such if ml_dtypes is installed, otherwise as float32 of equal value.

    Raises FileNotFoundError, and ValueError for a file that is cut off, damaged or no safetensors file.
    """
    where = place(f, "load")
    try:
        if isinstance(f, str | os.PathLike):
            with open(f, "rb") as file:
                content = file.read()
        else:
            content = f.read()
        if content.startswith((b"PK", OLD_MAGIC)) and is_torch_file(content):
            return read_torch_file(content)
        return nest(*decode(content))
    except FileNotFoundError:
        folder = os.path.dirname(os.path.abspath(where))
        what = "there is no such file" if os.path.isdir(folder) else f"there is no folder {folder}"
        raise FileNotFoundError(f"load: {where}: {what}; check the path") from None
    except IsADirectoryError:
        raise IsADirectoryError(f"load: {where}: it is a folder; give the path of a file in it") from None
    except OSError as error:
        raise type(error)(f"load: {where}: it can't be read ({reason(error)}); check its permissions") from error
    except ValueError as error:
        raise ValueError(f"load: {where}: {error}") from error


def nest(arrays: dict[str, Array], metadata: dict[str, str]) -> Any:
    """The object that the arrays and the metadata of a file stand for. Raises ValueError where the two do not fit."""
    version = metadata.get("picograd")
    if version is None:  # another program's file
        return {name: Tensor._of(array) for name, array in arrays.items()}
    if version != VERSION:
        raise ValueError(f"it is of version {version}, and this picograd reads version {VERSION}; update picograd")
    try:
        return unpack(json.loads(metadata["structure"]), arrays)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"its metadata does not fit its arrays ({error}), as if another program had changed them; save it again, "
            "or read the arrays alone with safetensors.numpy.load_file"
        ) from error


def encode(arrays: Mapping[str, Array], metadata: dict[str, str]) -> bytes:
    """The arrays, whose types are in DTYPES, and the metadata as a safetensors file. Raises ValueError for too much."""
    import safetensors.numpy

    in_rows = {name: np.asarray(array, order="C") for name, array in arrays.items()}  # it takes memory as it lies
    try:
        return safetensors.numpy.save(in_rows, metadata)
    except safetensors.SafetensorError as error:
        raise ValueError(
            f"names and plain values that a safetensors file can't hold ({error}); make arrays of long lists of numbers"
        ) from error


def decode(content: bytes) -> tuple[dict[str, Array], dict[str, str]]:
    """The arrays and the metadata of a safetensors file. Raises ValueError, with what to do, for what is none."""
    from safetensors import SafetensorError, deserialize

    with suppress(ImportError):
        import ml_dtypes  # type: ignore[import-not-found, unused-ignore]  # noqa: F401 (it registers its types)
    try:
        entries = dict(deserialize(content))  # type: ignore[no-untyped-call, unused-ignore]
    except SafetensorError as error:
        raise ValueError(refusal(content, error)) from error
    # `deserialize` gives no metadata, and the arrays in another order each time
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    metadata = header.pop("__metadata__", None) or {}
    return {name: read_array(name, **entries[name]) for name in header}, metadata


def read_array(name: str, dtype: str, shape: list[int], data: bytearray) -> Array:
    """The array of an entry; its memory is `data`. Raises ValueError for a type that NumPy does not have."""
    try:
        return np.frombuffer(data, np.dtype(DTYPES[dtype]).newbyteorder("<")).reshape(shape)
    except (KeyError, TypeError):
        if dtype == "BF16":  # the upper half of a float32
            return (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32).reshape(shape)
        hint = "install ml_dtypes (pip install ml_dtypes)" if dtype in DTYPES else "convert the file to float32"
        raise ValueError(f"{name} is of type {dtype}, which NumPy does not have; {hint}") from None


def refusal(content: bytes, error: Exception) -> str:
    """What is wrong with a file that safetensors refuses, and what to do, as far as its bytes tell."""
    if not content:
        return f"it is empty; {COPY_AGAIN}"
    if content[8:9] == b"{":  # the header's first byte, behind its length
        return f"it is cut off or damaged ({error}); {COPY_AGAIN}"
    if content.startswith((b"\x80\2", b"\x80\3", b"\x80\4", b"\x80\5")) or b"/data.pkl" in content[:1000]:
        return (
            "it is a pickle, which can run any code, or a file of torch.save that is cut off; "
            "copy it again, or save it where it came from as torch.save(model.state_dict(), PATH)"
        )
    if content.startswith(b"PK"):
        return "it is a zip archive (perhaps .npz), and not a safetensors file; read it with np.load"
    if content.startswith(b"version "):
        return "it is a pointer of Git LFS in place of the file; fetch the file (git lfs pull)"
    return "it is not a safetensors file; give one that picograd.save or a safetensors library wrote"


def replace_whole(path: str, content: bytes) -> None:
    """Writes a file under another name in the same folder and then, when it is safely on the disk, names it `path`."""
    folder, name = os.path.split(path)
    # a name that no other process or thread uses: two may save at once
    partial = os.path.join(folder, f".{name}.{os.getpid()}-{threading.get_ident()}.partial")
    try:
        with open(partial, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        if os.path.exists(partial):
            os.remove(partial)
    if os.name == "posix":  # the new name, too, must survive a power cut
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def place(f: Any, op: str) -> str:
    """The path, or the name of the file object, for messages. Raises TypeError for what is neither."""
    if isinstance(f, str | os.PathLike):
        return os.fspath(f)
    if not hasattr(f, "write" if op == "save" else "readinto"):
        raise TypeError(f"{op}: a {type(f).__name__} as the file: it is neither a path nor a binary file; give a path")
    return str(getattr(f, "name", type(f).__name__))


def reason(error: OSError) -> str:
    """What the operating system said."""
    return error.strerror or type(error).__name__
