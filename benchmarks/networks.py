"""The networks that are trained, in PyTorch's text: the library is imported by name, the text is the same for both."""

from __future__ import annotations

import importlib
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
from measures import Contestant, Settings
from timing import BEGIN, Figures, check_training, clock, quantiles

Array = npt.NDArray[Any]
Batch = tuple[Array, Array]  # what goes in, what should come out

VOCABULARY = 65  # characters, as in the plays of Shakespeare
CONTEXT = 64  # characters in a sequence


def library(name: str) -> Any:
    """The parts of a library that a program in PyTorch's text uses: torch, nn, F, optim."""
    parts = {"torch": "", "nn": ".nn", "F": ".nn.functional", "optim": ".optim"}
    return SimpleNamespace(**{part: importlib.import_module(name + where) for part, where in parts.items()})


# ---- the networks ---------------------------------------------------------------------------------------------------


def tiny(lib: Any) -> Any:
    nn = lib.nn
    return nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 2))


def mlp(lib: Any) -> Any:
    nn, F = lib.nn, lib.F

    class MLP(nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.fc1, self.fc2, self.fc3 = nn.Linear(784, 800), nn.Linear(800, 800), nn.Linear(800, 10)
            self.dropout = nn.Dropout(0.5)

        def forward(self, x: Any) -> Any:  # (N, 784)
            x = self.dropout(F.relu(self.fc1(x)))  # (N, 800)
            x = self.dropout(F.relu(self.fc2(x)))
            return F.log_softmax(self.fc3(x), dim=1)  # (N, 10)

    return MLP()


def cnn(lib: Any) -> Any:
    torch, nn, F = lib.torch, lib.nn, lib.F

    class CNN(nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.conv2 = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
            self.fc1, self.fc2 = nn.Linear(9216, 128), nn.Linear(128, 10)
            self.dropout1, self.dropout2 = nn.Dropout(0.25), nn.Dropout(0.5)

        def forward(self, x: Any) -> Any:  # (N, 1, 28, 28)
            x = F.relu(self.conv1(x))  # (N, 32, 26, 26)
            x = F.relu(self.conv2(x))  # (N, 64, 24, 24)
            x = self.dropout1(F.max_pool2d(x, 2))  # (N, 64, 12, 12)
            x = self.dropout2(F.relu(self.fc1(torch.flatten(x, 1))))  # (N, 128)
            return F.log_softmax(self.fc2(x), dim=1)  # (N, 10)

    return CNN()


def gpt(lib: Any, layers: int = 4, heads: int = 4, width: int = 128, context: int = CONTEXT) -> Any:
    torch, nn, F = lib.torch, lib.nn, lib.F

    class Block(nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.project = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def attend(self, x: Any) -> Any:  # (N, T, C)
            N, T, C = x.shape
            q, k, v = (
                t.view(N, T, heads, C // heads).transpose(1, 2)  # (N, heads, T, C / heads)
                for t in self.qkv(x).split(C, dim=2)
            )
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.project(y.transpose(1, 2).contiguous().view(N, T, C))

        def forward(self, x: Any) -> Any:  # (N, T, C)
            x = x + self.attend(self.norm1(x))
            return x + self.narrow(F.gelu(self.wide(self.norm2(x))))

    class GPT(nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.token, self.position = nn.Embedding(VOCABULARY, width), nn.Embedding(context, width)
            self.blocks = nn.ModuleList([Block() for _ in range(layers)])
            self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, VOCABULARY, bias=False)

        def forward(self, tokens: Any) -> Any:  # (N, T)
            x = self.token(tokens) + self.position(torch.arange(tokens.shape[1]))  # (N, T, C)
            for block in self.blocks:
                x = block(x)
            return self.head(self.norm(x))  # (N, T, VOCABULARY)

    return GPT()


def lstm(lib: Any) -> Any:
    nn = lib.nn

    class CharacterLSTM(nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.token = nn.Embedding(VOCABULARY, 256)
            self.lstm = nn.LSTM(256, 256, num_layers=2, batch_first=True)
            self.head = nn.Linear(256, VOCABULARY)

        def forward(self, tokens: Any) -> Any:  # (N, T)
            out, _ = self.lstm(self.token(tokens))  # (N, T, 256)
            return self.head(out)  # (N, T, VOCABULARY)

    return CharacterLSTM()


# ---- what they learn from: random, and learnable --------------------------------------------------------------------


def points(rng: np.random.Generator) -> Batch:
    """Points of the plane; which side of a line they are on."""
    x = rng.standard_normal((100, 2), np.float32)
    return x, (x[:, 0] > x[:, 1]).astype(np.int64)


def images(rng: np.random.Generator, shape: tuple[int, ...]) -> Batch:
    """Noise in MNIST's shapes, and over it the stripe of pixels that is the class's own."""
    target = rng.integers(0, 10, shape[0])
    x = rng.random((shape[0], 784), np.float32)
    for image, digit in zip(x, target, strict=True):
        image[78 * digit : 78 * digit + 78] += 0.5
    return x.reshape(shape), target


def characters(rng: np.random.Generator, batch: int, context: int = CONTEXT) -> Batch:
    """Sequences in which a character is mostly the successor of the one before; some are more frequent."""
    jumps = rng.random((batch, context + 1)) < 0.2
    steps = np.where(jumps, (VOCABULARY * rng.random(jumps.shape) ** 2).astype(np.int64), 1)
    text = np.cumsum(steps, axis=1) % VOCABULARY
    return text[:, :-1].copy(), text[:, 1:].copy()


# ---- the losses -----------------------------------------------------------------------------------------------------


def cross_entropy(lib: Any, logits: Any, target: Any) -> Any:
    return lib.F.cross_entropy(logits, target)


def nll(lib: Any, log_probabilities: Any, target: Any) -> Any:
    return lib.F.nll_loss(log_probabilities, target)


def every_position(lib: Any, logits: Any, target: Any) -> Any:
    return lib.F.cross_entropy(logits.view(-1, VOCABULARY), target.view(-1))


@dataclass(frozen=True)
class Network:
    """A network, its loss, a batch of its data, and the steps that are timed after those that warm up."""

    make: Callable[[Any], Any]
    loss: Callable[[Any, Any, Any], Any]
    batch: Callable[[np.random.Generator], Batch]
    steps: int
    warm_up: int = 10


NETWORKS = {
    "tiny": Network(tiny, cross_entropy, points, steps=1000, warm_up=50),
    "mlp": Network(mlp, nll, lambda rng: images(rng, (64, 784)), steps=150, warm_up=20),
    "cnn": Network(cnn, nll, lambda rng: images(rng, (64, 1, 28, 28)), steps=25),
    "gpt": Network(gpt, every_position, lambda rng: characters(rng, 12), steps=40),
    "lstm": Network(lstm, every_position, lambda rng: characters(rng, 32), steps=20),
}


# ---- a training step ------------------------------------------------------------------------------------------------


def data(network: Network, count: int) -> list[Batch]:
    """The batches that every contestant trains on, in turn."""
    rng = np.random.default_rng(0)
    return [network.batch(rng) for _ in range(count)]


def course(network: Network, settings: Settings) -> tuple[list[Batch], int, int]:
    """The batches that take turns, the steps that warm up, the steps that are timed."""
    if settings.quick:
        return data(network, 1), 1, 1
    return data(network, 16), network.warm_up, network.steps


def make_optimizer(lib: Any, model: Any, variant: str) -> Any:
    """Adam; for PyTorch as its variant says."""
    return lib.optim.Adam(model.parameters(), lr=1e-3, **({"fused": True} if variant in ("fused", "compile") else {}))


def step(work: str, who: Contestant, settings: Settings) -> Figures:
    """Seconds of a training step: gradients emptied, forward, loss, backward, Adam; and until the first one is done."""
    network, lib = NETWORKS[work], library(who.library)
    torch = lib.torch
    batches, warm_up, steps = course(network, settings)
    tensors = [(torch.from_numpy(x), torch.from_numpy(target)) for x, target in batches]
    torch.manual_seed(0)
    model = network.make(lib)
    optimizer = make_optimizer(lib, model, who.variant)
    if who.variant == "compile":
        model = torch.compile(model)
    seconds, losses, first = [], [], 0.0
    for k in range(warm_up + steps):
        x, target = tensors[k % len(tensors)]
        begin = clock()
        optimizer.zero_grad()
        loss = network.loss(lib, model(x), target)
        loss.backward()
        optimizer.step()
        seconds.append(clock() - begin)
        losses.append(loss.item())
        first = first or clock() - BEGIN
    check_training(work, losses, settings.quick)
    return {"step": (statistics.median(seconds[warm_up:]), "s"), "until the first step is done": (first, "s")}


# ---- an answer ------------------------------------------------------------------------------------------------------


def latency(work: str, who: Contestant, settings: Settings) -> Figures:
    """Seconds from a single example to the network's answer: the median, and what one in a hundred exceeds."""
    lib, figures = library(who.library), Figures()
    torch = lib.torch
    for name in ("tiny", "mlp"):
        model = NETWORKS[name].make(lib).eval()
        if who.variant == "compile":
            model = torch.compile(model)
        x = torch.from_numpy(data(NETWORKS[name], 1)[0][0][:1])
        with torch.no_grad():
            figures |= quantiles(name, partial(model, x), settings.quick)
    return figures
