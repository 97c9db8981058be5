"""Progress and history of a training, their curves, and what `watch` collects and warns of."""

from __future__ import annotations

import io
import itertools
import os
import re
import sys
import warnings
from typing import Any

import numpy as np
import pytest

import picograd
from picograd import Tensor, nn, optim
from picograd.io import load, save
from picograd.nn import functional as F
from picograd.viz import History, Progress, TrainingWarning, curves, history, watch
from picograd.watching import watch as watching

# ---- history --------------------------------------------------------------------------------------------------------


def test_a_history_is_plain_lists_that_a_checkpoint_takes(tmp_path: Any) -> None:
    measured = History()
    for k in range(3):
        measured.log(loss=Tensor(3.0 - k), accuracy=np.float32(k / 4))
    assert measured == {"loss": [3.0, 2.0, 1.0], "accuracy": [0.0, 0.25, 0.5]} and type(measured["loss"][0]) is float
    assert (measured.mean("loss"), measured.mean("loss", 2)) == (2.0, 1.5)
    save({"history": measured.state_dict()}, tmp_path / "a.safetensors")
    again = History(load(tmp_path / "a.safetensors")["history"])
    again.log(loss=0)
    assert again["loss"] == [3.0, 2.0, 1.0, 0.0] and measured["loss"] == [3.0, 2.0, 1.0]
    measured.load_state_dict({"error": [1]})
    assert measured == {"error": [1.0]}


def test_nothing_is_logged_by_halves() -> None:
    measured = History()
    with pytest.raises(TypeError, match="log: accuracy: 'high': it must be a number"):
        measured.log(loss=1.0, accuracy="high")
    assert measured == {}
    measured.log(loss=1)
    with pytest.raises(KeyError, match="mean: 'lss': nothing was logged under it; there is loss"):
        measured.mean("lss")


def test_tensorboard(tmp_path: Any, monkeypatch: Any) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "tensorboardX", None)
        patch.delitem(sys.modules, "picograd.utils.tensorboard", raising=False)
        with pytest.raises(ImportError, match=r"SummaryWriter: .* not installed: pip install tensorboardX"):
            History(tensorboard=tmp_path)
    pytest.importorskip("tensorboardX", reason="tensorboardX is not installed")
    measured = History(tensorboard=tmp_path / "run")
    measured.log(loss=1.5)
    measured.close()
    (file,) = os.listdir(tmp_path / "run")
    assert b"loss" in (tmp_path / "run" / file).read_bytes()


# ---- progress -------------------------------------------------------------------------------------------------------


class Clock:
    """Stands for perf_counter: each step takes as many seconds as it is told to."""

    def __init__(self, monkeypatch: Any) -> None:
        self.now = 100.0
        monkeypatch.setattr(history, "perf_counter", lambda: self.now)


def test_lines_when_not_on_a_terminal(capsys: Any, monkeypatch: Any) -> None:
    clock = Clock(monkeypatch)
    progress = Progress(100)
    for step in progress:
        clock.now += 4
        progress.log(loss=1 / (step + 1))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "step   3/100  loss 0.6111  0.25 steps/s  06:28 left"
    assert [int(re.findall(r"\d+", line)[0]) for line in lines[:4]] == [3, 6, 9, 12]  # each ten seconds, of four each
    assert [int(re.findall(r"\d+", line)[0]) for line in lines[-2:]] == [85, 94]  # later, a tenth of the time
    assert (progress.step, progress.seconds, len(progress.history["loss"])) == (100, 400.0, 100)


def test_quiet_and_quick_trainings_say_nothing(capsys: Any, monkeypatch: Any) -> None:
    clock = Clock(monkeypatch)
    for options, seconds in (({"quiet": True}, 100), ({"quiet": True, "lines": 1}, 1), ({"lines": 0}, 100), ({}, 0.1)):
        progress = Progress(20, **options)
        for _ in progress:
            clock.now += seconds
            progress.log(loss=1.0)
            if options.get("quiet"):
                progress.say("a word")
    assert capsys.readouterr() == ("", "")


