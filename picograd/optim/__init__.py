"""Optimizers, and the schedules of their learning rates."""

from . import lr_scheduler as lr_scheduler
from .adam import Adam, AdamW
from .optimizer import Optimizer
from .sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer"]
