"""What belongs to derivatives, functions of functions, files and data: no ops, each tested in a file of its own."""

from __future__ import annotations

from table import Row

ROWS: list[Row] = []
NOT_OPS = {
    "test_func.py": "vmap",
    "test_imports.py": "lines passes watching",
    "test_autograd.py": """retains_grad output_nr register_post_accumulate_grad_hook is_anomaly_enabled
        set_anomaly_enabled is_anomaly_check_nan_enabled""",
}