def test_lines_at_steps(capsys: Any, monkeypatch: Any) -> None:
    clock = Clock(monkeypatch)
    progress = Progress(1000, start=994, lines=3, last=2, name="fold 1  ")
    for step in progress:
        clock.now += 0.001
        progress.log(loss=step)
        if step == 995:
            progress.say("half")
    assert capsys.readouterr().out.splitlines() == [
        "half",
        "fold 1  step  996/1000  loss 994.5  1,000 steps/s  00:00 left",
        "fold 1  step  999/1000  loss 997.5  1,000 steps/s  00:00 left",
    ]


def test_what_it_goes_through(capsys: Any, monkeypatch: Any) -> None:
    clock = Clock(monkeypatch)
    assert list(Progress("abc")) == ["a", "b", "c"] and Progress([1, 2], start=3).total == 5
    endless = Progress(iter(range(10**9)), unit="batches")
    for k in endless:
        clock.now += 12
        if k == 1:
            break
    assert capsys.readouterr().out == "step 1  0.0833 batches/s  ? left\n"
    assert endless.bar.disable  # and closed


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_a_terminal(monkeypatch: Any) -> Terminal:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("tqdm.std.tqdm.monitor_interval", 0)
    return terminal


def test_the_bar_on_a_terminal(monkeypatch: Any, capsys: Any) -> None:
    terminal = on_a_terminal(monkeypatch)
    progress = Progress(50)
    for _ in progress:
        progress.log(loss=0.25)
        progress.bar.refresh()
    drawn = terminal.getvalue()
    assert re.search(r"step 40/50  loss 0\.25  [\d,.e+]+ steps/s [█▉▊▋▌▍▎▏#0-9]+ +\d\d:\d\d left", drawn)
    assert drawn.rstrip(" ").endswith("\r") and capsys.readouterr().out == ""  # it is taken away in the end


@pytest.mark.parametrize(("columns", "widest"), [(200, 100), (60, 60), (25, 25)])
def test_a_bar_is_no_wider_than_the_terminal(columns: int, widest: int, monkeypatch: Any) -> None:
    terminal = on_a_terminal(monkeypatch)
    monkeypatch.setattr(history, "get_terminal_size", lambda otherwise: os.terminal_size((columns, 24)))
    progress = Progress(3)
    for _ in progress:
        progress.log(loss=1.0, accuracy=0.5, learning_rate=1e-3)
        progress.bar.refresh()
    assert max(map(len, re.split(r"[\r\n]", terminal.getvalue()))) == widest


def test_a_second_time_starts_again_and_an_error_takes_the_bar_away() -> None:
    progress = Progress([5, 6], start=1)
    assert [list(progress), list(progress)] == [[5, 6]] * 2 and progress.step == 3

    def failing(error: type[BaseException]) -> None:
        for step in progress:
            if step == 2:
                raise error

    for error in (ValueError, KeyboardInterrupt):
        progress = Progress(4)
        with pytest.raises(error):
            failing(error)
        assert progress.step == 2 and (progress.bar.disable or progress.bar.n == 2)


def test_what_is_no_history_and_no_progress_is_refused() -> None:
    for steps in (None, 3.5, -1):
        with pytest.raises(TypeError, match=r"Progress: .*: it goes through steps; give their number, or a loader"):
            Progress(steps)  # type: ignore[arg-type]
    assert list(Progress(np.int64(2))) == [0, 1]  # type: ignore[arg-type]

    class Dataset:  # by number only, as datasets are
        def __len__(self) -> int:
            return 3

        def __getitem__(self, k: int) -> int:
            return range(3)[k]

    assert list(progress := Progress(Dataset())) == [0, 1, 2] and progress.total == 3  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"History: a str: it takes lists of numbers by name; read a file first"):
        History("log.json")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"History: loss: a int: it must be a list of numbers; give one"):
        History({"loss": 3})
    with pytest.raises(TypeError, match=r"History: loss: 'x': it must be a number"):
        History({"loss": ["x"]})
    measured = History({"loss": [1.0]})
    for value, said in ((None, "None"), ("a", "'a'"), (np.ones(3), r"ndarray of shape \(3,\)")):
        with pytest.raises(TypeError, match=rf"log: loss: {said}: it must be a number; give loss.item\(\)"):
            measured.log(accuracy=1.0, loss=value)
    with pytest.raises(TypeError, match="it must be a list of numbers"):
        measured.load_state_dict({"a": [2.0], "b": 3})
    assert measured == {"loss": [1.0]}


