"""What is left out says so; the page of differences shows the same list; and against PyTorch nothing else is missing.

`python test/test_left_out.py` writes the list into docs/differences.md.
"""

from __future__ import annotations

import importlib
import re
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import picograd
from picograd import Tensor, left_out

DOCS = Path(picograd.__file__).parents[1] / "docs" / "differences.md"
BEGIN, END = "## What is left out", "\n## "


def table() -> str:
    """The list as the page shows it: a row for each reason, the names by room."""
    rows: dict[str, list[str]] = {}
    for reason, rooms in left_out.LEFT_OUT_ROOMS.items():
        rows.setdefault(reason, []).append("the rooms " + ", ".join(f"`{room}`" for room in rooms.split()))
    for room, reasons in left_out.LEFT_OUT.items():
        for reason, names in reasons.items():
            listed = ", ".join(f"`{name}`" for name in names.split())
            rows.setdefault(reason, []).append(f"in `{room}`: {listed}" if room else listed)
    lines = [f"| {reason} | {'; '.join(names)} |" for reason, names in rows.items()]
    return "\n".join([
        BEGIN, "",
        "These names of PyTorch are here, and calling one raises NotImplementedError with the reason; a room among",
        "them can be imported, so that a program which only mentions it runs.", "",
        "| why, and what to do instead | names |", "|---|---|", *lines, "",
    ])  # fmt: skip


def on_the_page() -> str:
    text = DOCS.read_text()
    section = text[text.index(BEGIN) :]
    return section[: section.index(END, 1) + 1] if END in section[1:] else section


def test_the_page_shows_the_list() -> None:
    assert on_the_page() == table(), "run python test/test_left_out.py, which writes it"


def test_a_reason_is_a_sentence_that_says_what_to_do() -> None:
    for reason in {*left_out.REASONS.values(), *left_out.ROOMS.values()}:
        assert re.fullmatch(r"[a-zA-Z][^\n]+[^.]", reason) and re.search(r"[,;:] | there is none here", reason), reason


@pytest.mark.parametrize(("room", "name"), list(left_out.REASONS))
def test_calling_says_so(room: str, name: str) -> None:
    if room == "Tensor":
        found, path = getattr(Tensor([1.0]), name), name
    else:
        found, path = (
            getattr(importlib.import_module(f"picograd.{room}".rstrip(".")), name),
            f"{room}.{name}".lstrip("."),
        )
    if room != "Tensor" and path in left_out.ROOMS:
        assert isinstance(found, ModuleType)
        return
    with pytest.raises(NotImplementedError, match=rf"^(picograd\.)?{re.escape(path)}: ") as caught:
        found(1, key=2)
    assert left_out.REASONS[room, name] in str(caught.value)


@pytest.mark.parametrize("room", list(left_out.ROOMS))
def test_rooms_can_be_imported(room: str) -> None:
    module = importlib.import_module(f"picograd.{room}.deep.inside")
    with pytest.raises(NotImplementedError, match=rf"picograd\.{re.escape(room)}\.deep\.inside\.Something: "):
        module.Something(3)
    found = picograd
    for part in room.split("."):
        found = getattr(found, part)
    assert found is importlib.import_module(f"picograd.{room}") and (found.__doc__ or "").startswith("Left out: ")
    with pytest.raises(AttributeError):
        _ = found.__no_such_name__


def test_a_stand_in_can_be_asked_and_built_on() -> None:
    stand_in = picograd.sparse_coo_tensor
    assert not isinstance(3, stand_in) and isinstance(stand_in, type) and stand_in.__doc__.startswith("Left out: ")
    with pytest.raises(
        NotImplementedError, match=r"picograd\.sparse_coo_tensor\.from_rows: a value is one dense array"
    ):
        stand_in.from_rows(3)

    class Mine(picograd.fx.Tracer):  # type: ignore[name-defined,misc]
        pass

    with pytest.raises(NotImplementedError, match=r"picograd\.fx\.Tracer: "):
        Mine()
    with pytest.raises(AttributeError):
        _ = stand_in.__wrapped__


