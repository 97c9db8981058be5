"""Pictures and numbers to look at: summaries of networks, training as it runs, Tensors at a glance."""

from __future__ import annotations

from .summary import Summary, summary

__all__ = ["Summary", "summary"]
