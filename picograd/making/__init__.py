"""Functions that make Tensors: of numbers, of windows, by dtype, on other libraries' memory, and for einops."""
