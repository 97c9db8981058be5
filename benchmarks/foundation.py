"""How fast the foundation is, beside PyTorch where that is installed.

    python benchmarks/foundation.py                         # all tables, about four minutes
    python benchmarks/foundation.py --only step ops --rounds 3 --json figures.json

Each measurement runs in a process of its own with `--threads` threads; the processes of the contestants take turns, so
that a disturbance of the machine meets all of them. A figure is the median over the rounds, beside it the lowest and
the highest round. Only Python's own modules, NumPy and the contestants are needed.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import itertools
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

clock = time.perf_counter


# ---- what is measured: these run in the processes -------------------------------------------------------------------


def step(library: str, variant: str) -> dict[str, float]:
    """Seconds of a training step of a 784-800-800-10 network: ReLU, dropout 0.5, log_softmax, nll_loss, Adam, batch 64.

    The same text for both libraries, as PyTorch code runs with its import changed. Random images in MNIST's shapes.
    """
    import numpy as np

    torch = importlib.import_module(library)
    nn, F = importlib.import_module(f"{library}.nn"), importlib.import_module(f"{library}.nn.functional")
    optim = importlib.import_module(f"{library}.optim")

    class MLP(nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.fc1, self.fc2, self.fc3 = nn.Linear(784, 800), nn.Linear(800, 800), nn.Linear(800, 10)
            self.dropout = nn.Dropout(0.5)

        def forward(self, x: Any) -> Any:  # (64, 784)
            x = self.dropout(F.relu(self.fc1(x)))  # (64, 800)
            x = self.dropout(F.relu(self.fc2(x)))
            return F.log_softmax(self.fc3(x), dim=1)  # (64, 10)

    rng = np.random.default_rng(0)
    batches = [
        (torch.from_numpy(rng.random((64, 784), np.float32)), torch.from_numpy(rng.integers(0, 10, 64)))
        for _ in range(16)
    ]
    torch.manual_seed(0)
    model = MLP()
    optimizer = optim.Adam(model.parameters(), lr=1e-3, **({"fused": True} if variant == "fused" else {}))
    seconds = []
    for k in range(20 + 150):  # the first 20 warm up
        x, target = batches[k % 16]
        begin = clock()
        optimizer.zero_grad()
        loss = F.nll_loss(model(x), target)
        loss.backward()
        optimizer.step()
        seconds.append(clock() - begin)
    if not math.isfinite(loss.item()):
        raise RuntimeError(f"step: a loss of {loss.item()}: the network did not train; the figures mean nothing")
    return {"step": statistics.median(seconds[20:])}


def adam(library: str, variant: str) -> dict[str, float]:
    """Seconds of Adam's step alone: on that network's 1.3 M parameters, and on a 2-16-16-2 network's 354."""
    import numpy as np

    torch, optim = importlib.import_module(library), importlib.import_module(f"{library}.optim")
    rng, figures = np.random.default_rng(0), {}
    for name, widths, steps in (("1.3 M", (784, 800, 800, 10), 150), ("354", (2, 16, 16, 2), 2000)):
        shapes = [shape for m, n in itertools.pairwise(widths) for shape in ((n, m), (n,))]
        params = [torch.from_numpy(rng.standard_normal(shape, np.float32)) for shape in shapes]
        for p in params:
            p.requires_grad_()
            p.grad = torch.from_numpy(rng.standard_normal(tuple(p.shape), np.float32))
        optimizer = optim.Adam(params, **({"fused": True} if variant == "fused" else {}))
        figures[name] = median_time(optimizer.step, steps)
    return figures


