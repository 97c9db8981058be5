"""ONNX: an exchange format for networks, to which nothing is exported here."""

from . import left_out


class OnnxExporterError(RuntimeError):
    """An export fails: here never, but programs catch it."""


def is_in_onnx_export() -> bool:
    """Whether a network is being exported: no."""
    return False


__getattr__ = left_out.missing(__name__)
