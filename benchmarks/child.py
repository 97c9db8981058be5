"""One measurement in this process, for compare.py: python child.py MEASURE CONTESTANT SETTINGS. Prints JSON."""

from __future__ import annotations

import importlib
import json
import os
import sys

from measures import CONTESTANTS, MEASURES, Settings


def main(name: str, contestant: str, settings: Settings) -> None:
    if hasattr(os, "sched_setaffinity"):  # the only way to tell XLA how many threads it may use
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: settings.threads])
    measure, who = MEASURES[name], CONTESTANTS[contestant]
    own_text = who.library == "jax" and measure.module == "networks"  # JAX's programs don't look like PyTorch's
    module = importlib.import_module("networks_jax" if own_text else measure.module)
    print(json.dumps(getattr(module, measure.function)(name, who, settings)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Settings(**json.loads(sys.argv[3])))