def ops(library: str, variant: str) -> dict[str, float]:
    """Seconds of small ops, 2 x 2 float32, forward and backward: per op of a chain of 100."""
    import numpy as np

    torch = importlib.import_module(library)

    def leaf(values: list[list[float]]) -> Any:
        return torch.from_numpy(np.array(values, np.float32)).requires_grad_()

    x, ones, turn = leaf([[0.5, 0.1], [0.2, 0.4]]), leaf([[1, 1], [1, 1]]), leaf([[0.8, 0.6], [-0.6, 0.8]])
    seed = torch.from_numpy(np.ones((2, 2), np.float32))
    links: dict[str, Callable[[Any], Any]] = {
        "add": lambda t: t + ones,
        "sub": lambda t: t - ones,
        "mul": lambda t: t * ones,
        "mul by a number": lambda t: t * 1.0,
        "tanh": lambda t: t.tanh(),
        "relu": lambda t: t.relu(),
        "exp of -t": lambda t: (t * -1.0).exp(),  # two ops a link: exp on its own overflows in a chain
        "sigmoid": lambda t: t.sigmoid(),
        "matmul": lambda t: t @ turn,
    }
    figures = {}
    for name, link in links.items():
        forward, backward = [], []
        length = 50 if name == "exp of -t" else 100
        for _ in range(120):
            x.grad = ones.grad = turn.grad = None
            begin = clock()
            t = x
            for _ in range(length):
                t = link(t)
            middle = clock()
            t.backward(seed)
            end = clock()
            forward.append((middle - begin) / 100)
            backward.append((end - middle) / 100)
        del t
        figures[f"{name}, forward"] = statistics.median(forward[20:])
        figures[f"{name}, backward"] = statistics.median(backward[20:])
        figures[name] = figures[f"{name}, forward"] + figures[f"{name}, backward"]
    return figures


def imports(library: str, variant: str) -> dict[str, float]:
    """Seconds of the import in a fresh process."""
    begin = clock()
    importlib.import_module(library)
    return {"import": clock() - begin}


def chain(library: str, variant: str) -> dict[str, float]:
    """A chain of a million ops on 2 x 2: seconds to build it, walk it back and free it, and the memory it takes."""
    import numpy as np

    torch = importlib.import_module(library)
    x = torch.from_numpy(np.ones((2, 2), np.float32)).requires_grad_()
    seed = torch.from_numpy(np.ones((2, 2), np.float32))
    (x * 1.0).backward(seed)
    figures = {"MB before": megabytes()}

    def build() -> Any:
        t = x
        for _ in range(1_000_000):
            t = t * 1.0
        return t

    begin = clock()
    t = build()
    figures |= {"build": clock() - begin, "MB built": megabytes()}
    begin = clock()
    t.backward(seed)
    figures["walk"] = clock() - begin
    begin = clock()
    del t
    figures |= {"free": clock() - begin, "MB freed": megabytes()}
    t = build()
    begin = clock()
    del t
    figures |= {"free unwalked": clock() - begin, "MB in the end": megabytes()}
    return figures