# ---- curves ---------------------------------------------------------------------------------------------------------


def test_curves(tmp_path: Any) -> None:
    pytest.importorskip("matplotlib")
    rng = np.random.default_rng(0)
    measured = History(
        {"loss": 10.0 ** -np.linspace(0, 3, 500), "test_loss": [1, 0.1, 0.01], "accuracy": rng.random(7)}
    )
    figure = measured.plot(tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    loss, accuracy = figure.axes
    assert (loss.get_title("left"), accuracy.get_title("left")) == ("loss", "accuracy")
    raw, smooth, test = loss.lines
    assert (len(raw.get_xdata()), len(smooth.get_xdata()), loss.get_yscale()) == (500, 491, "log")
    np.testing.assert_allclose(test.get_xdata(), [500 / 3, 1000 / 3, 500])  # spread over the steps
    np.testing.assert_allclose(smooth.get_ydata()[0], np.mean(measured["loss"][:10]))
    assert accuracy.get_yscale() == "linear" and len(accuracy.lines) == 1
    assert len(curves(measured, names=["accuracy"]).axes) == 1
    assert len(curves({"loss": [1.0, float("nan")]}).axes) == 1


def test_a_notebook_shows_curves_and_files_are_checked(tmp_path: Any) -> None:
    pytest.importorskip("matplotlib")
    assert curves({"loss": [1.0]})._repr_png_().startswith(b"\x89PNG")
    assert len(curves({"loss": [1.0, 2.0], "other": []}, names="loss").axes) == 1
    with pytest.raises(FileNotFoundError, match=r"curves: .*no.a\.png: there is no folder .*no; make it"):
        curves({"loss": [1.0]}, tmp_path / "no" / "a.png")
    with pytest.raises(ValueError, match=r"curves: a.xyz: the ending says the format; give one of .*\.png"):
        curves({"loss": [1.0]}, tmp_path / "a.xyz")
    with pytest.raises(TypeError, match=r"curves: a list: it draws lists by name; give {'loss': \[...\]}"):
        curves([1.0])  # type: ignore[arg-type]
    with pytest.raises(KeyError, match="curves: 'a': nothing was logged under it; there is b"):
        curves({"a": [], "b": [1.0]})


def test_curves_of_nothing_and_without_matplotlib(monkeypatch: Any) -> None:
    with pytest.raises(KeyError, match="curves: 'los': nothing was logged under it; there is loss"):
        curves({"loss": [1.0]}, names=["los"])
    with pytest.raises(ValueError, match="curves: an empty history: there is nothing to draw; log something first"):
        curves({})
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"curves: it draws with a package .* not installed: pip install matplotlib"):
        curves({"loss": [1.0]})


# ---- watch ----------------------------------------------------------------------------------------------------------


def network(*sizes: int, activation: Any = nn.ReLU) -> nn.Sequential:
    layers: list[Any] = []
    for before, after in itertools.pairwise(sizes):
        layers += [nn.Linear(before, after), activation()]
    return nn.Sequential(*layers[:-1])


