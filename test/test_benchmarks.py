"""The benchmarks run, and measure the same network in every library."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture(autouse=True)
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The benchmarks' modules import each other by their bare names; afterwards nobody else sees them."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield
    for name in [path.stem for path in BENCHMARKS.glob("*.py")]:
        sys.modules.pop(name, None)


@pytest.mark.parametrize("work", ["tiny", "mlp", "gpt"])
def test_a_quick_run_leaves_its_rows(work: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare: Any = importlib.import_module("compare")
    file = tmp_path / "figures.json"
    options = ["--rounds", "1", "--threads", "1", "--variants", "numpy", "--peers", "--quick", "--json", str(file)]
    compare.main(["--only", work, *options])
    found = json.loads(file.read_text())
    assert found["failed"] == []
    assert found["machine"]["threads"] == 1
    row = found["figures"][work]["step"]
    assert row["unit"] == "s"
    assert row["picograd-numpy"]["min"] <= row["picograd-numpy"]["median"] <= row["picograd-numpy"]["max"]
    assert "picograd, NumPy alone" in capsys.readouterr().out


@pytest.mark.parametrize("work", ["tiny", "mlp", "cnn", "gpt", "lstm"])
def test_equal_parameters_give_equal_losses(work: str, torch: Any) -> None:
    networks: Any = importlib.import_module("networks")
    network, losses = networks.NETWORKS[work], {}
    x, target = networks.data(network, 1)[0]
    torch.manual_seed(0)
    parameters = {k: v.numpy() for k, v in network.make(networks.library("torch")).state_dict().items()}
    for name in ("torch", "picograd"):
        lib = networks.library(name)
        model = network.make(lib).eval()
        model.load_state_dict({k: lib.torch.from_numpy(v) for k, v in parameters.items()})
        loss = network.loss(lib, model(lib.torch.from_numpy(x)), lib.torch.from_numpy(target))
        losses[name] = loss.item()
    assert losses["picograd"] == pytest.approx(losses["torch"], rel=1e-5)
    if importlib.util.find_spec("jax"):
        jax_text: Any = importlib.import_module("networks_jax")
        assert jax_text.shapes(work) == {k: v.shape for k, v in parameters.items()}
        loss = jax_text.LOSSES[work](parameters, x, target.astype(np.int32), None)
        assert float(loss) == pytest.approx(losses["torch"], rel=1e-5)
