"""One measurement in this process, for compare.py: python child.py MEASURE CONTESTANT QUICK THREADS. Prints JSON."""

from __future__ import annotations

import importlib
import json
import os
import sys

from measures import CONTESTANTS, MEASURES


def main(name: str, contestant: str, quick: str, threads: str) -> None:
    if hasattr(os, "sched_setaffinity"):  # the only way to tell XLA how many threads it may use
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(threads)])
    measure, who = MEASURES[name], CONTESTANTS[contestant]
    module = importlib.import_module(measure.module + ("_jax" if who.library == "jax" else ""))
    figures = getattr(module, measure.function)(name, who.library, who.variant, quick == "quick")
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