def train(model: Any, steps: int = 60, lr: float = 1e-3, kind: Any = optim.Adam, every: int = 2, **options: Any) -> Any:
    """The watch, and what it said."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1000, 16)).astype(np.float32)
    labels = x[:, :4].argmax(1)
    optimizer = kind(model.parameters(), lr=lr)
    with warnings.catch_warnings(record=True) as said, watch(model, every, **options) as watched:
        warnings.simplefilter("always", TrainingWarning)
        for _ in range(steps):
            at = rng.integers(0, 1000, 64)
            loss = F.cross_entropy(model(picograd.tensor(x[at])), picograd.tensor(labels[at]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        watched.close()
    return watched, [str(one.message) for one in said if one.category is TrainingWarning]


HEALTHY = {
    "relu": lambda: network(16, 64, 64, 4),
    "deep tanh": lambda: network(16, *[64] * 10, 4, activation=nn.Tanh),
    "norms": lambda: nn.Sequential(
        nn.Linear(16, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 32), nn.LayerNorm(32), nn.GELU(),
        nn.Linear(32, 4),
    ),
    "attention": lambda: nn.Sequential(
        nn.Unflatten(1, (4, 4)), nn.TransformerEncoderLayer(4, 2, 32, batch_first=True), nn.Flatten(), nn.Linear(16, 4)
    ),
    "convolutions": lambda: nn.Sequential(
        nn.Unflatten(1, (1, 4, 4)), nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.ReLU(),
        nn.Flatten(), nn.Linear(32, 4),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HEALTHY)
@pytest.mark.parametrize(("kind", "lr"), [(optim.Adam, 3e-3), (optim.SGD, 0.1)])
def test_nothing_is_said_of_healthy_networks(name: str, kind: Any, lr: float) -> None:
    watched, said = train(HEALTHY[name](), 200, lr, kind)
    assert said == [] and len(watched.norms) == 100


def test_what_is_collected() -> None:
    model = network(16, 8, 4)
    watched, _ = train(model, 10, every=3)
    assert list(watched.activations) == ["0", "1", "2"] and set(watched.gradients) == {"0", "2"}
    assert [sample.step for sample in watched.activations["0"]] == [1, 4, 7, 10]
    slope = watched.gradients["2"][-1]
    g = np.concatenate([model[2].weight.grad.ravel(), model[2].bias.grad.ravel()])
    assert slope.size == 36 == slope.counts.sum() + slope.zeros
    assert slope.rms == pytest.approx(np.sqrt(np.mean(np.square(g, dtype=np.float64))))
    relu = watched.activations["1"][0]
    assert 0 < relu.zeros < 1 and relu.counts.sum() == 64 * 8 and relu.edges[0] == 0
    assert str(watched).splitlines()[0].split() == ["layer", "mean", "std", "zeros", "gradient", "dead"]
    assert re.search(r"0 \(Linear 16 -> 8\) .* \d of 8\n", str(watched))


def test_it_leaves_no_trace() -> None:
    model = network(16, 8, 4)
    watched = watch(model)
    model(picograd.randn(2, 16))  # begun, and no backward pass comes
    assert watching.on
    with picograd.no_grad():
        model(picograd.randn(2, 16))
    assert not watching.on
    model(picograd.randn(2, 16)).sum().backward()
    watched.close()
    watched.close()
    assert not watching.on
    assert all(not module._forward_hooks for module in model.modules())
    before = [len(samples) for samples in watched.gradients.values()]
    model(picograd.randn(2, 16)).sum().backward()
    assert [len(samples) for samples in watched.gradients.values()] == before == [1, 1]


def test_watching_changes_no_number() -> None:
    def trained(look: bool) -> Any:
        picograd.manual_seed(0)
        model = network(16, 8, 4)
        watched = watch(model, 1) if look else None
        for _ in range(3):
            (model(picograd.randn(5, 16)) ** 2).sum().backward()
        if watched:
            watched.close()
        return [parameter.grad for parameter in model.parameters()]

    assert all(np.array_equal(a, b) for a, b in zip(trained(False), trained(True), strict=True))


def test_several_calls_a_step_and_layers_called_one_by_one() -> None:
    model = network(16, 8, 4)
    watched = watch(model, 1)
    for _ in range(4):
        (model[2](model[0](picograd.randn(5, 16))).sum() + model(picograd.randn(3, 16)).sum()).backward()
    watched.close()
    assert watched.step == 4 and len(watched.norms) == 4 and len(watched.activations["0"]) == 4


def test_vanishing_gradients() -> None:
    _, said = train(network(16, *[32] * 12, 4, activation=nn.Sigmoid))
    assert len(said) == 1
    assert re.match(
        r"0 \(Linear 16 -> 32\) and \d more: gradients vanish: \d\.?\d*e-\d\d \(root mean square\), where the largest "
        r"layer has 0\.\d+; normalisation, residual connections or another activation let them through$", said[0],
    )  # fmt: skip
    assert train(network(16, *[32] * 12, 4, activation=nn.Sigmoid), warn=False)[1] == []


def test_exploding_gradients() -> None:
    model = network(16, 32, 32, 32, 4)
    for parameter in model.parameters():
        parameter.value *= 300
    _, said = train(model)
    assert re.match(
        r".* \(Linear .*\): gradients explode: their norm is .*, against .* of the weights, and here", said[0]
    )
    assert len(said) == 1
    model = network(16, 32, 4)

    def steps() -> None:
        for k in range(30):
            model.zero_grad()
            (model(picograd.ones(8, 16)).square().mean() * (1e-3 if k < 12 else 1.0)).backward()

    with (
        watch(model, 1),
        pytest.warns(TrainingWarning, match=r"explode: .*, against .* at most in the first 10 samples"),
    ):
        steps()


def test_dead_units() -> None:
    model = network(16, 32, 32, 4)
    model[0].bias.value[:20] = -50
    watched, said = train(model)
    assert said == [
        "0 (Linear 16 -> 32): 20 of 32 units are dead: behind their relu they gave 0 in all of the last 20 batches "
        "looked at; a smaller learning rate, another initialisation or leaky_relu keeps them alive"
    ]
    assert watched.units["0"].dead == 20 and "20 of 32" in str(watched)
    assert train(model, dead=0.7)[1] == []

    class Net(nn.Module):  # relu as a function, of channels
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 4, 3)
            self.head = nn.Linear(16, 4)

        def forward(self, x: Any) -> Any:
            return self.head(F.relu(self.conv(x.reshape(-1, 1, 4, 4))).flatten(1))

    net = Net()
    net.conv.bias.value[:3] = -50
    _, said = train(net)
    assert len(said) == 1 and said[0].startswith("conv (Conv2d 1 -> 4): 3 of 4 units are dead")


def test_gradients_that_are_not_finite() -> None:
    model = network(16, 8, 4)

    def steps() -> None:
        for _ in range(3):
            (model(picograd.randn(2, 16)) * float("inf")).sum().backward()

    with watch(model, 1), np.errstate(all="ignore"), pytest.warns(TrainingWarning) as said:
        steps()
    assert len(said) == 1
    words = (
        r"0 \(Linear 16 -> 8\): \d+ of 136 elements of the gradient are nan or inf in step 1; autograd\.detect_anomaly"
    )
    assert re.match(words, str(said[0].message))


def test_the_picture(tmp_path: Any, monkeypatch: Any) -> None:
    pytest.importorskip("matplotlib")
    watched, _ = train(network(16, 8, 4), 6)
    figure = watched.plot(tmp_path / "layers.png")
    assert (tmp_path / "layers.png").read_bytes().startswith(b"\x89PNG")
    assert [axes.get_title("left") for axes in figure.axes][::2] == [
        "0 (Linear 16 -> 8)",
        "1 (ReLU)",
        "2 (Linear 8 -> 4)",
    ]
    assert len(watched.plot(most=2).axes) == 4
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"watch\.plot: it draws with a package .* pip install matplotlib"):
        watched.plot()


def test_mistakes_get_one_sentence() -> None:
    with pytest.raises(TypeError, match="watch: a list: it is no Module; give a network"):
        watch([])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="watch: every 0: it must be a number of steps; give 1 or more"):
        watch(nn.ReLU(), 0)
    with pytest.raises(ValueError, match=r"watch\.plot: no sample yet: there is nothing to draw; train for a step"):
        watch(nn.ReLU()).plot()
