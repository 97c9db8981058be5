"""Training on several machines or GPUs: there is one process here, and a program that asks is told so.

`is_available()` and `is_initialized()` are False, which is what programs ask before anything else. What needs a group
of processes raises ValueError, as PyTorch's does before `init_process_group`; that one raises RuntimeError.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NoReturn

from .. import left_out

default_pg_timeout = timedelta(minutes=30)


class ReduceOp(enum.Enum):
    """How the values of several processes become one."""

    SUM, AVG, PRODUCT, MIN, MAX, BAND, BOR, BXOR, PREMUL_SUM = range(9)


reduce_op = ReduceOp


class Backend(str):
    """The name of a library that carries the messages, in lower case."""

    __slots__ = ()
    GLOO, NCCL, MPI, UCC, XCCL, UNDEFINED = "gloo", "nccl", "mpi", "ucc", "xccl", "undefined"

    def __new__(cls, name: str) -> Backend:
        """The name in lower case."""
        return super().__new__(cls, name.lower())


class group:
    """The group of all processes: None, as there is none."""

    WORLD = None


class GroupMember:
    """The group of all processes, and what stands for not being in a group."""

    WORLD, NON_GROUP_MEMBER = None, -100


class DistError(RuntimeError):
    """An error in a group of processes: here never, but programs catch it."""


class DistBackendError(DistError):
    """An error of the library that carries the messages."""


class DistNetworkError(DistError):
    """An error of the network."""


class DistStoreError(DistError):
    """An error of the store in which processes find each other."""


def is_available() -> bool:
    """Whether groups of processes can be made: no."""
    return False


def is_initialized() -> bool:
    """Whether there is a group of processes: no."""
    return False


def is_torchelastic_launched() -> bool:
    """Whether `torchrun` has started this process: no, there is none here."""
    return False


def is_nccl_available() -> bool:
    """Whether the library is here: no."""
    return False


is_gloo_available = is_mpi_available = is_ucc_available = is_xccl_available = is_nccl_available


def is_backend_available(backend: str) -> bool:
    """Whether a library is here: no."""
    return False


def get_default_backend_for_device(device: Any) -> str:
    """The library that PyTorch uses for a device: gloo for the CPU, nccl for a GPU."""
    return "nccl" if str(device).startswith("cuda") else "gloo"


def get_node_local_rank(fallback_rank: int | None = None) -> int:
    """The number of this process on its machine: `fallback_rank`. Raises RuntimeError without one."""
    if fallback_rank is None:
        raise RuntimeError("get_node_local_rank: nobody has numbered the processes: there is one; give fallback_rank=0")
    return fallback_rank


def init_process_group(*args: Any, **kwargs: Any) -> NoReturn:
    """Join a group of processes. Raises RuntimeError: there are none here."""
    raise RuntimeError(
        "init_process_group: picograd trains in one process: there are no groups; ask distributed.is_available() before"
    )


def _needs_group(name: str) -> Callable[..., NoReturn]:
    def call(*args: Any, **kwargs: Any) -> NoReturn:
        raise ValueError(
            f"{name}: there is no group of processes: picograd trains in one process; ask "
            f"distributed.is_initialized() before"
        )

    call.__name__ = call.__qualname__ = name
    call.__doc__ = "Part of a group of processes. Raises ValueError: there is none."
    return call


get_rank, get_world_size, get_backend = map(_needs_group, ("get_rank", "get_world_size", "get_backend"))
barrier, destroy_process_group = _needs_group("barrier"), _needs_group("destroy_process_group")
new_group, monitored_barrier = _needs_group("new_group"), _needs_group("monitored_barrier")
broadcast, all_reduce, reduce = _needs_group("broadcast"), _needs_group("all_reduce"), _needs_group("reduce")
all_gather, gather, scatter = _needs_group("all_gather"), _needs_group("gather"), _needs_group("scatter")
reduce_scatter, all_to_all = _needs_group("reduce_scatter"), _needs_group("all_to_all")
all_gather_into_tensor = _needs_group("all_gather_into_tensor")
reduce_scatter_tensor, all_to_all_single = _needs_group("reduce_scatter_tensor"), _needs_group("all_to_all_single")
send, recv, isend, irecv = _needs_group("send"), _needs_group("recv"), _needs_group("isend"), _needs_group("irecv")
broadcast_object_list, all_gather_object = _needs_group("broadcast_object_list"), _needs_group("all_gather_object")
gather_object, scatter_object_list = _needs_group("gather_object"), _needs_group("scatter_object_list")
get_global_rank, get_group_rank = _needs_group("get_global_rank"), _needs_group("get_group_rank")
get_process_group_ranks = _needs_group("get_process_group_ranks")

__getattr__ = left_out.missing(__name__)
