"""What the tests share: the peer that numbers are held against, and a registry of ops that is put back."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import picograd
from picograd import ops
from picograd.ops.primitive import by_numpy

NO_PEER = "PyTorch is not installed"


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Every test starts from the same random numbers, whichever ran before it."""
    picograd.manual_seed(0)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


@pytest.fixture(scope="session")
def torch() -> Any:
    """PyTorch; without it the tests that compare with it are skipped, and the summary says how many."""
    try:
        return importlib.import_module("torch")
    except ImportError:
        pytest.skip(NO_PEER)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = sum(NO_PEER in str(report.longrepr) for report in terminalreporter.stats.get("skipped", []))
    if skipped:
        terminalreporter.write_line(f"{NO_PEER}: {skipped} comparisons with it were skipped")


ops.every_family()  # tests look ops up by name


@pytest.fixture
def registry() -> Iterator[dict[str, Any]]:
    """The registry of ops; what the test adds to it is taken out again."""
    registries = (ops.by_name, by_numpy)
    before = [dict(registry) for registry in registries]
    yield ops.by_name
    for registry, entries in zip(registries, before, strict=True):
        registry.clear()
        registry.update(entries)
