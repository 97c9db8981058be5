"""What of PyTorch is left out on purpose, and why: calling it says so in one sentence.

`docs/differences.md` shows the same list; a test holds the two together, and holds this one against PyTorch: a public
name of PyTorch is either here or there.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, NoReturn

SPARSE = "a value is one dense array, there are no sparse Tensors; use a dense one, with scatter_add or index_add"
COMPLEX = "a complex Tensor is a pair of real ones of float32 or float64; use complex64 or complex128"
QUANTIZED = "quantized numbers are not here; use float16 or bfloat16"
SMALL = "NumPy has no numbers of this size; use bfloat16, float16, int8 or uint8"
GPU = "it is about the memory and the queues of a GPU, and there is none here; leave it out"
SCRIPT = "it belongs to TorchScript, and a program runs here as it is written; use the function or module itself"
SYMBOLS = (
    "it belongs to PyTorch's compiler, and a program runs here as it is written; use Python's own numbers and functions"
)
GROUPS = "picograd trains in one process, there are no groups of processes; ask distributed.is_available() before"
NETWORK = "models from the network are run code or pickled weights; download a safetensors file, and use load()"
STORAGE = "memory is an array, whose class doesn't depend on its dtype; use a Tensor, or its untyped_storage()"
OLD = "PyTorch has taken it out, too; use what it names in its place"
CPP = "it belongs to PyTorch's own C++; there is none here"

# room ("" is picograd itself, "Tensor" its methods) -> why, and what to do instead -> the names.
LEFT_OUT: dict[str, dict[str, str]] = {
    "": {
        SPARSE: """
            hsmm hspmm saddmm smm sparse_bsc_tensor sparse_bsr_tensor sparse_compressed_tensor sparse_coo_tensor
            sparse_csc_tensor sparse_csr_tensor sspaddmm sparse_bsc sparse_bsr sparse_coo sparse_csc sparse_csr
            jagged""",
        COMPLEX: "complex32 chalf ComplexDoubleStorage ComplexFloatStorage",
        QUANTIZED: """
            qint8 qint32 quint8 quint2x4 quint4x2 qscheme per_channel_affine per_channel_affine_float_qparams
            per_channel_symmetric per_tensor_affine per_tensor_symmetric quantize_per_channel quantize_per_tensor
            quantize_per_tensor_dynamic dequantize empty_quantized int_repr q_per_channel_axis q_per_channel_scales
            q_per_channel_zero_points q_scale q_zero_point choose_qparams_optimized fake_quantize_per_channel_affine
            fake_quantize_per_tensor_affine QInt8Storage QInt32Storage QUInt2x4Storage QUInt4x2Storage QUInt8Storage""",
        SMALL: """
            float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz float8_e8m0fnu float4_e2m1fn_x2 bit bits8 bits16
            bits1x8 bits2x4 bits4x2 int1 int2 int3 int4 int5 int6 int7 uint1 uint2 uint3 uint4 uint5 uint6 uint7""",
        GPU: "Event Stream",
        SCRIPT: "CompilationUnit Future ScriptFunction ScriptModule fork wait import_ir_module parse_ir",
        SYMBOLS: """
            SymBool SymFloat SymInt cond while_loop sym_float sym_fresh_size sym_int sym_ite sym_max sym_min sym_not
            sym_sqrt sym_sum export""",
        STORAGE: """
            BFloat16Storage BoolStorage ByteStorage CharStorage DoubleStorage FloatStorage HalfStorage IntStorage
            LongStorage ShortStorage Storage""",
        OLD: "eig matrix_rank solve symeig lstsq",
        CPP: """
            BenchmarkConfig BenchmarkExecutionStats DisableTorchFunction DisableTorchFunctionSubclass Tag
            ThroughputBenchmark hash_tensor segment_reduce slice_inverse thread_safe_generator""",
        "it computes a few eigenvectors of a large matrix; use linalg.eigh, which computes all": "lobpcg",
        "it is a random approximation; use linalg.svd, which is exact": "pca_lowrank svd_lowrank",
        "it returns what only PyTorch's own layer needs; use nn.functional.embedding_bag": "embedding_bag",
    },
    "Tensor": {
        SPARSE: """
            ccol_indices coalesce col_indices crow_indices dense_dim indices is_coalesced resize_as_sparse_
            row_indices smm sparse_dim sparse_mask sparse_resize_ sparse_resize_and_clear_ sspaddmm to_sparse
            to_sparse_bsc to_sparse_bsr to_sparse_coo to_sparse_csc to_sparse_csr values to_padded_tensor""",
        COMPLEX: "chalf",
        QUANTIZED: """
            dequantize int_repr q_per_channel_axis q_per_channel_scales q_per_channel_zero_points q_scale q_zero_point
            qscheme""",
        "picograd computes on the CPU, which is the only device here; leave it out": "ipu mtia record_stream to_mkldnn",
        "memory is not shared between processes, it is copied to them; use threads, which share it": "share_memory_",
        OLD: "eig lstsq reinforce solve symeig storage_type",
        CPP: "const_data_ptr grad_dtype hash_tensor index module_load slice_inverse",
    },
    "cuda": {
        GPU: """
            CUDAPluggableAllocator GreenContext MemPool caching_allocator_alloc caching_allocator_delete
            caching_allocator_disabled caching_allocator_enable change_current_allocator check_error cudaStatus cudart
            current_solver_handle device_memory_used get_allocator_backend get_gencode_flags
            get_per_process_memory_fraction get_stream_from_external get_sync_debug_mode graph_pool_handle has_half
            has_magma host_memory_stats host_memory_stats_as_nested_dict memory_snapshot memory_stats_as_nested_dict
            memory_usage reset_accumulated_host_memory_stats reset_peak_host_memory_stats set_sync_debug_mode
            use_mem_pool DeferredCudaCallError nvtx comm nccl jiterator tunable""",
        STORAGE: """
            BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage ComplexFloatStorage DoubleStorage
            FloatStorage HalfStorage IntStorage LongStorage ShortStorage""",
    },
    "cuda.amp": {GPU: "amp_definitely_not_available"},
    "xpu": {
        GPU: """
            MemPool StreamContext XPUGraph XPUPluggableAllocator can_device_access_peer change_current_allocator
            clock_rate default_generators device device_memory_used device_of get_arch_list get_gencode_flags
            get_per_process_memory_fraction get_rng_state_all get_stream_from_external graph graph_pool_handle
            initial_seed is_current_stream_capturing is_tf32_supported make_graphed_callables mem_get_info
            memory_snapshot memory_stats memory_stats_as_nested_dict memory_usage power_draw
            reset_accumulated_memory_stats reset_peak_memory_stats set_per_process_memory_fraction set_rng_state_all
            set_stream stream temperature use_mem_pool utilization""",
    },
    "mps": {GPU: "compile_shader load_metallib"},
    "cpu": {GPU: "Event Stream StreamContext current_stream stream", CPP: "get_capabilities"},
    "accelerator": {GPU: "Graph empty_host_cache"},
    "backends.cuda": {
        GPU: """
            SDPAParams allow_fp16_bf16_reduction_math_sdp blas_workspace_size can_use_cudnn_attention
            can_use_efficient_attention can_use_flash_attention cuBLASModule cuFFTPlanCache
            cuFFTPlanCacheAttrContextProp cuFFTPlanCacheManager cublas_workspace_size cublaslt_workspace_size
            cufft_plan_cache fp16_bf16_reduction_math_sdp_allowed is_ck_sdpa_available preferred_rocm_fa_library""",
    },
    "backends.mps": {GPU: "get_core_count get_name is_macos13_or_newer"},
    "backends.mkl": {CPP: "VERBOSE_OFF VERBOSE_ON verbose"},
    "jit": {
        SCRIPT: """
            CompilationUnit Future ScriptFunction enable_onednn_fusion export_opnames fork onednn_fusion_enabled
            set_fusion_strategy strict_fusion wait""",
        "a script is a program in a file, and none is written or run here; save and load the state_dict": "load save",
    },
    "compiler": {
        SYMBOLS: """
            get_default_backend keep_portable_guards_unsafe keep_tensor_guards_unsafe load_cache_artifacts
            load_compiled_function nested_compile_region save_cache_artifacts set_default_backend
            set_enable_guard_collectives skip_all_guards_unsafe skip_guard_on_all_nn_modules_unsafe
            skip_guard_on_globals_unsafe skip_guard_on_inbuilt_nn_modules_unsafe substitute_in_graph wrap_numpy""",
    },
    "profiler": {CPP: "DeviceType ExecutionTraceObserver"},
    "hub": {NETWORK: "download_url_to_file help list load load_state_dict_from_url"},
    "onnx": {
        "networks are not exported to ONNX; save the state_dict, and export from PyTorch with it": """
            ExportableModule InputObserver ONNXProgram export""",
    },
    "random": {CPP: "thread_safe_generator"},
    "testing": {CPP: "FileCheck", "it makes inputs for PyTorch's own tests; use rand or randn": "make_tensor"},
    "utils.dlpack": {CPP: "DLDeviceType"},
    "distributed": {
        GROUPS: """
            AllToAllOptions AllreduceCoalescedOptions AllreduceOptions BackendConfig BarrierOptions BroadcastOptions
            BuiltinCommHookType DebugLevel DeviceMesh FileStore GatherOptions GradBucket GroupName HashStore Logger
            P2POp PrefixStore ProcessGroup ProcessGroupGloo QueueEmptyError RankType ReduceOptions
            ReduceScatterOptions Reducer ScatterOptions Store TCPStore Work all_gather_coalesced all_gather_single
            all_reduce_coalesced batch_isend_irecv breakpoint get_backend_config get_debug_level get_pg_count
            init_device_mesh log new_subgroups new_subgroups_by_enumeration record_comm recv_object_list
            reduce_scatter_single register_rendezvous_handler rendezvous send_object_list set_debug_level
            set_debug_level_from_env shrink_group split_group supports_complex""",
    },
    "func": {
        "einops does it: einops.rearrange works on Tensors": "rearrange",
    },
    "utils.checkpoint": {
        "which values of a segment are kept is not chosen op by op; make the segments smaller instead": """
            CheckpointPolicy GraphExecGroup SAC_IGNORED_OPS SelectiveCheckpointContext
            create_selective_checkpoint_contexts""",
        "there is one device, the CPU; leave it out": "DefaultDeviceType",
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

# Rooms that are left out whole: they can be imported, and whatever is used of them says why.
LEFT_OUT_ROOMS: dict[str, str] = {
    SPARSE: "sparse nested masked",
    QUANTIZED: "ao quantization",
    SYMBOLS: "fx export _inductor",
    GPU: "mtia cuda.nvtx cuda.comm cuda.nccl cuda.jiterator cuda.tunable",
    GROUPS: """
            distributed.algorithms distributed.autograd distributed.checkpoint distributed.device_mesh
            distributed.elastic distributed.fsdp distributed.launch distributed.nn distributed.optim
            distributed.pipelining distributed.rpc distributed.run distributed.tensor distributed._tensor
            distributed._composable distributed.distributed_c10d""",
    NETWORK: "utils.model_zoo",
    "files hold safetensors, and nothing in them is ever run, so there is nothing to allow; use save and load": """
        serialization""",
    "its functions stand in the room above; use those": "functional return_types signal",
    "it makes Sobol numbers; use scipy.stats.qmc, and tensor() of what it gives": "quasirandom",
    CPP: "classes library package monitor futures overrides utils.cpp_extension utils.mobile_optimizer "
    "utils.bundled_inputs",
}

REASONS = {
    (room, name): reason
    for room, table in LEFT_OUT.items()
    for reason, names in table.items()
    for name in names.split()
}
ROOMS = {room: reason for reason, rooms in LEFT_OUT_ROOMS.items() for room in rooms.split()}


class StandIn(type):
    """The class of what stands in place of a name that is left out: nothing is an instance, and a call says why."""

    path: str
    reason: str

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise NotImplementedError."""
        raise NotImplementedError(f"{cls.path}: {cls.reason}")

    def __instancecheck__(cls, instance: Any) -> bool:
        return False

    def __getattr__(cls, name: str) -> Any:
        if name == "dtype":  # what NumPy asks of a class that is given as a dtype
            cls()
        if name.startswith("__"):
            raise AttributeError(f"{cls.path}: {cls.reason}")
        return standing_in(f"{cls.path}.{name}", cls.reason)