def test_a_dtype_that_is_left_out() -> None:
    x = Tensor([1.0])
    assert x.dtype != picograd.float8_e5m2 and x.dtype not in (picograd.qint8, picograd.float8_e4m3fn)
    for use in (lambda: picograd.zeros(2, dtype=picograd.qint8), lambda: x.to(picograd.float8_e5m2)):
        with pytest.raises(NotImplementedError, match=r"picograd.(qint8|float8_e5m2): "):
            use()
    assert np.dtype("float32") != picograd.qint8


# ---- against PyTorch -----------------------------------------------------------------------------------------------

# Names that are PyTorch's inside, though it exports them: by what they begin or end with, ...
INSIDE = re.compile(
    r"cudnn_|miopen_|mkldnn_|fbgemm_|quantized_|fused_|native_norm|sym_constrain|batch_norm_|has_|import_ir|merge_type|"
    r"parse_|unify_type|init_num_threads|is_autocast_|USE_|PRIVATE_|LoggerBase|StorageBase|TYPE_CHECKING|classproperty|"
    r"compiled_with|get_file_path|prepare_|profiler_|typename|.*_copy$"
)
# ... and the classes of its C++ extension that no program names (what one does is in left_out).
ROOMS_WITH_ALL = """amp cuda cuda.amp mps xpu cpu accelerator jit compiler profiler hub onnx multiprocessing random
    types testing distributed backends.cuda backends.mps backends.mkl autograd""".split()  # noqa: SIM905


def public(module: Any) -> set[str]:
    names = getattr(module, "__all__", None) or [
        n for n in dir(module) if not isinstance(getattr(module, n), ModuleType)
    ]
    return {name for name in names if not name.startswith("_") and not isinstance(getattr(module, name), ModuleType)}


def is_of_the_extension(torch: Any, name: str) -> bool:
    return hasattr(torch._C, name) and not hasattr(torch._C._VariableFunctions, name)


def test_every_name_of_torch_is_here_or_left_out(torch: Any) -> None:
    names = {name for name in public(torch) if not INSIDE.match(name) and not is_of_the_extension(torch, name)}
    assert {name for name in names if not hasattr(picograd, name)} - STILL_TO_COME == set()


def test_what_is_left_out_is_not_here_too() -> None:
    for room, name in left_out.REASONS:
        if room == "Tensor":
            assert vars(Tensor)[name].__doc__.startswith("Left out: "), name
        else:
            module = importlib.import_module(f"picograd.{room}".rstrip("."))
            assert name not in vars(module) or f"{room}.{name}".lstrip(".") in left_out.ROOMS, (room, name)


def test_every_method_of_a_tensor_is_here_or_left_out(torch: Any) -> None:
    names = {name for name in dir(torch.Tensor) if not name.startswith("_")}
    assert {name for name in names if not hasattr(Tensor, name)} - STILL_TO_COME == set()


@pytest.mark.parametrize("room", ROOMS_WITH_ALL)
def test_every_name_of_a_room_is_here_or_left_out(room: str, torch: Any) -> None:
    ours, theirs = importlib.import_module(f"picograd.{room}"), importlib.import_module(f"torch.{room}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some names are to go
        names = public(theirs)
    assert {name for name in names if not hasattr(ours, name)} == set()


def test_every_room_of_torch_is_here_or_left_out(torch: Any) -> None:
    rooms = {
        name for name, module in vars(torch).items()
        if isinstance(module, ModuleType) and module.__name__ == f"torch.{name}" and not name.startswith("_")
    }  # fmt: skip
    assert {room for room in rooms if not hasattr(picograd, room)} - STILL_TO_COME == set()


STILL_TO_COME: set[str] = set()  # what another change brings


if __name__ == "__main__":
    page = DOCS.read_text()
    DOCS.write_text(page.replace(on_the_page(), table()) if BEGIN in page else page.rstrip() + "\n\n" + table())
