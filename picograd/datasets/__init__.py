"""Datasets that are found on this machine, or downloaded, and verified."""

from picograd.datasets.mnist import MNIST

__all__ = ["MNIST"]
