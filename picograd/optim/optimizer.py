"""The Optimizer: parameter groups, state, hooks, and the step that all share. An optimizer itself is its formula."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any, ClassVar

import numpy as np

from picograd.ops.promotion import kind
from picograd.recording import enable_grad
from picograd.tensor import Tensor

from .hooks import Hooks
from .hooks import register_optimizer_step_post_hook as register_optimizer_step_post_hook
from .hooks import register_optimizer_step_pre_hook as register_optimizer_step_pre_hook

Array = np.ndarray[Any, Any]

# Tensors; (name, Tensor) pairs; or groups, each {"params": Tensors or pairs, and the settings that differ for it}.
Params = Iterable[Tensor] | Iterable[tuple[str, Tensor]] | Iterable[dict[str, Any]]
ParamsT = Params


class _Required:
    def __repr__(self) -> str:
        return "<required parameter>"


required: Any = _Required()  # a default that says: each group must give this setting


class Optimizer(Hooks):
    """Moves parameters along their gradients: what all optimizers have in common.

    `params`: Tensors, pairs (name, Tensor), or groups {"params": ..., settings of their own}; `defaults`: the settings
    of groups that have none of their own. `param_groups` and `state` are as in PyTorch, and so are the dicts of
    `state_dict`. A parameter that no backward pass has reached since its gradient was reset is skipped.

    An optimizer of one's own is a subclass with a `step`, as in PyTorch. Those here are `Elementwise`, a formula for
    each element, or define `_move`; `_check` refuses settings.

    Raises TypeError for what is no Tensor, ValueError for an empty list, a result of an op, a parameter given twice, or
    a setting that is `required` and not given.
    """

    _names: ClassVar[tuple[str, ...]] = ()  # all that the state of a parameter can hold; (): anything
    param_groups: list[dict[str, Any]]
    state: defaultdict[Any, dict[str, Any]]

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        self.defaults, self.state, self.param_groups = defaults, defaultdict(dict), []
        self._prepare()
        if isinstance(params, Tensor):
            raise TypeError(
                f"{self._name}: one Tensor of shape {params.shape}: it takes a collection of parameters; "
                f"put it in a list"
            )
        if not any(value is required for value in defaults.values()):
            self._check(defaults)
        groups: list[Any] = list(params)
        if not groups:
            raise ValueError(f"{self._name}: an empty list of parameters: there is nothing to move; give it some")
        if not isinstance(groups[0], dict):
            groups = [{"params": params if isinstance(params, set) else groups}]
        for group in groups:
            self.add_param_group(group)

    def _prepare(self) -> None:
        """Set what is derived from the rest: not copied and not saved."""

    @property
    def _name(self) -> str:
        return type(self).__name__

    # ---- the step --------------------------------------------------------------------------------------------------

    def _check(self, settings: dict[str, Any]) -> None:
        """Raise for settings of a group that can't be."""

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient; returns what `closure` returns, which computes loss and gradients.

        Raises ValueError for a gradient that does not fit its parameter. If it raises, nothing has been moved.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        self._move()
        return loss

    def _move(self) -> None:
        """Move the parameters; all that can fail comes before the first write."""
        raise NotImplementedError(
            f"{self._name}.step: an optimizer without a formula: it can't move anything; define step in it"
        )

    def _check_fit(self, p: Tensor) -> None:
        """Raise unless the gradient of `p` goes with it, and it can be written."""
        g, value = p._grad, p.value
        if g is not None and (g.shape != value.shape or g.dtype != value.dtype):
            raise self._unfit(p, "a gradient", g, "reset it with zero_grad() and run backward again")
        if not value.flags.writeable:
            raise self._unfit(
                p, "read-only memory", value, "give it a copy that can be written (p.data = p.value.copy())"
            )

    def _unfit(self, p: Tensor, what: str, array: Array, advice: str) -> Exception:
        """The error of an array that does not go with parameter `p`."""
        return ValueError(
            f"{self._name}.step: {what} of shape {array.shape}, {array.dtype} for {self._describe(p)}: it can't be "
            f"moved so; {advice}"
        )

    def _describe(self, p: Tensor) -> str:
        """Parameter `p` in a message: its number or name, shape and dtype."""
        names = [name for group in self.param_groups for name in group.get("param_names", group["params"])]
        number = next(k for k, q in enumerate(self._parameters()) if q is p)
        name = names[number] if isinstance(names[number], str) else number
        return f"parameter {name} of shape {p.value.shape}, {p.value.dtype}"

    def _parameters(self) -> list[Tensor]:
        """The parameters of all groups, in the order of their numbers."""
        return [p for group in self.param_groups for p in group["params"]]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Reset the gradients: each is zeros until a backward pass reaches its parameter, and `step` skips it.

        `set_to_none=False` leaves zeros that `step` does not skip, where there was a gradient: momentum goes on.
        """
        for p in self._parameters():
            p._grad = None if set_to_none or p._grad is None else np.zeros_like(p.value)

    # ---- groups ----------------------------------------------------------------------------------------------------

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Take in more parameters: {"params": ..., and the settings that differ from the defaults}."""
        if not isinstance(param_group, dict) or "params" not in param_group:
            raise TypeError(
                f"{self._name}: a {type(param_group).__name__} for a parameter group: it must be a dict with "
                f'"params"; give {{"params": [...], ...}}'
            )
        params = param_group["params"]
        if isinstance(params, set | frozenset):
            raise TypeError(
                f"{self._name}: a set of parameters: its order changes from run to run, and the saved state goes by "
                f"order; give a list"
            )
        entries = [params] if isinstance(params, Tensor) else list(params)
        named = [entry for entry in entries if isinstance(entry, tuple)]
        group = {**self.defaults, **param_group}
        for name, value in group.items():
            if value is required:
                raise ValueError(f"{self._name}: a group without {name}: it has no default; give it in each group")
        group["params"] = tensors = [entry[1] if isinstance(entry, tuple) else entry for entry in entries]
        if named:
            group["param_names"] = [entry[0] for entry in named]
        known = {id(p): k for k, p in enumerate(self._parameters())}
        for k, p in enumerate(tensors, len(known)):
            self._check_parameter(p, k, known)
            known[id(p)] = k
        with_names = {"param_names" in other for other in (group, *self.param_groups)}
        if len(with_names) == 2 or len(named) not in (0, len(entries)):
            raise ValueError(
                f"{self._name}: parameters with names and without: state is saved with all names or none; "
                f"give pairs (name, parameter) for all"
            )
        self._check(group)
        self.param_groups.append(group)

    def _check_parameter(self, p: Any, k: int, known: dict[int, int]) -> None:
        """Raise unless `p`, to be parameter number `k`, can be optimized beside the `known` ones."""
        if not isinstance(p, Tensor):
            raise TypeError(
                f"{self._name}: parameter {k} is a {type(p).__name__}: only Tensors can be optimized; "
                f"give Tensors that require a gradient"
            )
        if not p.is_leaf:
            raise ValueError(
                f"{self._name}: parameter {k} of shape {p.shape} is the result of an op: only a leaf can be moved; "
                f"give the Tensor that it was computed from, or detach() it and require a gradient"
            )
        if id(p) in known:
            raise ValueError(
                f"{self._name}: parameter {k} of shape {p.shape} is parameter {known[id(p)]} once more: it would be "
                f"moved twice a step; give each parameter once"
            )

    # ---- saving and loading ----------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """State and settings in PyTorch's layout: {"state": {number: {name: Tensor}}, "param_groups": [...]}.

        The parameters are numbered through all groups. The Tensors are the optimizer's own, as in PyTorch: clone them
        to keep them as they are now.
        """
        self._run("state_dict_pre", self)
        number = {id(p): k for k, p in enumerate(self._parameters())}
        state = {number.get(id(p), p): dict(entries) for p, entries in self.state.items() if entries}
        # PyTorch's key order: the settings, then the parameters.
        groups = [
            {key: value for key, value in group.items() if key != "params"}
            | {"params": [number[id(p)] for p in group["params"]]}
            for group in self.param_groups
        ]
        saved: dict[str, Any] = self._passed("state_dict_post", {"state": state, "param_groups": groups})
        return saved

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned, from here or from PyTorch; the values are copied.

        Raises ValueError if groups, their sizes, names or shapes are not those of this optimizer, and then changes
        nothing.
        """
        state_dict = self._passed("load_state_dict_pre", state_dict.copy())
        saved_groups, groups = state_dict["param_groups"], self.param_groups
        sizes, saved_sizes = ([len(group["params"]) for group in some] for some in (groups, saved_groups))
        if sizes != saved_sizes:
            raise ValueError(
                f"{self._name}.load_state_dict: groups of {saved_sizes} parameters for groups of {sizes}: they must be "
                f"equal; make the optimizer with the groups that were saved"
            )
        numbers = chain.from_iterable(group["params"] for group in saved_groups)
        params = dict(zip(numbers, self._parameters(), strict=True))
        new_groups = []
        for group, saved in zip(groups, saved_groups, strict=True):
            kept = {key: group[key] for key in ("param_names",) if key in group}
            settings = {key: copied(value) for key, value in saved.items() if key != "params"}
            new_groups.append({**self.defaults, **kept, **settings, "params": group["params"]})
            self._check(new_groups[-1])
        state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        for number, entries in state_dict["state"].items():
            if number in params:
                state[params[number]] = self._loaded(params[number], entries)
            elif isinstance(number, int):
                raise ValueError(
                    f"{self._name}.load_state_dict: state of parameter {number}: the groups have no such parameter; "
                    f"load what state_dict() returned"
                )
            else:  # of no parameter, but of an optimizer of one's own
                state[number] = entries
        self.__setstate__({"state": state, "param_groups": new_groups})
        self._run("load_state_dict_post", self)

    def _loaded(self, p: Tensor, saved: dict[str, Any]) -> dict[str, Any]:
        """The saved state of parameter `p` as a copy, in its dtype."""
        entries = {name: value for name, value in saved.items() if value is not None}  # None: not yet there
        if self._names and not set(entries) <= set(self._names):
            raise ValueError(
                f"{self._name}.load_state_dict: {', '.join(sorted(entries))} for {self._describe(p)}: this optimizer "
                f"keeps {', '.join(self._names)}; load the state of the same kind of optimizer"
            )
        return {name: self._taken(p, name, value) for name, value in entries.items()}

    def _taken(self, p: Tensor, name: str, value: Any) -> Any:
        """A copy of the saved entry `name`: arrays become Tensors in the dtype of `p`, but for the step's number."""
        if isinstance(value, dict):
            return {key: self._taken(p, str(key), entry) for key, entry in value.items()}
        if type(value) in (list, tuple):
            return type(value)([self._taken(p, name, entry) for entry in value])
        shape = self._shape(p, name)
        if shape == ():
            value = np.asarray(value)
        if not hasattr(value, "__array__") or isinstance(value, np.generic):
            return copy.deepcopy(value)
        array = np.asarray(value)
        if shape is not None and array.shape != shape:
            raise ValueError(
                f"{self._name}.load_state_dict: {name} of shape {array.shape} for {self._describe(p)}: "
                f"{'they' if shape == p.shape else f'it and {shape}'} must be equal; "
                f"load the state of a model of the same shapes"
            )
        if name == "step":
            dtype = np.dtype(np.float32) if shape == () else array.dtype
        else:
            dtype = p.dtype if kind(array.dtype) >= 2 else array.dtype
        return Tensor._of(np.array(array, np.result_type(dtype, np.float32) if shape == () else dtype))

    def _shape(self, p: Tensor, name: str) -> tuple[int, ...] | None:
        """The shape of the entry `name` in the state of `p`, () for a number; None: it may be any."""
        return None

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._prepare()

    def __repr__(self) -> str:
        text = f"{self._name} ("
        for k, group in enumerate(self.param_groups):
            text += f"\nParameter Group {k}\n"
            text += "".join(f"    {key}: {group[key]}\n" for key in sorted(group) if key != "params")
        return text + ")"


def copied(setting: Any) -> Any:
    """A setting of our own: another library's 0-d array as a number."""
    if hasattr(setting, "__array__") and not isinstance(setting, Tensor):
        return setting.item()
    return copy.deepcopy(setting)