@cache
def standing_in(path: str, reason: str) -> Any:
    """A class in place of what stands at a path, which is left out: calling it says why."""
    room, _, name = path.rpartition(".")
    return StandIn(name, (), {"path": path, "reason": reason, "__doc__": f"Left out: {reason}.", "__module__": room})


def stand_in(room: str, name: str) -> Any:
    """What stands in place of `room.name`, which is left out."""
    return standing_in(f"picograd.{room}.{name}" if room else f"picograd.{name}", REASONS[room, name])


def missing(module: str, *rooms: str) -> Callable[[str], Any]:
    """The `__getattr__` of a module (`__getattr__ = left_out.missing(__name__)`): what to say of a name it lacks.

    `rooms`: modules in it that are opened when they are first used.
    """
    room = module.partition(".")[2]

    def attribute(name: str) -> Any:
        if name in rooms or f"{room}.{name}".lstrip(".") in ROOMS:
            return importlib.import_module(f"{module}.{name}")
        if (room, name) in REASONS:
            return stand_in(room, name)
        raise AttributeError(f"{module} has no attribute {name!r}; docs/differences.md lists what is left out, and why")

    return attribute


def methods() -> dict[str, Any]:
    """The methods of a Tensor that are left out: calling one says why."""

    def method(name: str, reason: str) -> Any:
        def call(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
            raise NotImplementedError(f"{name}: {reason}")

        call.__name__ = call.__qualname__ = name
        call.__doc__ = f"Left out: {reason}."
        return call

    return {name: method(name, reason) for (room, name), reason in REASONS.items() if room == "Tensor"}


class _Rooms:
    """Opens the rooms that are left out whole, and those in them, when a program imports one."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """What Python asks when no file is found."""
        top, _, room = fullname.partition(".")
        if top != __name__.partition(".")[0] or not any(f"{room}.".startswith(f"{each}.") for each in ROOMS):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: Any) -> None:
        """Python's own kind of module."""

    def exec_module(self, module: Any) -> None:
        """Let whatever is asked of the module say why."""
        room = module.__name__.partition(".")[2]
        reason = next(reason for each, reason in ROOMS.items() if f"{room}.".startswith(f"{each}."))
        module.__doc__ = f"Left out: {reason}."

        def attribute(name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(f"{module.__name__}: {reason}")
            return standing_in(f"{module.__name__}.{name}", reason)

        module.__getattr__ = attribute


sys.meta_path.append(_Rooms())  # asked last: a room that is here is found before
