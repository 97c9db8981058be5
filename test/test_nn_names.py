"""Every public name of torch.nn and its rooms is here, or left out with a reason."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import Any

import pytest

import picograd
from picograd.left_out import REASONS

ROOMS = [
    "nn", "nn.functional", "nn.init", "nn.utils", "nn.utils.rnn", "nn.utils.parametrize", "nn.utils.parametrizations",
    "nn.utils.prune", "nn.utils.stateless", "nn.utils.fusion", "nn.utils.init", "nn.utils.clip_grad",
    "nn.utils.convert_parameters", "nn.utils.weight_norm", "nn.utils.spectral_norm", "nn.utils.memory_format",
    "nn.parameter", "nn.parallel", "nn.grad", "nn.common_types", "nn.attention", "nn.attention.bias",
    "nn.attention.flex_attention", "nn.modules.utils",
]  # fmt: skip
# What PyTorch's files have imported from elsewhere, or keep for TorchScript.
FOREIGN_NAMES = """
    Any BroadcastingList1 BroadcastingList2 BroadcastingList3 Callable DType GRID_SAMPLE_INTERPOLATION_MODES
    GRID_SAMPLE_PADDING_MODES Iterable Iterator Literal Optional OrderedDict ParamSpec TYPE_CHECKING Tensor TypeVar
    assert_int_or_pair boolean_dispatch handle_torch_function has_torch_function has_torch_function_unary
    has_torch_function_variadic reproducibility_notes sparse_support_notes tf32_notes annotations deprecated bind
    repeat Sequence contextmanager deepcopy Enum auto torch math Final Union NamedTuple product ConvTransposeNd cast
    overload Module UninitializedTensorMixin ABC abstractmethod"""
FOREIGN = set(FOREIGN_NAMES.split())


def names(module: Any) -> list[str]:
    """The public names of one of PyTorch's modules."""
    found = getattr(module, "__all__", None) or dir(module)
    return sorted(n for n in {*found} - FOREIGN if n[0] != "_" and not isinstance(getattr(module, n, None), ModuleType))


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_is_here_or_left_out(room: str, torch: Any) -> None:
    theirs = importlib.import_module(f"torch.{room}")
    ours = importlib.import_module(f"picograd.{room}")
    assert [name for name in names(theirs) if (room, name) not in REASONS and not hasattr(ours, name)] == []


def test_every_file_of_modules_is_a_path(torch: Any) -> None:
    for file in pkgutil.iter_modules(torch.nn.modules.__path__):
        if file.name in ("_functions", "linear_cross_entropy", "linear_cross_entropy_options"):
            continue  # their names are in loss, too
        theirs = importlib.import_module(f"torch.nn.modules.{file.name}")
        ours = importlib.import_module(f"picograd.nn.modules.{file.name}")
        assert ours is getattr(picograd.nn.modules, file.name)
        assert [n for n in getattr(theirs, "__all__", ()) if not hasattr(ours, n)] == [], file.name
    for path, private in (
        ("batchnorm", "_BatchNorm _NormBase"), ("conv", "_ConvNd _ConvTransposeNd _size_2_t"),
        ("loss", "_Loss _WeightedLoss"), ("dropout", "_DropoutNd"), ("instancenorm", "_InstanceNorm"),
        ("pooling", "_MaxPoolNd _AvgPoolNd _AdaptiveAvgPoolNd"), ("utils", "_single _pair _triple _ntuple"),
        ("lazy", "LazyModuleMixin"), ("module", "_IncompatibleKeys register_module_forward_hook"),
        ("transformer", "_get_clones _get_activation_fn"), ("linear", "NonDynamicallyQuantizableLinear"),
        ("container", "Container ParameterList ParameterDict Sequential"), ("rnn", "RNNBase apply_permutation"),
    ):  # fmt: skip
        ours = importlib.import_module(f"picograd.nn.modules.{path}")
        assert [n for n in private.split() if not hasattr(ours, n)] == [], path


def test_methods_of_module(torch: Any) -> None:
    missing = {n for n in dir(torch.nn.Module) if not n.startswith("_") and not hasattr(picograd.nn.Module, n)}
    assert missing == set()
    private = "_version _load_from_state_dict _save_to_state_dict _register_state_dict_hook _apply _get_name _call_impl"
    assert all(hasattr(picograd.nn.Module, n) for n in private.split())


@pytest.mark.parametrize(
    ("room", "name"), [place for place in REASONS if place[0].startswith("nn") and place[0] != "nn.utils"]
)
def test_what_is_left_out_says_so(room: str, name: str) -> None:
    thing = getattr(importlib.import_module(f"picograd.{room}"), name)
    with pytest.raises(NotImplementedError, match=f"picograd.{room}.{name}: .*; "):
        thing()
    if name[0].isupper():
        assert not isinstance(picograd.nn.ReLU(), thing)
