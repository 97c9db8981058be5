"""The Optimizer: parameter groups, state, and the step that all share. An optimizer itself is its formula."""

from __future__ import annotations

import copy
import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any, ClassVar

import numpy as np

from picograd.ops.promotion import kind
from picograd.recording import enable_grad
from picograd.tensor import Tensor

from .flat import BLOCK_BYTES, SMALL, Array, Flat, scratch_dtype

# Tensors; (name, Tensor) pairs; or groups, each {"params": Tensors or pairs, and the settings that differ for it}.
Params = Iterable[Tensor] | Iterable[tuple[str, Tensor]] | Iterable[dict[str, Any]]


class Optimizer:
    """Moves parameters along their gradients: what all optimizers have in common.

    `params`: Tensors, pairs (name, Tensor), or groups {"params": ..., settings of their own}; `defaults`: the settings
    of groups that have none of their own. `param_groups` and `state` are as in PyTorch, and so are the dicts of
    `state_dict`. A parameter that no backward pass has reached since its gradient was reset is skipped.

    An optimizer is a subclass with `_slots`, the names of its state arrays, and `_update`, its formula; `_check`
    refuses settings. One that brings a `step` of its own, as in PyTorch, needs none of them.

    Raises TypeError for what is no Tensor, ValueError for an empty list, a result of an op, or a parameter given twice.
    """

    _names: ClassVar[tuple[str, ...]] = ()  # all that the state of a parameter can hold; (): anything

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self.state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        self._prepare()
        if isinstance(params, Tensor):
            raise TypeError(
                f"{self._name}: one Tensor of shape {params.shape}: it takes a collection of parameters; "
                f"put it in a list"
            )
        self._check(defaults)
        groups: list[Any] = list(params)
        if not groups:
            raise ValueError(f"{self._name}: an empty list of parameters: there is nothing to move; give it some")
        if not isinstance(groups[0], dict):
            groups = [{"params": params if isinstance(params, set) else groups}]
        for group in groups:
            self.add_param_group(group)

    def _prepare(self) -> None:
        """What is derived from the rest: not copied and not saved."""
        self.steps_done = 0
        self._flats: list[tuple[dict[str, Any], Flat]] = []
        self._layout: list[Any] = []  # what `_flats` was made from
        self._scratch: dict[np.dtype[Any], tuple[Array, ...]] = {}

    @property
    def _name(self) -> str:
        return type(self).__name__

    # ---- what an optimizer defines ---------------------------------------------------------------------------------

    def _check(self, settings: dict[str, Any]) -> None:
        """Raise for settings of a group that can't be."""

    def _slots(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The names of the state arrays, each in the shape of its parameter, that this group's settings ask for."""
        return ()

    def _update(self, group: dict[str, Any], step: int, number: Callable[[float], Array]) -> Callable[..., None]:
        """The formula at step number `step` (from 1), with the constants in it made by `number`.

        A function update(p, g, t, d, *state) on arrays (n,): it writes `p` and the state arrays, in the order of
        `_slots`, and may compute in `t` and `d`; the gradient `g` is not its own.
        """
        raise NotImplementedError(
            f"{self._name}.step: an optimizer without a formula: it can't move anything; define _update or step in it"
        )

    # ---- the step --------------------------------------------------------------------------------------------------

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient; returns what `closure` returns, which computes loss and gradients.

        Raises ValueError for a gradient that does not fit its parameter. If it raises, nothing has been moved.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        # All that can fail comes before the first write; so NumPy must not raise in the middle of it either.
        flats = self._arrange()
        updates = [self._update(group, flat.steps + 1, flat.number) for group, flat in flats]
        for _, flat in flats:
            flat.load()
        with np.errstate(all="ignore"):
            for (_, flat), update in zip(flats, updates, strict=True):
                for arrays in flat.blocks(*self._scratch[flat.dtype]):
                    update(*arrays)
                flat.store(f"{self._name}.step")
        self.steps_done += 1
        return loss

    def _arrange(self) -> list[tuple[dict[str, Any], Flat]]:
        """Each group with its parameters to be moved as flat arrays: those of the last step while nothing changed."""
        if self._seen() != self._layout:
            self._layout = []
            self._flats = [(group, flat) for group in self.param_groups for flat in self._flatten(group)]
            self._layout = self._seen()
        return self._flats

    def _seen(self) -> list[Any]:
        """What the flat arrays depend on: parameters with a gradient, their memory and their state, by identity.

        Compared with that of the last step; what was seen then is alive in `_flats`, so that no id stands for another.
        """
        seen: list[Any] = []
        for group in self.param_groups:
            seen.append(self._slots(group))
            for p in group["params"]:
                g, value = p._grad, p.value
                if g is not None:
                    if g.shape != value.shape or g.dtype != value.dtype:
                        raise self._unfit(p, "a gradient", g, "reset it with zero_grad() and run backward again")
                    seen += id(p), id(value), *map(id, self.state[p].values())
        return seen

    def _flatten(self, group: dict[str, Any]) -> list[Flat]:
        """The parameters of `group` that have a gradient: the large ones each on its own, small ones together."""
        slots, together = self._slots(group), defaultdict[Any, list[Tensor]](list)
        for p in group["params"]:
            if p._grad is None:
                continue
            if not p.value.flags.writeable:
                raise self._unfit(
                    p, "read-only memory", p.value, "give it a copy that can be written (p.data = p.value.copy())"
                )
            state = self.state[p]
            for slot in slots:
                if state.get(slot) is not None and state[slot].shape != p.value.shape:
                    raise self._unfit(
                        p, slot, state[slot].value, "make a new optimizer after changing a parameter's shape"
                    )
            age = steps_of(state)
            together[(p.value.dtype, age) if p.value.size < SMALL else (p, age)].append(p)
            dtype = p.value.dtype
            if dtype not in self._scratch:
                self._scratch[dtype] = tuple(np.empty((2, BLOCK_BYTES // dtype.itemsize), scratch_dtype(dtype)))
        counted = "step" in self._names
        return [
            Flat(params, [self.state[p] for p in params], slots, steps, counted)
            for (_, steps), params in together.items()
        ]

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
        number = {id(p): k for k, p in enumerate(self._parameters())}
        state = {number.get(id(p), p): dict(entries) for p, entries in self.state.items() if entries}
        groups = [{**group, "params": [number[id(p)] for p in group["params"]]} for group in self.param_groups]
        # PyTorch's key order: the settings, then the parameters.
        groups = [{**{k: v for k, v in group.items() if k != "params"}, "params": group["params"]} for group in groups]
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned, from here or from PyTorch; the values are copied.

        Raises ValueError if groups, their sizes, names or shapes are not those of this optimizer, and then changes
        nothing.
        """
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
            kept = {key: group[key] for key in ("params", "param_names") if key in group}
            settings = {key: copied(value) for key, value in saved.items() if key != "params"}
            new_groups.append({**self.defaults, **settings, **kept})
            self._check(new_groups[-1])
        state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        for number, entries in state_dict["state"].items():
            if number not in params:
                raise ValueError(
                    f"{self._name}.load_state_dict: state of parameter {number}: the groups have no such parameter; "
                    f"load what state_dict() returned"
                )
            state[params[number]] = self._loaded(params[number], entries)
        self.state, self.param_groups = state, new_groups
        self._prepare()

    def _loaded(self, p: Tensor, saved: dict[str, Any]) -> dict[str, Any]:
        """The saved state of parameter `p` as a copy, in its dtype."""
        entries = {name: value for name, value in saved.items() if value is not None}  # None: not yet there
        if self._names and not set(entries) <= set(self._names):
            raise ValueError(
                f"{self._name}.load_state_dict: {', '.join(sorted(entries))} for {self._describe(p)}: this optimizer "
                f"keeps {', '.join(self._names)}; load the state of the same kind of optimizer"
            )
        for name, value in entries.items():
            if name == "step":
                entries[name] = Tensor._of(np.array(float(value), np.float32))
            elif hasattr(value, "__array__"):
                array = np.asarray(value)
                if self._names and array.shape != p.value.shape:
                    raise ValueError(
                        f"{self._name}.load_state_dict: {name} of shape {array.shape} for {self._describe(p)}: they "
                        f"must be equal; load the state of a model of the same shapes"
                    )
                entries[name] = Tensor._of(np.array(array, p.value.dtype if kind(array.dtype) >= 2 else array.dtype))
            else:
                entries[name] = copy.deepcopy(value)
        return entries

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


def steps_of(state: dict[str, Any]) -> int:
    """How many steps made this state; for an optimizer that does not count them, 1 if there were any."""
    return int(state["step"].item()) if "step" in state else int(any(value is not None for value in state.values()))


def copied(setting: Any) -> Any:
    """A setting of our own: another library's 0-d array as a number."""
    if hasattr(setting, "__array__") and not isinstance(setting, Tensor):
        return setting.item()
    return copy.deepcopy(setting)


# ---- checks of settings --------------------------------------------------------------------------------------------


def refuse(optimizer: Optimizer, unknown: dict[str, Any]) -> None:
    """Raise if there are arguments that the optimizer does not know."""
    if unknown:
        known = [name for name in inspect.signature(type(optimizer)).parameters if name not in ("params", "unknown")]
        raise TypeError(
            f"{type(optimizer).__name__}: unknown argument {', '.join(unknown)}: it is not among its settings; "
            f"it takes {', '.join(known)}"
        )


def out_of_range(optimizer: Optimizer, name: str, value: Any, rule: str) -> ValueError:
    """The error of a setting that can't be: `rule` says what can."""
    return ValueError(f"{type(optimizer).__name__}: {name} {value}: {rule}")


def at_least_zero(optimizer: Optimizer, settings: dict[str, Any], *names: str) -> None:
    """Raise unless each of these settings is a number, or a Tensor of one element, of at least 0."""
    for name in names:
        value = settings[name]
        if isinstance(value, Tensor) and value.value.size != 1:
            raise out_of_range(
                optimizer, name, f"of shape {value.shape}", "it is one number; give a 0-d Tensor or a float"
            )
        if not float(value) >= 0:  # nan too
            raise out_of_range(optimizer, name, value, "it must be at least 0; give another number")


def one_implementation(optimizer: Optimizer, settings: dict[str, Any]) -> None:
    """Raise for what PyTorch refuses too, and for a differentiable step."""
    name = type(optimizer).__name__
    if settings["differentiable"]:
        raise ValueError(
            f"{name}: differentiable=True: a step is not recorded, as gradients are arrays; leave it out, and "
            f"write the update with Tensors from autograd.grad(..., create_graph=True)"
        )
    if settings["fused"] and settings["foreach"]:
        raise ValueError(f"{name}: fused=True, foreach=True: they exclude each other; give one of them, or neither")
