"""What of PyTorch is left out on purpose, and why: calling it says so in one sentence.

`docs/differences.md` shows the same list; a test holds the two together, and holds this one against PyTorch: a public
name of PyTorch is either here or there.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any, NoReturn

# room ("" is picograd itself) -> why, and what to do instead -> the names.
LEFT_OUT: dict[str, dict[str, str]] = {
    "": {
        "a value is one dense array, there are no sparse Tensors; use a dense one, with scatter_add or index_add": """
            hsmm hspmm saddmm smm sparse_bsc_tensor sparse_bsr_tensor sparse_compressed_tensor sparse_coo_tensor
            sparse_csc_tensor sparse_csr_tensor spmm sspaddmm""",
    },
    "func": {
        "einops does it: einops.rearrange works on Tensors": "rearrange",
    },
    "utils.checkpoint": {
        "which values of a segment are kept is not chosen op by op; make the segments smaller instead": """
            CheckpointPolicy GraphExecGroup SAC_IGNORED_OPS SelectiveCheckpointContext
            create_selective_checkpoint_contexts""",
        "there is one device, the CPU": "DefaultDeviceType",
    },
    "utils": {
        "it belongs to building PyTorch's own C++; there is none here": """
            ThroughputBenchmark cmake_prefix_path generate_methods_for_privateuse1_backend get_cpp_backtrace
            rename_privateuse1_backend""",
    },
    "utils.data": {
        "DataPipes are no longer developed in PyTorch; use a Dataset or an IterableDataset": """
            DFIterDataPipe DataChunk IterDataPipe MapDataPipe argument_validation functional_datapipe
            guaranteed_datapipes_determinism non_deterministic runtime_validation runtime_validation_disabled""",
    },
    "autograd": {
        "it belongs to Functions of PyTorch before 0.4; write forward and backward as static methods of a Function": """
            NestedIOFunction""",
        "a gradient always lies in memory as its parameter does; there is nothing to enforce": """
            enforce_grad_layout_policy""",
    },
    "autograd.graph": {
        "it is about the memory and the streams of a GPU; there is neither": """
            region_activation_memory_budget set_warn_on_accumulate_grad_stream_mismatch
            set_override_stale_capture_stream""",
    },
    "autograd.profiler": {
        "a part of PyTorch's own profiler; use profile and its key_averages(), or Python's cProfile": """
            EnforceUnique EventList FunctionEvent KinetoStepTracker MemRecordsAcc load_nvprof parse_nvprof_trace""",
    },
    "nn": {
        "quantized numbers are not here; use float16 or bfloat16": "intrinsic qat quantizable quantized",
    },
    "nn.attention": {
        "it chooses among kernels of a GPU; there is one kernel here": """
            activate_flash_attention_impl current_flash_attention_impl list_flash_attention_impls
            register_flash_attention_impl restore_flash_attention_impl""",
    },
    "nn.functional": {
        "it is a product of 8-bit floats on a GPU; use matmul": "ScalingType SwizzleType scaled_grouped_mm scaled_mm",
        "it is a kernel of a GPU for bfloat16; use a loop over the groups, or matmul": "grouped_mm",
    },
    "nn.utils.spectral_norm": {
        "it is for states that PyTorch saved before 1.1; load those there, and save them anew": """
            SpectralNormLoadStateDictPreHook SpectralNormStateDictHook""",
    },
    "nn.parallel": {
        "one process computes on one device; call the module itself, and its batch is computed at once": """
            DistributedDataParallel gather parallel_apply replicate scatter""",
    },
    "optim": {
        "it is for sparse gradients, and there are no sparse Tensors; use Adam": "SparseAdam",
    },
}

REASONS = {
    (room, name): reason
    for room, table in LEFT_OUT.items()
    for reason, names in table.items()
    for name in names.split()
}


@cache
def stand_in(room: str, name: str) -> Callable[..., Any]:
    """A function or class in place of `room.name`, which is left out: calling it says why."""
    reason = REASONS[room, name]
    path = f"picograd.{room}.{name}" if room else f"picograd.{name}"

    def call(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(f"{path}: {reason}")

    about = f"Left out: {reason}."
    if name[0].isupper():  # a class: programs ask isinstance(x, DistributedDataParallel)
        return type(name, (), {"__new__": call, "__doc__": about, "__module__": path.rpartition(".")[0]})
    call.__name__, call.__qualname__, call.__doc__ = name, path, about
    return call


def missing(module: str, *rooms: str) -> Callable[[str], Any]:
    """The `__getattr__` of a module (`__getattr__ = left_out.missing(__name__)`): what to say of a name it lacks.

    `rooms`: modules in it that are opened when they are first used.
    """
    room = module.partition(".")[2]

    def attribute(name: str) -> Any:
        if name in rooms:
            return importlib.import_module(f"{module}.{name}")
        if (room, name) in REASONS:
            return stand_in(room, name)
        raise AttributeError(f"{module} has no attribute {name!r}; docs/differences.md lists what is left out, and why")

    return attribute
