"""What of a module is saved, and taken over from what was saved: `state_dict` and `load_state_dict`."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..memory import wrote
from ..ops.promotion import kind
from ..tensor import Tensor
from .hooks import Hooked

EXTRA = "_extra_state"


class _Keys(NamedTuple):
    missing_keys: list[str]
    unexpected_keys: list[str]


class LoadedKeys(_Keys):
    """What `load_state_dict` returns: the names that it found no value for, and those that it has no place for."""

    __slots__ = ()

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"

    __str__ = __repr__


_IncompatibleKeys = LoadedKeys  # PyTorch's name for it


class Loading:
    """One `load_state_dict`: what it has written, to be undone if it fails, and what it will write at its end."""

    def __init__(self, assign: bool) -> None:
        self.assign = assign
        self.later: list[tuple[Tensor, np.ndarray[Any, Any]]] = []
        self.undo: list[tuple[Tensor, Any, Any]] = []  # Tensor, its array, the elements if these were overwritten

    def take(self, tensor: Tensor, array: np.ndarray[Any, Any], now: bool) -> None:
        """Let the Tensor take over an array: now, or when all is known to fit."""
        if not now:
            self.later.append((tensor, array))
            return
        self.undo.append((tensor, tensor.value, None if self.assign else tensor.value.copy()))
        self.write(tensor, array)

    def write(self, tensor: Tensor, array: np.ndarray[Any, Any]) -> None:
        """Give the Tensor the array, or copy its elements into the Tensor's own."""
        if self.assign:
            tensor.value = array
            if tensor.node is not None:
                tensor.node.shape = array.shape
        else:
            np.copyto(tensor.value, array, casting="unsafe")
            wrote(tensor.value, "load_state_dict")

    def finish(self) -> None:
        """Write what was put off. It is known to fit, so no way back has to be kept."""
        for tensor, array in self.later:
            self.write(tensor, array)

    def revert(self) -> None:
        """Put everything back."""
        for tensor, array, elements in reversed(self.undo):
            if elements is not None:
                np.copyto(array, elements)
            tensor.value = array
            if tensor.node is not None:
                tensor.node.shape = array.shape


