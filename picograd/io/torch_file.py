"""Reading the files of `torch.save`, without running anything in them.

Such a file is a pickle: instructions for a small machine that builds an object, among them "call the function of this
name". Here that machine is written out for what a checkpoint consists of: Tensors, Parameters, arrays, numbers, text,
and containers of them. Names are not looked up but compared with a list (`KNOWN`), calls are made to the functions in
that list and to nothing else, and any other name or instruction ends the reading. The numbers of Tensors lie beside
the pickle: as members of a zip archive, or behind it in files written before PyTorch 1.6.
"""

from __future__ import annotations

import io
import pickletools  # it takes a pickle apart into its instructions, and runs none of them
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from picograd.devices import device
from picograd.dtypes import find_bfloat16
from picograd.size import Size
from picograd.tensor import Tensor

OLD_MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # how a file before PyTorch 1.6 begins
DTYPES = {
    "Float": "float32", "Double": "float64", "Half": "float16", "BFloat16": "bfloat16", "Long": "int64",
    "Int": "int32", "Short": "int16", "Char": "int8", "Byte": "uint8", "Bool": "bool",
}  # fmt: skip


class Refused(ValueError):
    """The file holds something else than a checkpoint consists of."""


class Name:
    """A name that the pickle mentions, which is in the list."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *args: Any) -> Any:
        """What the function of that name gives."""
        call = KNOWN[self.name]
        if call is None:
            raise Refused(f"it calls {self.name}, which is no function of a checkpoint")
        return call(*args)


def is_torch_file(content: bytes) -> bool:
    """Whether these are the bytes of a whole file of `torch.save`."""
    if content.startswith(OLD_MAGIC):
        return True
    try:
        return any(name.endswith("/data.pkl") for name in zipfile.ZipFile(io.BytesIO(content)).namelist())
    except zipfile.BadZipFile:
        return False


def read_torch_file(content: bytes) -> Any:
    """The object in a file of `torch.save`. Raises ValueError for a damaged one, and for what is no checkpoint."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged text
            return read_old(content) if content.startswith(OLD_MAGIC) else read_zip(content)
    except Refused as error:
        raise ValueError(
            f"it was written by torch.save and holds more than Tensors and plain values ({error}), and nothing in a "
            f"file is run here; in PyTorch, save what its state_dict() returns, or vars() of a namespace"
        ) from None
    except (zipfile.BadZipFile, LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ValueError(f"it was written by torch.save and is damaged ({error}); copy it again") from error


def read_zip(content: bytes) -> Any:
    """The object in a zip archive: `NAME/data.pkl` builds it, `NAME/data/KEY` are the numbers."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    members = set(archive.namelist())
    pickle = next(name for name in sorted(members) if name.endswith("/data.pkl"))
    folder = pickle.removesuffix("data.pkl")
    order = ">" if f"{folder}byteorder" in members and archive.read(f"{folder}byteorder") == b"big" else "<"
    storages: dict[str, Any] = {}
    if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
        raise TypeError("its members are compressed")

    def storage(kind: str, storage_type: Name, key: str, location: str, count: int) -> Storage:
        if key not in storages:
            storages[key] = bytearray(archive.read(f"{folder}data/{key}"))
        return Storage(storages[key], storage_type.name, order)

    return run(archive.read(pickle), 0, storage)[0]


def read_old(content: bytes) -> Any:
    """The object in a file from before PyTorch 1.6: five pickles, of which the fourth builds it, then the numbers."""
    at = 0
    for _ in range(2):  # the magic number and the version
        _, at = run(content, at)
    about, at = run(content, at)
    order = "<" if about["little_endian"] else ">"
    storages: dict[str, Storage] = {}

    def storage(kind: str, storage_type: Name, key: str, location: str, count: int, view: Any = None) -> Storage:
        if view is not None:
            raise Refused("it has views of storages, which PyTorch has not written since 0.4")
        if not 0 <= count <= len(content):
            raise TypeError(f"a storage of {count} elements")
        if key not in storages:
            empty = Storage(bytearray(), storage_type.name, order)
            storages[key] = Storage(bytearray(count * empty.size), storage_type.name, order)
        return storages[key]

    result, at = run(content, at, storage)
    keys, at = run(content, at)
    for key in keys:
        own = storages[key].memory
        at += 8  # how many elements there are, which is known
        if at + len(own) > len(content):
            raise TypeError("it ends in the middle of its numbers")
        own[:] = content[at : at + len(own)]
        at += len(own)
    return result


class Storage:
    """The memory of one or several Tensors."""

    def __init__(self, memory: bytearray, name: str, order: Any) -> None:
        self.memory, self.order, self.name = memory, order, name.rpartition(".")[2].removesuffix("Storage")

    @property
    def size(self) -> int:
        """Bytes of an element."""
        return 2 if self.name == "BFloat16" else np.dtype(DTYPES[self.name]).itemsize

    def array(self, dtype: Any = None) -> np.ndarray[Any, Any]:
        """All elements, of `dtype` if the storage itself has none."""
        if self.name == "Untyped":
            return np.frombuffer(self.memory, np.dtype(dtype).newbyteorder(self.order))
        if self.name != "BFloat16":
            native = np.dtype(DTYPES[self.name])
            return np.frombuffer(self.memory, native.newbyteorder(self.order)).astype(native, copy=False)
        try:
            import ml_dtypes
        except ImportError:  # the upper half of a float32
            halves = np.frombuffer(self.memory, f"{self.order}u2")
            return (halves.astype(np.uint32) << 16).view(np.float32)
        return np.frombuffer(self.memory, f"{self.order}u2").astype(np.uint16, copy=False).view(ml_dtypes.bfloat16)


# ---- what a pickle may call -----------------------------------------------------------------------------------------


def tensor(
    storage: Storage, offset: int, shape: Sequence[int], strides: Sequence[int], requires_grad: bool, hooks: Any,
    *others: Any,
) -> Tensor:  # fmt: skip
    """A Tensor that looks into a storage; of `others` only a dtype counts."""
    array = storage.array(next((x for x in others if isinstance(x, np.dtype)), None))
    last = offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
    empty = 0 in shape
    if min([offset, *shape, *strides]) < 0 or (not empty and last >= array.size):
        raise TypeError(f"a tensor of shape {tuple(shape)} reaches beyond its memory")
    steps = tuple(step * array.itemsize for step in strides)
    if empty:
        result = Tensor._of(np.empty(shape, array.dtype))
    else:
        result = Tensor._of(np.lib.stride_tricks.as_strided(array[offset:], tuple(shape), steps))
    if requires_grad and array.dtype.kind in "fV":
        result.requires_grad = True
    return result


def parameter(data: Tensor, requires_grad: bool, hooks: Any) -> Any:
    """A Parameter."""
    from picograd.nn import Parameter

    return Parameter(data.detach(), requires_grad)


def encode(text: str, encoding: str) -> bytes:
    """Bytes, which older pickles write as text."""
    return text.encode("latin1")


def dtype(code: str, *others: Any) -> np.dtype[Any]:
    """A NumPy dtype of numbers."""
    result = np.dtype(str(code))
    if result.kind not in "biuf":
        raise Refused(f"it has an array of {result}")
    return result


def scalar(kind: np.dtype[Any], content: bytes) -> Any:
    """A NumPy number."""
    return np.frombuffer(content, kind)[0]


class ArrayParts:
    """A NumPy array whose shape, dtype and content are still to come."""


KNOWN: dict[str, Callable[..., Any] | None] = {
    "collections.OrderedDict": lambda pairs=(): OrderedDict(pairs),
    "builtins.set": set,
    "builtins.frozenset": frozenset,
    "builtins.complex": complex,
    "builtins.dict": lambda pairs=(): dict(pairs),
    "builtins.list": list,
    "builtins.int": None,
    "builtins.float": None,
    "collections.defaultdict": lambda factory=None: {},
    "argparse.Namespace": SimpleNamespace,
    "_codecs.encode": encode,
    "torch._utils._rebuild_tensor": lambda storage, offset, shape, strides: tensor(
        storage, offset, shape, strides, False, None
    ),
    "torch._utils._rebuild_tensor_v2": tensor,
    "torch._utils._rebuild_tensor_v3": tensor,
    "torch._utils._rebuild_parameter": parameter,
    "torch.nn.parameter.Parameter": lambda data, requires_grad=True: parameter(data, requires_grad, None),
    "torch.Size": lambda sizes=(): Size(sizes),
    "torch.device": lambda *args: device(*args),
    "torch.serialization._get_layout": lambda name: name,
    "torch.Tensor": None,
    "torch.storage.UntypedStorage": None,
    **{f"torch.{room}{name}Storage": None for name in DTYPES for room in ("", "cuda.")},
    "numpy.dtype": dtype,
    "numpy.ndarray": None,
    "numpy.core.multiarray.scalar": scalar,
    "numpy.core.multiarray._reconstruct": lambda kind, shape, code: ArrayParts(),
}
SAME = {"__builtin__": "builtins", "numpy._core.multiarray": "numpy.core.multiarray"}  # modules under other names


def known(words: str) -> Any:
    """What a name stands for, "module name"; only those in the list, and dtypes."""
    module, _, name = words.partition(" ")
    path = f"{SAME.get(module, module)}.{name}"
    if module == "torch" and name in {*DTYPES.values(), "uint16", "uint32", "uint64"} - {"bfloat16"}:
        return np.dtype(name)
    if path == "torch.bfloat16":
        return find_bfloat16()
    if path not in KNOWN:
        raise Refused(f"it names {path}")
    return Name(path)


def built(obj: Any, state: Any) -> Any:
    """An object with its state set: what a pickle does last. Only arrays and their dtypes have one that counts."""
    if isinstance(obj, np.dtype):
        return obj.newbyteorder(state[1]) if state[1] in "<>" else obj
    if isinstance(obj, ArrayParts):
        _, shape, kind, fortran, content = state
        return np.frombuffer(bytearray(content), kind).reshape(shape, order="F" if fortran else "C")
    if isinstance(obj, OrderedDict):
        return obj  # a state_dict's versions of its modules
    if isinstance(obj, SimpleNamespace):
        vars(obj).update(state)
        return obj
    raise Refused(f"it sets the state of a {type(obj).__name__}")


# ---- the machine ----------------------------------------------------------------------------------------------------

VALUES = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "UNICODE", "BINUNICODE",
    "SHORT_BINUNICODE", "BINUNICODE8", "SHORT_BINBYTES", "BINBYTES", "BINBYTES8", "SHORT_BINSTRING", "BINSTRING",
    "STRING",
}  # fmt: skip
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
EMPTY: dict[str, Callable[[], Any]] = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple, "EMPTY_SET": set}
SKIPPED = {"PROTO", "FRAME"}


def run(content: bytes, start: int, storage: Callable[..., Any] | None = None) -> tuple[Any, int]:
    """The object that the pickle at `start` builds, and where it ends. `storage` makes what it calls persistent."""
    stack: list[Any] = []
    marks: list[int] = []
    memo: dict[int, Any] = {}
    unfinished: dict[int, int] = {}  # id of what is yet to be given its state -> its place in the memo

    def keep(key: int) -> None:
        memo[key] = stack[-1]
        if isinstance(stack[-1], ArrayParts | np.dtype):
            unfinished[id(stack[-1])] = key

    def since_mark() -> list[Any]:
        at = marks.pop()
        members = stack[at:]
        del stack[at:]
        return members

    def fill(target: Any, members: list[Any]) -> None:
        if isinstance(target, dict):
            target.update(zip(members[::2], members[1::2], strict=True))
        elif isinstance(target, set):
            target.update(members)
        elif isinstance(target, list):
            target.extend(members)
        else:
            raise Refused(f"it fills a {type(target).__name__}")

    stream = io.BytesIO(content)
    stream.seek(start)
    try:
        argument: Any
        for instruction, argument, _ in pickletools.genops(stream):
            name = instruction.name
            if name in VALUES:
                stack.append(argument)
            elif name in CONSTANTS:
                stack.append(CONSTANTS[name])
            elif name in EMPTY:
                stack.append(EMPTY[name]())
            elif name == "MARK":
                marks.append(len(stack))
            elif name in ("BINPUT", "LONG_BINPUT", "PUT"):
                keep(int(argument))
            elif name == "MEMOIZE":
                keep(len(memo))
            elif name in ("BINGET", "LONG_BINGET", "GET"):
                stack.append(memo[int(argument)])
            elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
                count = int(name[-1])
                stack[-count:] = [tuple(stack[-count:])]
            elif name in ("TUPLE", "LIST", "FROZENSET"):
                stack.append({"TUPLE": tuple, "LIST": list, "FROZENSET": frozenset}[name](since_mark()))
            elif name == "DICT":
                members = since_mark()
                stack.append(dict(zip(members[::2], members[1::2], strict=True)))
            elif name in ("SETITEMS", "APPENDS", "ADDITEMS"):
                members = since_mark()
                fill(stack[-1], members)
            elif name in ("SETITEM", "APPEND"):
                count = 2 if name == "SETITEM" else 1
                members = stack[-count:]
                del stack[-count:]
                fill(stack[-1], members)
            elif name == "GLOBAL":
                stack.append(known(argument))
            elif name == "STACK_GLOBAL":
                stack[-2:] = [known(f"{stack[-2]} {stack[-1]}")]
            elif name in ("REDUCE", "NEWOBJ"):
                function, arguments = stack[-2:]
                if not isinstance(function, Name):
                    raise Refused(f"it calls a {type(function).__name__}")
                stack[-2:] = [function(*arguments)]
            elif name == "BUILD":
                place = unfinished.pop(id(stack[-2]), None)
                stack[-2:] = [built(*stack[-2:])]
                if place is not None:
                    memo[place] = stack[-1]
            elif name == "BINPERSID" and storage is not None:
                stack[-1] = storage(*stack[-1])
            elif name == "STOP":
                return stack[-1], stream.tell()
            elif name not in SKIPPED:
                raise Refused(f"it has the instruction {name}")
    except RecursionError as error:
        raise TypeError("it is nested too deep") from error
    raise TypeError("its instructions end in the middle")
