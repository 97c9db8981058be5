"""What else a program waits for and pays for: data, single answers, memory, the import, the disk."""

from __future__ import annotations

import ctypes
import gc
import importlib
import multiprocessing
import re
import resource
import statistics
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from measures import PACKAGES, Contestant, Settings
from networks import NETWORKS, data, library, make_optimizer
from timing import Figures, clock, megabytes


def load(work: str, who: Contestant, settings: Settings) -> Figures:
    """Batches of 64 a second, out of 60,000 images in memory, shuffled."""
    count = 640 if settings.quick else 60_000
    rng = np.random.default_rng(0)
    x, target = rng.random((count, 784), np.float32), rng.integers(0, 10, count)
    rates = []
    if who.library == "numpy":

        def epoch() -> int:
            order, seen = rng.permutation(count), 0
            for k in range(0, count, 64):
                images, digits = x[order[k : k + 64]], target[order[k : k + 64]]
                seen += len(images) + len(digits)
            return seen

    else:
        lib = library(who.library)
        loading = importlib.import_module(f"{who.library}.utils.data")
        dataset = loading.TensorDataset(lib.torch.from_numpy(x), lib.torch.from_numpy(target))
        loader = loading.DataLoader(dataset, batch_size=64, shuffle=True)

        def epoch() -> int:
            return sum(len(images) + len(digits) for images, digits in loader)

    for _ in range(4):
        begin = clock()
        epoch()
        rates.append(-(-count // 64) / (clock() - begin))
    return {"batches": (statistics.median(rates[1:]), "1/s")}


def job(work: str, who: Contestant, settings: Settings) -> Figures:
    """Seconds of an epoch on MNIST: batches of 64, shuffled, and the test; the second of two, the first warms up."""
    from picograd.datasets import MNIST

    lib = library(who.library)
    torch, F = lib.torch, lib.F
    loading = importlib.import_module(f"{who.library}.utils.data")
    loaders = {}
    for train in (True, False):
        digits = MNIST(train=train)
        count = 640 if settings.quick else len(digits)
        images = np.divide(digits.data[:count], 255, dtype=np.float32).reshape(count, 784)
        dataset = loading.TensorDataset(torch.from_numpy(images), torch.from_numpy(digits.targets[:count]))
        loaders[train] = loading.DataLoader(dataset, batch_size=64 if train else 1000, shuffle=train)
    torch.manual_seed(0)
    model = NETWORKS["mlp"].make(lib)
    optimizer = make_optimizer(lib, model, who.variant)
    seconds = 0.0
    for _ in range(2):
        begin = clock()
        model.train()
        for x, target in loaders[True]:
            optimizer.zero_grad()
            F.nll_loss(model(x), target).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            right = sum(int((model(x).argmax(1) == target).sum().item()) for x, target in loaders[False])
        seconds = clock() - begin
    share = right / len(loaders[False].dataset)
    if share < 0.95 and not settings.quick:
        raise RuntimeError(f"{work}: {share:.1%} of the test digits after two epochs; the figures mean nothing")
    return {"epoch, test included": (seconds, "s")}


# ---- memory ---------------------------------------------------------------------------------------------------------

TRAINED = ("mlp", "cnn", "gpt", "lstm")


def memory(work: str, who: Contestant, settings: Settings) -> Figures:
    """The memory of five training steps at their peak, each network in a process of its own."""
    names = TRAINED[:1] if settings.quick else TRAINED
    context = multiprocessing.get_context("spawn")
    with context.Pool(1, maxtasksperchild=1) as pool:
        peaks = pool.starmap(peak_of_training, [(name, who) for name in names], chunksize=1)
    figures = Figures()
    for name, (before, peak) in zip(names, peaks, strict=True):
        figures |= {f"{name}, added": (peak - before, "MB"), f"{name}, the whole process": (peak, "MB")}
    return figures


def peak_of_training(name: str, who: Contestant) -> tuple[float, float]:
    """MB before the model was made, all code loaded, and at the peak of five steps."""
    lib = library(who.library)
    train(lib, who, name)  # what is loaded when it is first used, compilers for one, is not what training takes
    batches = data(NETWORKS[name], 5)
    give_back()
    reset_peak()
    before = megabytes()
    train(lib, who, name, batches)
    return before, peak_megabytes()


def train(lib: Any, who: Contestant, name: str, batches: Any = None) -> None:
    """Five steps."""
    network = NETWORKS[name]
    model = network.make(lib)
    optimizer = make_optimizer(lib, model, who.variant)
    for x, target in batches or data(network, 5):
        optimizer.zero_grad()
        network.loss(lib, model(lib.torch.from_numpy(x)), lib.torch.from_numpy(target)).backward()
        optimizer.step()


def give_back() -> None:
    """Return freed memory to the system, where its allocator can be asked to."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def reset_peak() -> None:
    """Let the peak be what is occupied now, where the system allows it: an import may have had its own peak."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def peak_megabytes() -> float:
    """The most memory that this process has occupied."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 / 1e6 if found else float("nan")


# ---- the import and the disk ----------------------------------------------------------------------------------------


IMPORT = """
from time import perf_counter as clock
begin = clock()
import numpy
middle = clock()
import {0}
print(clock() - middle if "{0}" != "numpy" else middle - begin)
"""


def imports(work: str, who: Contestant, settings: Settings) -> Figures:
    """Seconds of the import after NumPy's (NumPy's own for NumPy), and MB on the disk: of all packages, and of each."""
    command = [sys.executable, "-c", IMPORT.format(who.library)]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(3)]
    what = "import of NumPy" if who.library == "numpy" else "import, over NumPy's"
    figures: Figures = {what: (statistics.median(map(float, runs)), "s")}
    sizes = {name: disk_megabytes(name) for name in sorted(packages(who))}
    figures["on disk, with all it needs"] = (sum(sizes.values()), "MB")
    return figures | {f"on disk, {name}": (size, "MB") for name, size in sizes.items() if size >= 0.1}


def packages(who: Contestant) -> set[str]:
    """The installed packages that a contestant needs: its own, and what those require, and so on."""
    found: set[str] = set()
    open_ends = [PACKAGES[who.library], *(["numba"] if who.variant == "kernels" else [])]
    while open_ends:
        name = re.sub(r"[-_.]+", "-", open_ends.pop()).lower()  # a package's name, however it is spelled
        if name in found or not installed(name):  # what is required on other systems only isn't here
            continue
        found.add(name)
        required = [r for r in metadata.requires(name) or [] if "extra ==" not in r]
        open_ends += [re.split(r"[^A-Za-z0-9._-]", r)[0] for r in required]
    return found


def installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def disk_megabytes(name: str) -> float:
    """The size of a package's files, without the bytecode that Python adds."""
    files = [Path(str(file.locate())) for file in metadata.files(name) or []]
    if name == PACKAGES["picograd"]:  # a checkout that is installed in place has its files elsewhere
        files = list((Path(__file__).resolve().parent.parent / "picograd").rglob("*.*"))
    return sum(file.stat().st_size for file in files if file.suffix != ".pyc" and file.is_file()) / 1e6
