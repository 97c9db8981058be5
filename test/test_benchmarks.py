"""The benchmarks run, measure the same network in every library, and report what they measured."""

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

ROWS = {  # of a measure, one that must be there; cnn and lstm take longer and are the same function
    "tiny": "step",
    "mlp": "step",
    "gpt": "until the first step is done",
    "job": "epoch, test included",
    "adam": "354 parameters",
    "small": "sigmoid, only backward",
    "chain": "free, not walked",
    "ops": "softmax, 100, with backward",
    "load": "batches",
    "infer": "tiny, 99th percentile",
    "memory": "mlp, added",
    "import": "on disk, picograd-dl",
    "growth": "sequence 32",
}


@pytest.fixture(autouse=True)
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The benchmarks' modules import each other by their bare names; afterwards nobody else sees them."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield
    for name in [path.stem for path in BENCHMARKS.glob("*.py")]:
        sys.modules.pop(name, None)


def load(name: str) -> Any:
    return importlib.import_module(name)


def test_quick_runs_leave_their_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "figures.json"
    options = ["--rounds", "1", "--threads", "1", "--variants", "numpy", "--peers", "--quick", "--json", str(file)]
    load("compare").main(["--ops", "add", "softmax", "embedding", "SGD step", "--only", *ROWS, *options])
    found = json.loads(file.read_text())
    assert found["failed"] == []
    assert found["machine"]["threads"] == 1
    assert set(found["figures"]) == set(ROWS) == set(load("measures").MEASURES) - {"cnn", "lstm"}
    for measure, what in ROWS.items():
        row = found["figures"][measure][what]
        assert 0 <= row["picograd-numpy"]["min"] <= row["picograd-numpy"]["median"] <= row["picograd-numpy"]["max"]
    assert "picograd, NumPy alone" in capsys.readouterr().out


@pytest.mark.parametrize("work", ["tiny", "mlp", "cnn", "gpt", "lstm"])
def test_equal_parameters_give_equal_losses(work: str, torch: Any) -> None:
    networks, losses = load("networks"), {}
    network = networks.NETWORKS[work]
    x, target = networks.data(network, 1)[0]
    torch.manual_seed(0)
    parameters = {k: v.numpy() for k, v in network.make(networks.library("torch")).state_dict().items()}
    for name in ("torch", "picograd"):
        lib = networks.library(name)
        model = network.make(lib).eval()
        model.load_state_dict({k: lib.torch.from_numpy(v) for k, v in parameters.items()})
        losses[name] = network.loss(lib, model(lib.torch.from_numpy(x)), lib.torch.from_numpy(target)).item()
    assert losses["picograd"] == pytest.approx(losses["torch"], rel=1e-5)
    if importlib.util.find_spec("jax"):
        jax_text = load("networks_jax")
        assert jax_text.shapes(work) == {k: v.shape for k, v in parameters.items()}
        loss = jax_text.loss(work, parameters, x, target.astype(np.int32), None)
        assert float(loss) == pytest.approx(losses["torch"], rel=1e-5)


def test_every_op_is_the_same_in_both_libraries(torch: Any) -> None:
    ops, networks = load("ops"), load("networks")
    for name, op in ops.OPS.items():
        if name == "dropout":
            continue
        inputs, found = op.inputs(np.random.default_rng(0), 100), []
        for library in ("picograd", "torch"):
            lib = networks.library(library)
            tensors = [lib.torch.from_numpy(x.copy()) for x in inputs]
            leaves = [t.requires_grad_() for t in tensors if t.is_floating_point()]
            out = op.call(lib, *tensors)
            out.sum().backward()
            found.append([out.detach().numpy(), *(leaf.grad.numpy() for leaf in leaves)])
        if op.numpy is not None:
            found.append([op.numpy(*inputs)])
        for other in found[1:]:
            for mine, theirs in zip(found[0], other, strict=False):
                np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-5, err_msg=name)


def test_a_network_that_does_not_learn_has_no_figures() -> None:
    check = load("timing").check_training
    check("mlp", [2.0, 1.5, 1.0, 0.5], False)
    check("mlp", [1.0, 1.0], True)
    with pytest.raises(RuntimeError, match=r"mlp: the loss went from 1\.0000 to 1\.0000"):
        check("mlp", [1.0, 1.0, 1.0, 1.0], False)
    with pytest.raises(RuntimeError, match="a loss of nan"):
        check("mlp", [1.0, float("nan")], True)


