"""The rooms of the house: imports go one way, and importing picograd costs little over NumPy."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import picograd

ROOT = Path(picograd.__file__).parent

# From the foundation up. A module may import what stands before it, and what stands beside it in the same room.
FLOORS = [
    "left_out later lines size gradient delayed kernels",
    "memory",
    "watching version",
    "recording engine devices",
    "profiler random",
    "ops",
    "dtypes storage",
    "functions",
    "inplace passes",
    "methods",
    "tensor",
    "complex_numbers",
    "making linalg special types testing torch_version",
    "autograd",
    "nn",
    "func",
    "utils",
    "fft optim datasets io viz distributions mps xpu cpu accelerator backends amp compiler jit hub onnx",
    "cuda _dynamo distributed multiprocessing __config__",
]
FLOOR = {room: k for k, rooms in enumerate(FLOORS) for room in rooms.split()}

FILES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def module_of(path: Path) -> list[str]:
    parts = list(path.relative_to(ROOT.parent).with_suffix("").parts)
    return parts[:-1] if parts[-1] == "__init__" else parts


def statements(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """The import statements, also those within functions; what only the type checker sees is left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        else:
            yield from statements(node)


def imported(path: Path) -> Iterator[str]:
    """The rooms of picograd that a file imports from; "picograd" for the top."""
    for node in statements(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        elif node.level:
            package = module_of(path) if path.name == "__init__.py" else module_of(path)[:-1]
            start = package[: len(package) - node.level + 1] + (node.module or "").split(".") * bool(node.module)
            names = [start] if len(start) > 1 else [[*start, alias.name] for alias in node.names]
        else:
            start = (node.module or "").split(".")
            names = [start] if len(start) > 1 or start != ["picograd"] else [[*start, a.name] for a in node.names]
        for name in names:
            if name[0] == "picograd":
                yield name[1] if len(name) > 1 else "picograd"


def test_every_file_has_a_floor() -> None:
    assert {module_of(path)[1] for path in FILES} <= set(FLOOR)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    room = module_of(path)[1]
    for other in imported(path):
        assert other in FLOOR, f"{path.name} imports from the top, which imports it: take {other} from its own module"
        assert FLOOR[other] < FLOOR[room] or other == room, f"{room} <- {other}"


def test_the_foundation_knows_no_ops() -> None:
    assert set(imported(ROOT / "memory.py")) == {"lines"}
    assert set(imported(ROOT / "engine.py")) == {"memory", "watching", "gradient", "delayed", "kernels"}


def ran(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_heavy_packages_are_imported_where_they_are_used() -> None:
    heavy = "matplotlib tqdm safetensors numba cupy torch pandas scipy PIL IPython nbformat requests"
    found = ran(f"import sys, picograd; print([name for name in '{heavy}'.split() if name in sys.modules])")
    assert found.strip() == "[]"


# What `import picograd` opens. It is what nearly every program needs; the rest is opened when it is first used.
# A module more costs every program a third of a millisecond: think first whether it can be opened late (later.py).
OPENED = {
    "": """autograd complex_numbers delayed devices dtypes engine functions gradient inplace kernels later left_out
        lines making memory methods ops passes random recording size storage tensor version watching""",
    "autograd": """anomaly_mode backward forward_ad function grad_mode gradcheck gradient graph joint linear_map
        variable""",
    "functions": """arithmetic draws elementwise indexing joining middle products reduction scatter shape sorting
        statistics vectors views writing""",
    "kernels": "blas coefficients threads",
    "making": "creation einops_bridge",
    "methods": "attributes bound conversions filling late layouts more",
    "ops": """activation arithmetic calls contraction dispatch distance elementwise exponential families fourier
        indexing layout movement nested out precise primitive promotion reduction rounding scan scatter search selection
        special spelling statistics trigonometry""",
    "watching": "anomaly inspection",
}
HEAVY = "dataclasses enum json tempfile inspect importlib.abc importlib.resources numpy.random string"


def test_what_the_import_opens() -> None:
    code = f"""
import sys, numpy
before = set(sys.modules)
import picograd
new = [name for name in sys.modules if name not in before]
print(*(name for name in new if name.startswith("picograd.")), *(name for name in {HEAVY.split()} if name in new))
"""
    names = {".".join(filter(None, ("picograd", room, name))) for room, text in OPENED.items() for name in text.split()}
    assert set(ran(code).split()) == names | {"picograd.Tensor"}


def test_what_is_opened_late_stays_open() -> None:
    code = """
import numpy as np, picograd, inspect
assert "lu_solve" not in vars(picograd) and "lu_solve" in dir(picograd)
solve = picograd.lu_solve
assert solve.__name__ == "old_lu_solve" and vars(picograd)["lu_solve"] is solve
x = picograd.eye(2)
assert x.det().item() == 1 and "p" in inspect.signature(picograd.Tensor.mvlgamma).parameters
assert x.lgamma_() is x and picograd.Tensor.lgamma_.__name__ == "lgamma_"
assert picograd.Tensor.lgamma is picograd.ops.gamma.lgamma is picograd.lgamma
"""
    ran(code)


def test_numpy_finds_ops_that_are_not_yet_imported() -> None:
    code = """
import numpy as np, picograd
from picograd.ops import by_name, every_family
assert "pinv" not in by_name
x = picograd.tensor([[2.0, 1.0], [0.0, 4.0]], requires_grad=True)
np.linalg.inv(x).sum().backward()
print("pinv" in by_name, bool(x.grad.any()))
"""
    assert ran(code).split() == ["True", "True"]


FIRST = """
import importlib, sys, picograd
always = set(sys.modules)
for room in sys.argv[1:]:
    for name in [name for name in sys.modules if name.partition(".")[0] == "picograd" and name not in always]:
        del sys.modules[name]
    importlib.import_module(f"picograd.{room}")
"""


def test_each_room_can_be_the_first_import() -> None:
    rooms = [room for room in FLOOR if (ROOT / room).exists() or (ROOT / f"{room}.py").exists()]
    subprocess.run([sys.executable, "-c", FIRST, *rooms], check=True)


def test_the_module_has_two_names() -> None:
    from picograd.Tensor import Tensor

    assert Tensor is picograd.Tensor and sys.modules["picograd.Tensor"] is sys.modules["picograd.tensor"]
