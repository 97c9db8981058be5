"""What surrounds the ops, devices, dtypes, switches and rooms: there are no rows here, only where the tests are."""

from __future__ import annotations

from harness import Row

ROWS: list[Row] = []

NOT_OPS = {
    "test_devices.py": """
        device get_default_device set_default_device to cuda is_cuda cpu
        channels_last channels_last_3d contiguous_format layout memory_format preserve_format strided contiguous""",
    "test_dtypes.py": """
        dtype can_cast finfo iinfo promote_types result_type get_default_dtype set_default_dtype
        set_default_tensor_type Size size type type_as
        BFloat16Tensor BoolTensor ByteTensor CharTensor DoubleTensor FloatTensor HalfTensor IntTensor LongTensor
        ShortTensor bfloat16 short char byte uint16 uint32 uint64""",
    "test_rooms.py": """
        accelerator amp backends compiler cpu distributed hub jit mps multiprocessing onnx profiler testing types
        version xpu compile autocast GradScaler is_autocast_available is_autocast_enabled get_autocast_dtype
        get_autocast_cpu_dtype get_autocast_gpu_dtype set_autocast_enabled set_autocast_dtype is_autocast_cache_enabled
        set_autocast_cache_enabled clear_autocast_cache is_autocast_cpu_enabled is_autocast_ipu_enabled
        is_autocast_xla_enabled set_autocast_cpu_enabled set_autocast_ipu_enabled set_autocast_xla_enabled
        set_autocast_cpu_dtype set_autocast_gpu_dtype set_autocast_ipu_dtype set_autocast_xla_dtype
        get_autocast_ipu_dtype get_autocast_xla_dtype autocast_increment_nesting autocast_decrement_nesting
        torch_version
        AcceleratorError OutOfMemoryError vmap are_deterministic_algorithms_enabled
        get_deterministic_debug_mode get_float32_matmul_precision get_num_interop_threads get_num_threads
        is_deterministic_algorithms_warn_only_enabled is_warn_always_enabled set_deterministic_debug_mode
        set_float32_matmul_precision set_flush_denormal set_num_interop_threads set_num_threads set_warn_always
        use_deterministic_algorithms get_device_module is_vulkan_available""",
    "test_attributes.py": """
        is_cpu is_mps is_xpu is_xla is_ipu is_meta is_mkldnn is_mtia is_maia is_vulkan is_sparse is_sparse_csr
        is_quantized is_nested volatile output_nr name get_device is_pinned is_shared is_complex is_signed
        is_nonzero is_conj is_neg is_inference is_distributed is_same_size is_set_to ndimension to_dense stride
        storage_offset dim_order data_ptr untyped_storage storage H mH new new_empty pin_memory xpu retains_grad
        as_subclass asarray from_dlpack from_file frombuffer to_dlpack set_printoptions get_rng_state set_rng_state
        is_tensor is_storage typename is_floating_point numel
        detach is_inference_mode_enabled TypedStorage UntypedStorage new_empty_strided
        legacy_contiguous_format spmm dsmm cfloat cdouble imag istft""",
}
