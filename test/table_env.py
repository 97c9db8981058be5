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
}
