"""How fast picograd is, beside every peer that is installed: PyTorch in three modes, and JAX.

    python benchmarks/compare.py                                    # everything
    python benchmarks/compare.py --only mlp cnn --rounds 3 --variants kernels --peers torch-fused
    python benchmarks/compare.py --json figures.json --picture figures.svg

Each measurement runs in a process of its own with `--threads` threads on as many cores; the processes of the
contestants take turns, round after round, so that a disturbance of the machine meets all of them. A figure is the
median over the rounds, beside it the lowest and the highest round. Ctrl-C prints what has been measured so far.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

import report
from measures import CONTESTANTS, MEASURES, OWN, PACKAGES, PEERS, Settings
from ops import NAMES
from tqdm import tqdm  # type: ignore[import-untyped]

HERE = Path(__file__).resolve().parent
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def run(measure: str, contestant: str, settings: Settings) -> dict[str, tuple[float, str]]:
    """The figures of a contestant, from a process of its own."""
    path = os.pathsep.join(filter(None, (str(HERE.parent), os.environ.get("PYTHONPATH"))))  # this checkout's picograd
    environment = {**os.environ, **dict.fromkeys(THREADS, str(settings.threads)), "PYTHONPATH": path}
    environment |= {"PICOGRAD_KERNELS": CONTESTANTS[contestant].kernels or "0"}
    command = [sys.executable, str(HERE / "child.py"), measure, contestant, json.dumps(asdict(settings))]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1])
    figures: dict[str, tuple[float, str]] = json.loads(done.stdout.splitlines()[-1])
    return figures


def compare(arguments: argparse.Namespace, settings: Settings) -> tuple[report.Rounds, list[str]]:
    """All rounds of all measures, and a sentence for each that failed; what there is when Ctrl-C ends it."""
    rounds: report.Rounds = {}
    chosen = [*(f"picograd-{variant}" for variant in arguments.variants), *arguments.peers]
    takes_part = [c for c in CONTESTANTS if c in chosen and CONTESTANTS[c].installed]
    pairs = [(m, c) for m in MEASURES if m in arguments.only for c in takes_part if c in MEASURES[m].contestants]
    failed: dict[tuple[str, str], str] = {}
    with tqdm(total=arguments.rounds * len(pairs), unit="process", disable=None) as progress:
        try:
            for k in range(arguments.rounds):
                for pair in pairs:
                    progress.set_description(f"round {k + 1}: {' '.join(pair)}")
                    if pair not in failed:  # what failed once is not tried again
                        try:
                            report.add(rounds, *pair, run(*pair, settings))
                        except RuntimeError as mistake:
                            failed[pair] = f"{pair[0]}, {CONTESTANTS[pair[1]].title}: {mistake}"
                    progress.update()
        except KeyboardInterrupt:
            progress.set_description("stopped")
    return rounds, list(failed.values())


def machine(threads: int) -> dict[str, Any]:
    """What the figures were measured on and with."""
    versions = {}
    for package in PACKAGES.values():
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return {"python": platform.python_version(), **versions, "cores": os.cpu_count(), "threads": threads}


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES), help="what to measure")
    parser.add_argument("--rounds", type=int, default=5, help="processes of each contestant for each measure")
    parser.add_argument("--threads", type=int, default=2, help="threads, and cores, of each process")
    own = [name.removeprefix("picograd-") for name in OWN]
    parser.add_argument("--variants", nargs="+", choices=own, default=own, help="of picograd")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS), help="beside whom")
    parser.add_argument("--ops", nargs="+", default=[], choices=NAMES, metavar="OP", help="of ops, only these")
    parser.add_argument("--quick", action="store_true", help="a few steps only: does it run?")
    parser.add_argument("--json", type=Path, metavar="FILE", help="a file to write the figures to")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="a picture of them: .svg or .png")
    arguments = parser.parse_args(argv)
    settings = Settings(arguments.threads, arguments.quick, tuple(arguments.ops))

    about = machine(arguments.threads)
    print(", ".join(f"{name} {what}" for name, what in about.items()))
    rounds, failures = compare(arguments, settings)
    print("\n".join([*report.tables(rounds), "", *failures]))
    figures = {measure: report.summary(rows) for measure, rows in rounds.items()}
    if arguments.json:
        arguments.json.write_text(
            json.dumps({"machine": about, "figures": figures, "failed": failures}, indent=1) + "\n"
        )


if __name__ == "__main__":
    main()