def test_the_time_of_a_call() -> None:
    timing = load("timing")
    calls: list[int] = []
    assert 0 < timing.steady_time(lambda: calls.append(0), 0.001) < 0.001
    assert len(calls) > 100
    assert set(timing.quantiles("mlp", lambda: None, True)) == {"mlp, median", "mlp, 99th percentile"}


def made_up() -> Any:
    """Two rounds of a training step, a rate, growth and two ops, as they come from the processes."""
    rounds: Any = {}
    add = load("report").add
    for factor in (1.0, 1.2):
        for contestant, ms in (("picograd-numpy", 4), ("torch", 10), ("torch-fused", 5), ("jax", 8)):
            add(rounds, "mlp", contestant, {"step": (ms / 1e3 * factor, "s")})
        for contestant, rate in (("picograd-numpy", 300.0), ("torch", 100.0), ("numpy", 600.0)):
            add(rounds, "load", contestant, {"batches": (rate, "1/s")})
        for contestant, us in (("picograd-numpy", 3), ("torch", 6)):
            figures = {f"add, {n}, forward": (n * us * factor / 1e6, "s") for n in (1, 100)}
            add(rounds, "ops", contestant, figures)
        for contestant in ("picograd-numpy", "torch-fused"):
            axes = ("batch", "width", "depth", "sequence")
            add(rounds, "growth", contestant, {f"{axis} {n}": (n * factor, "s") for axis in axes for n in (1, 2, 4)})
    return rounds


def test_the_report() -> None:
    report = load("report")
    row = report.summary(made_up()["mlp"])["step"]
    assert row["picograd-numpy"]["median"] == pytest.approx(0.0044)
    assert (row["torch"]["min"], row["torch"]["max"]) == (0.01, 0.012)
    assert report.best_torch(row) == "torch-fused"
    assert row["ratio"] == {"picograd-numpy": {"torch": pytest.approx(0.8), "jax": pytest.approx(0.5)}}
    rate = report.summary(made_up()["load"])["batches"]["ratio"]["picograd-numpy"]
    assert rate == {"torch": pytest.approx(1 / 3), "numpy": pytest.approx(2)}, "a third of the time a batch"
    lines = report.tables(made_up())
    assert (
        "    picograd, NumPy alone         4.40 ms       4.00 - 4.80       0.800 of PyTorch, fused Adam"
        in "\n".join(lines)
    )
    assert [line.split()[-1] for line in lines if line.startswith("add, 1, forward")] == ["0.500"]
    assert [line.split()[-1] for line in lines if line.startswith("geometric mean, 100")] == ["0.500"]
    assert report.tables({}) == []
    alone = {"mlp": {"step": {"picograd-numpy": {"unit": "s", "rounds": [0.1]}}}}
    assert report.tables(alone)[-1].split() == ["picograd,", "NumPy", "alone", "100", "ms", "100", "-", "100"]


def test_the_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    picture, report = load("picture"), load("report")
    figures = {measure: report.summary(rows) for measure, rows in made_up().items()}
    said = picture.draw(figures, tmp_path / "figures.svg")
    assert len(said) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"figures.svg", "figures-growth.svg"}
    picture.draw({"growth": figures["growth"]}, tmp_path / "alone.png")
    assert (tmp_path / "alone.png").stat().st_size > 10_000
    assert picture.draw({}, tmp_path / "none.svg")[0].startswith("No picture: neither")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert picture.draw(figures, tmp_path / "none.svg") == [
        "No picture: matplotlib is not installed (pip install matplotlib)."
    ]


def test_what_was_measured_is_printed_when_it_is_stopped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    compare, calls = load("compare"), []

    def run(*pair: Any) -> Any:
        calls.append(pair)
        if len(calls) == 3:
            raise KeyboardInterrupt
        if pair[0] == "tiny":
            raise RuntimeError("no figures today")
        return {"step": (0.001, "s")}

    monkeypatch.setattr(compare, "run", run)
    compare.main(["--only", "tiny", "mlp", "--variants", "numpy", "--peers"])
    out = capsys.readouterr().out
    assert "1.00 ms" in out
    assert "tiny, picograd, NumPy alone: no figures today" in out
