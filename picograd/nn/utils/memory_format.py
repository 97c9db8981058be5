"""Weights of convolutions laid out in memory with the channels last."""

from __future__ import annotations

from typing import Any, TypeVar

from ...methods.layouts import arranged
from ..conv import Conv2d, Conv3d, ConvTranspose2d, ConvTranspose3d
from ..module import Module

M = TypeVar("M", bound=Module)

__all__ = ["convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format"]


def _convert(module: Any, layers: tuple[type[Module], ...], memory_format: Any) -> None:
    for layer in module.modules():
        if isinstance(layer, layers):
            weight: Any = layer.weight
            weight.value = arranged(weight.value, memory_format)


def convert_conv2d_weight_memory_format(module: M, memory_format: Any) -> M:
    """Lay out the weight of each Conv2d and ConvTranspose2d in it as `memory_format` says; returns the module."""
    _convert(module, (Conv2d, ConvTranspose2d), memory_format)
    return module


def convert_conv3d_weight_memory_format(module: M, memory_format: Any) -> M:
    """Lay out the weight of each Conv3d and ConvTranspose3d in it as `memory_format` says; returns the module."""
    _convert(module, (Conv3d, ConvTranspose3d), memory_format)
    return module
