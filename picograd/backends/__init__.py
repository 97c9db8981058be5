"""The libraries that PyTorch computes with, and their switches.

picograd computes with NumPy. So the libraries are not there, and a switch can be set and read back, with no effect
on what is computed; that is what PyTorch's own do on the CPU.
"""

from .. import left_out
from . import cpu, cuda, cudnn, mha, mkl, mkldnn, mps, nnpack, openmp, opt_einsum

__all__ = ["cpu", "cuda", "cudnn", "mha", "mkl", "mkldnn", "mps", "nnpack", "openmp", "opt_einsum"]

__getattr__ = left_out.missing(__name__)