def median_time(call: Callable[[], Any], times: int) -> float:
    """Seconds of a call, after a tenth as many that are left out."""
    seconds = []
    for _ in range(times + times // 10):
        begin = clock()
        call()
        seconds.append(clock() - begin)
    return statistics.median(seconds[times // 10 :])


def megabytes() -> float:
    """The memory this process occupies now; nan where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return math.nan
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


# ---- who is measured, and how often ---------------------------------------------------------------------------------

Contestant = tuple[str, str]  # library, variant
MEASURES: dict[str, Callable[[str, str], dict[str, float]]] = {
    "step": step,
    "adam": adam,
    "ops": ops,
    "import": imports,
    "chain": chain,
}
CONTESTANTS: dict[str, list[Contestant]] = {
    "step": [("picograd", ""), ("torch", "default"), ("torch", "fused")],
    "adam": [("picograd", ""), ("torch", "default"), ("torch", "fused")],
    "ops": [("picograd", ""), ("torch", "")],
    "import": [("numpy", ""), ("picograd", "")],
    "chain": [("picograd", ""), ("torch", "")],
}
IMPORTS = 15  # rounds of imports; they are short and vary much
Figures = dict[str, dict[str, list[float]]]  # contestant -> what -> one figure a round


def measure(name: str, rounds: int, threads: int) -> Figures:
    """The figures of all contestants, round after round."""
    count = str(threads)
    environment = {**os.environ, "OMP_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": count, "MKL_NUM_THREADS": count}
    contestants = [c for c in CONTESTANTS[name] if importlib.util.find_spec(c[0])]
    figures: Figures = {" ".join(c).strip(): {} for c in contestants}
    for _ in range(rounds):
        for contestant in contestants:
            command = [sys.executable, str(Path(__file__).resolve()), "--child", name, *contestant]
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
            for what, figure in json.loads(done.stdout).items():
                figures[" ".join(contestant).strip()].setdefault(what, []).append(figure)
    return figures


# ---- what is printed ------------------------------------------------------------------------------------------------

TITLES = {
    "step": "A training step, 784-800-800-10, ReLU, dropout, Adam, batch 64",
    "adam": "Adam's step alone, by the number of parameters",
    "ops": "Small ops, 2 x 2: an op of a chain of 100, forward and backward",
    "import": "Import in a fresh process",
    "chain": "A chain of 1,000,000 ops",
}


def shown(what: str, median: float, low: float, high: float) -> str:
    """A figure with its unit and spread."""
    unit, scale = ("MB", 1.0) if what.startswith("MB") else ("us", 1e6)
    if unit == "us" and median >= 1e-3:
        unit, scale = ("s ", 1.0) if median >= 1 else ("ms", 1e3)
    return f"{median * scale:.2f} {unit} ({low * scale:.2f} - {high * scale:.2f})"


def table(name: str, figures: Figures) -> dict[str, dict[str, Any]]:
    """Print the table of a measurement; returns what is in it, for the JSON file."""
    others = [contestant for contestant in figures if contestant != "picograd"]
    rows: dict[str, dict[str, Any]] = {}
    for what in figures["picograd"]:
        rounds = {contestant: columns[what] for contestant, columns in figures.items()}
        row = {c: {"median": statistics.median(r), "min": min(r), "max": max(r)} for c, r in rounds.items()}
        ratios = {c: row["picograd"]["median"] / row[c]["median"] for c in others}
        rows[what] = {**row, "ratio": ratios}

    print(
        f"\n{TITLES[name]}\n{'':26}" + "".join(f"{c:>32}" for c in figures) + "".join(f"{f'/ {c}':>18}" for c in others)
    )
    for what, row in rows.items():
        cells = [shown(what, *row[c].values()) for c in figures]
        print(f"{what:26}" + "".join(f"{c:>32}" for c in cells) + "".join(f"{r:18.3f}" for r in row["ratio"].values()))
    if name == "ops" and others:
        ratios = [row["ratio"]["torch"] for what, row in rows.items() if "," not in what]
        mean = math.exp(statistics.fmean(map(math.log, ratios)))
        print(f"{'geometric mean':26}{'':64}{mean:18.3f}")
        rows["geometric mean"] = {"ratio": {"torch": mean}}
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES), help="the tables to make")
    parser.add_argument("--rounds", type=int, default=5, help=f"processes of each contestant (imports: {IMPORTS})")
    parser.add_argument("--threads", type=int, default=2, help="threads of each process")
    parser.add_argument("--json", type=Path, help="a file to write the figures to")
    parser.add_argument("--child", nargs=3, metavar=("MEASURE", "LIBRARY", "VARIANT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        name, library, variant = arguments.child
        print(json.dumps(MEASURES[name](library, variant)))
        return

    versions = {name: version(name) for name in ("picograd-dl", "numpy", "torch")}
    machine = {"python": platform.python_version(), **versions, "cores": os.cpu_count(), "threads": arguments.threads}
    print(", ".join(f"{name} {what}" for name, what in machine.items()))
    tables = {}
    for name in arguments.only:
        rounds = IMPORTS if name == "import" else arguments.rounds
        tables[name] = table(name, measure(name, rounds, arguments.threads))
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": machine, "tables": tables}, indent=1) + "\n")


def version(package: str) -> str | None:
    """The installed version of a package; None without it."""
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


if __name__ == "__main__":
    main()
