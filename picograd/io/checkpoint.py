"""`save` and `load`: Tensors, and nests of Tensors and plain values, as one safetensors file."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

from picograd.io import format
from picograd.io.nest import Packer, unpack
from picograd.tensor import Tensor

VERSION = "1"  # of the way in which the nest is described

File = str | os.PathLike[str] | BinaryIO


def save(obj: Any, f: File) -> None:
    """Writes `obj` to `f`, a path or a binary file, as one safetensors file.

    `obj` is a Tensor, array, number, string, bool or None, or dicts (keys are strings or numbers), lists and tuples of
    them (subclasses of these load as the plain ones): a state_dict, or

        save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}, "run.safetensors")

    Arrays get the path to them as their name (`model.fc1.weight`); the rest is JSON in the file's metadata. A dict of
    Tensors is what any other program expects: names and arrays. Memory that several Tensors share is stored for each.

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
        if isinstance(f, str | os.PathLike):
            replace_whole(os.path.realpath(f), lambda file: format.write(file, packer.arrays, metadata))
        else:
            format.write(f, packer.arrays, metadata)
    except TypeError as error:
        raise TypeError(f"save: {error}") from None
    except ValueError as error:
        raise ValueError(f"save: {error}") from None
    except OSError as error:
        folder = os.path.dirname(os.path.realpath(where))
        todo = "make room or get the right to, or save elsewhere" if os.path.isdir(folder) else f"make {folder} first"
        raise type(error)(f"save: {where}: it can't be written ({reason(error)}); {todo}") from error


def load(f: File, map_location: Any = None, *, weights_only: bool | None = None, mmap: bool | None = None) -> Any:
    """What `save` wrote to `f`, a path or a binary file; from another program's safetensors file a dict of Tensors.

    Nothing in a file is ever run. So `weights_only` has no effect, nor have `map_location` (there is one device) and
    `mmap`; they are PyTorch's. bfloat16 loads as such if ml_dtypes is installed, otherwise as float32 of equal value.

    Raises FileNotFoundError, and ValueError for a file that is cut off, damaged or no safetensors file.
    """
    where = place(f, "load")
    try:
        if isinstance(f, str | os.PathLike):
            with open(f, "rb") as file:
                arrays, metadata = format.read(file)
        else:
            arrays, metadata = format.read(f)
        return nest(arrays, metadata)
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


def nest(arrays: dict[str, format.Array], metadata: dict[str, str]) -> Any:
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


def replace_whole(path: str, write: Callable[[BinaryIO], None]) -> None:
    """Writes a file under another name in the same folder and then, when it is safely on the disk, names it `path`."""
    folder, name = os.path.split(path)
    # a name that no other process or thread uses: two may save at once
    partial = os.path.join(folder, f".{name}.{os.getpid()}-{threading.get_ident()}.partial")
    try:
        with open(partial, "wb") as file:
            write(file)
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