class Stateful(Hooked):
    """What a Module has to do with state_dicts."""

    # Written into the state_dict's _metadata: a class that changes what it saves counts it up, and may then load what
    # an older version saved. None counts as 1.
    _version: int | None = 1
    _parameters: dict[str, Any]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Any]
    _non_persistent_buffers_set: set[str]

    def _own_state(self) -> Iterator[tuple[str, Tensor]]:
        """(name, Tensor) for what this module itself saves."""
        for name, tensor in (*self._parameters.items(), *self._buffers.items()):
            if tensor is not None and name not in self._non_persistent_buffers_set:
                yield name, tensor

    def get_extra_state(self) -> Any:
        """What is to be saved besides parameters and buffers; a class that defines it has it in its state_dict."""
        raise RuntimeError(
            f"get_extra_state: {type(self).__name__}: it has none; define get_extra_state and set_extra_state in it"
        )

    def set_extra_state(self, state: Any) -> None:
        """Take over what `get_extra_state` gave."""
        raise RuntimeError(
            f"set_extra_state: {type(self).__name__}: it takes none; define get_extra_state and set_extra_state in it"
        )

    def state_dict(
        self,
        *args: Any,
        destination: Any = None,
        prefix: str = "",
        keep_vars: bool = False,
    ) -> Any:
        """Path -> Tensor for all parameters and persistent buffers, detached (`keep_vars`: themselves).

        They share memory with the module: copy what shall outlast the next step. `prefix` comes before each path.
        Tied weights come under each of their names. Positional arguments are PyTorch's older form, in this order.
        """
        if args:
            destination, prefix, keep_vars = (list(args) + [destination, prefix, keep_vars][len(args) :])[:3]
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()  # each module's version
        local_metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = local_metadata
        for hook in self._state_dict_pre_hooks.values():
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook in self._state_dict_hooks.values():
            new = hook(self, destination, prefix, local_metadata)
            destination = destination if new is None else new
        return destination

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        """Put what this module itself saves, without the modules below, into `destination`."""
        for name, tensor in self._own_state():
            destination[prefix + name] = tensor if keep_vars else tensor.detach()
        if type(self).get_extra_state is not Stateful.get_extra_state:
            destination[prefix + EXTRA] = self.get_extra_state()

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> LoadedKeys:
        """Take over the values of a state_dict: Tensors, arrays or PyTorch's tensors under the same paths.

        With strict=False paths that only one side has are passed over, and returned. With `assign` the parameters take
        the arrays themselves, and their dtype, instead of copying.
        After an error (RuntimeError, with all that does not fit) nothing has changed.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(
                f"load_state_dict: a {type(state_dict).__name__}: it takes a mapping of names to values; "
                f"give what state_dict() returned"
            )
        keys, problems, loading = LoadedKeys([], []), list[str](), Loading(assign)
        metadata = getattr(state_dict, "_metadata", None)
        copy: Any = OrderedDict(state_dict)  # hooks may change it
        if metadata is not None:
            copy._metadata = metadata
        try:
            self._load_all(copy, "", metadata or {}, loading, keys, problems)
            if any(module._load_state_dict_post_hooks for module in self._all()):
                for tensor, array in loading.later:
                    loading.take(tensor, array, now=True)
                loading.later.clear()
                self._run_post_hooks(keys)
            problems = [*([] if not strict else self._strictly(keys)), *problems]
            if problems:
                raise RuntimeError(
                    f"load_state_dict: Error(s) in loading state_dict for {type(self).__name__}: "
                    f"{'; '.join(problems)}; nothing was loaded"
                )
        except BaseException:
            loading.revert()
            raise
        loading.finish()
        return keys

    @staticmethod
    def _strictly(keys: LoadedKeys) -> list[str]:
        """What is wrong with a state_dict that should have every path and no other."""
        return [
            f"{what} key(s) in state_dict: " + ", ".join(f'"{path}"' for path in paths)
            for what, paths in (("Missing", keys.missing_keys), ("Unexpected", keys.unexpected_keys))
            if paths
        ]

    def _all(self) -> Iterator[Any]:
        """This module and all below it."""
        yield self
        for module in self._modules.values():
            if module is not None:
                yield from module._all()

    def _run_post_hooks(self, keys: LoadedKeys) -> None:
        """The hooks for a state_dict that was loaded, those of modules below first."""
        for module in self._modules.values():
            if module is not None:
                module._run_post_hooks(keys)
        for hook in self._load_state_dict_post_hooks.values():
            if hook(self, keys) is not None:
                raise RuntimeError(
                    "load_state_dict post-hook: it returned something: it must return None; change the lists of keys "
                    "that it is given"
                )

    def _load_all(
        self, state: Any, prefix: str, metadata: Any, loading: Loading, keys: LoadedKeys, problems: list[str]
    ) -> None:
        """Load this module's part of a state_dict, then those of the modules below."""
        local = dict(metadata.get(prefix[:-1], {})) | {"assign_to_params_buffers": loading.assign, "loading": loading}
        self._load_from_state_dict(state, prefix, local, True, keys.missing_keys, keys.unexpected_keys, problems)
        parts: dict[str, OrderedDict[str, Any]] = {}  # each module's, found in one pass
        for path, value in state.items():
            name = path[len(prefix) :].partition(".")[0]
            parts.setdefault(name, OrderedDict())[path] = value
        for name, module in self._modules.items():
            if module is not None:
                part = parts.get(name, OrderedDict())
                module._load_all(part, f"{prefix}{name}.", metadata, loading, keys, problems)

    def _load_from_state_dict(
        self,
        state_dict: Any,
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Take over what this module itself saves, without the modules below.

        `state_dict` holds the paths that begin with `prefix`. What has no value, no place, or does not fit is added to
        the three lists.
        """
        for number, hook in self._load_state_dict_pre_hooks.items():
            module = (self,) if number in self._load_state_dict_pre_hooks_with_module else ()
            hook(*module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        loading = local_metadata.get("loading")
        assign = bool(local_metadata.get("assign_to_params_buffers", False))
        if loading is None:
            loading = Loading(assign)
        # A class that loads in its own way sees what it has loaded at once, as in PyTorch; else it is written at the
        # end, when everything is known to fit.
        now = type(self)._load_from_state_dict is not Stateful._load_from_state_dict or "loading" not in local_metadata
        own = dict(self._own_state())
        for name, tensor in own.items():
            path = prefix + name
            if path not in state_dict:
                missing_keys += [path] if strict else []
                continue
            array, problem = self._fitting(path, state_dict[path], tensor, assign)
            if problem:
                error_msgs.append(problem)
            else:
                loading.take(tensor, array, now)
        extra = prefix + EXTRA
        if type(self).set_extra_state is not Stateful.set_extra_state:
            if extra in state_dict:
                self.set_extra_state(state_dict[extra])
            elif strict:
                missing_keys.append(extra)
        elif strict and extra in state_dict:
            unexpected_keys.append(extra)
        if strict:
            for path in state_dict:
                name, dot, _ = path[len(prefix) :].partition(".")
                if (
                    path.startswith(prefix)
                    and path != extra
                    and (name not in self._modules if dot else name not in own)
                ):
                    unexpected_keys.append(path)

    def _fitting(self, path: str, value: Any, tensor: Tensor, assign: bool) -> tuple[Any, str]:
        """A state_dict's value as an array for the `tensor` at a path, and what is wrong with it ("" if nothing)."""
        try:
            array = np.asarray(value.detach() if hasattr(value, "detach") else value)
        except (TypeError, ValueError, RuntimeError) as error:
            return None, f"{path} is a {type(value).__name__} that is no array ({error})"
        shape = tensor.value.shape
        if not shape and array.shape == (1,):  # PyTorch once saved numbers so
            array = array.reshape(())
        if array.shape != shape:
            return None, f"size mismatch for {path}: it has shape {array.shape}, the module's {shape}"
        if kind(array.dtype) > 2 or (assign and kind(array.dtype) != kind(tensor.dtype)):
            return None, f"{path} is of {array.dtype}, the module's of {tensor.dtype}"
        if not assign and not tensor.value.flags.writeable:
            return None, f"{path} can't be written, as the module's array is read-only (assign=True replaces it)"
        return array, ""
