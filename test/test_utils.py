"""Datasets made of datasets, the distributed sampler, and the small tools of utils."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import picograd
from picograd import Tensor, nn, utils
from picograd.utils import _pytree as pytree
from picograd.utils import data
from picograd.utils.data import (
    ChainDataset,
    ConcatDataset,
    DataLoader,
    DistributedSampler,
    IterableDataset,
    StackDataset,
    TensorDataset,
)


class Stream(IterableDataset[int]):
    def __init__(self, *values: int) -> None:
        self.values = values

    def __iter__(self) -> Any:
        return iter(self.values)

    def __len__(self) -> int:
        return len(self.values)


class Squares(data.Dataset[int]):
    def __init__(self, n: int) -> None:
        self.n = n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: int) -> int:
        return index**2


def test_chain() -> None:
    chain = Stream(1, 2) + Stream(3)
    assert isinstance(chain, ChainDataset) and list(chain) == [1, 2, 3] and len(chain) == 3
    assert [batch.tolist() for batch in DataLoader(chain, 2)] == [[1, 2], [3]]
    assert len(DataLoader(chain, 2)) == 2
    with pytest.raises(TypeError, match="ChainDataset: Squares: it chains streams; give IterableDatasets, and join"):
        list(ChainDataset([Squares(2)]))
    with pytest.raises(TypeError, match="ConcatDataset: Stream: a stream has no indices to join; chain streams with"):
        ConcatDataset([Stream(1)])


STACKS = {
    "tuple": lambda m, a, b: m.utils.data.StackDataset(a, b),
    "dict": lambda m, a, b: m.utils.data.StackDataset(x=a, y=b),
}


@pytest.mark.parametrize("form", STACKS)
@pytest.mark.parametrize("in_memory", [True, False])
def test_stack_is_pytorchs(form: str, in_memory: bool, torch: Any) -> None:
    def batches(m: Any) -> Any:
        first = m.utils.data.TensorDataset(m.arange(5) * 1.0, m.arange(10).reshape(5, 2))
        second = m.utils.data.TensorDataset(m.arange(5, 10)) if in_memory else Squares(5)
        stack = STACKS[form](m, first, second)
        return plain([len(stack), stack[3], *m.utils.data.DataLoader(stack, 2)])

    assert batches(picograd) == batches(torch)


def plain(nest: Any) -> Any:
    if isinstance(nest, dict):
        return {key: plain(value) for key, value in nest.items()}
    if isinstance(nest, tuple | list):
        return [plain(value) for value in nest]
    return nest.tolist() if hasattr(nest, "tolist") else nest


def test_stack_is_sliced_where_it_can_be() -> None:
    x = picograd.arange(6)
    assert StackDataset(TensorDataset(x), TensorDataset(x)).batch is not None
    assert StackDataset(TensorDataset(x), Squares(6)).batch is None
    assert StackDataset(Squares(3), Squares(3)).__getitems__([0, 2]) == [(0, 0), (4, 4)]


class Short(Squares):
    def __getitems__(self, indices: Any) -> Any:
        return [0]


def test_mistakes_with_stacks() -> None:
    with pytest.raises(ValueError, match="StackDataset: 0 datasets by place and 0 by name: items are either tuples or"):
        StackDataset()
    with pytest.raises(ValueError, match="StackDataset: 1 datasets by place and 1 by name"):
        StackDataset(Squares(1), x=Squares(1))
    with pytest.raises(ValueError, match="StackDataset: datasets of 2, 3 items: side by side they need as many each"):
        StackDataset(Squares(2), Squares(3))
    with pytest.raises(ValueError, match="StackDataset: 1 items for 2 indices: a dataset's __getitems__ must give one"):
        StackDataset(Short(3)).__getitems__([0, 1])


# ---- the distributed sampler ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [10, 12, 2, 1])
@pytest.mark.parametrize("drop_last", [True, False])
@pytest.mark.parametrize("replicas", [1, 3, 4])
def test_distributed_sampler_is_pytorchs(count: int, drop_last: bool, replicas: int, torch: Any) -> None:
    if drop_last and count < replicas:
        return  # PyTorch counts wrongly there, and gives -0 samples
    for rank in range(replicas):
        options = {"num_replicas": replicas, "rank": rank, "shuffle": False, "drop_last": drop_last}
        mine = DistributedSampler(range(count), **options)
        theirs = torch.utils.data.DistributedSampler(range(count), **options)
        assert list(mine) == list(theirs) and len(mine) == len(theirs)
        assert (mine.num_samples, mine.total_size) == (theirs.num_samples, theirs.total_size)


def test_distributed_sampler_shuffles_alike_everywhere() -> None:
    parts = [DistributedSampler(range(12), 3, rank, seed=1) for rank in range(3)]
    first = [list(part) for part in parts]
    assert sorted(index for part in first for index in part) == list(range(12))
    assert first == [list(part) for part in parts]
    for part in parts:
        part.set_epoch(1)
    second = [list(part) for part in parts]
    assert sorted(index for part in second for index in part) == list(range(12)) and second != first
    assert second[0] != list(DistributedSampler(range(12), 3, 0, seed=5))
    loader = DataLoader(TensorDataset(picograd.arange(12)), 2, sampler=parts[1])
    assert [x for (batch,) in loader for x in batch.tolist()] == second[1]
    with pytest.raises(RuntimeError, match="DistributedSampler: num_replicas=None and rank=None: there is no process"):
        DistributedSampler(range(3))
    with pytest.raises(ValueError, match="DistributedSampler: rank=3 of num_replicas=3: there is no such one; give 0"):
        DistributedSampler(range(3), 3, 3)


def test_samplers_take_a_source_that_they_do_not_keep() -> None:
    class Backwards(data.Sampler[int]):
        def __init__(self, source: Any) -> None:
            super().__init__(source)
            self.source = source

        def __iter__(self) -> Any:
            return iter(range(len(self.source) - 1, -1, -1))

    assert [x.tolist() for x in DataLoader(Squares(3), sampler=Backwards(Squares(3)))] == [[4], [1], [0]]


def test_workers_have_seeds() -> None:
    class Seeds(data.Dataset[Any]):
        def __len__(self) -> int:
            return 8

        def __getitem__(self, index: int) -> Any:
            info = data.get_worker_info()
            assert info is not None
            return info.id, info.seed

    def seeds() -> Any:
        picograd.manual_seed(3)
        return {tuple(map(int, item)) for item in DataLoader(Seeds(), batch_size=None, num_workers=2)}

    first = seeds()
    assert len({seed for _, seed in first}) == len(first) and {s - i for i, s in first} == {s - i for i, s in seeds()}


# ---- import paths and small tools -----------------------------------------------------------------------------------


def test_import_paths(torch: Any) -> None:
    from picograd.utils.data._utils.collate import default_collate as a
    from picograd.utils.data._utils.worker import get_worker_info
    from picograd.utils.data.dataloader import DataLoader as b
    from picograd.utils.data.dataloader import default_collate as c
    from picograd.utils.data.dataset import Dataset, Subset, random_split
    from picograd.utils.data.distributed import DistributedSampler as d
    from picograd.utils.data.sampler import RandomSampler, Sampler
    from picograd.utils.hooks import RemovableHandle

    assert (a, b, c, d) == (data.default_collate, DataLoader, data.default_collate, DistributedSampler)
    assert (Dataset, Subset, random_split) == (data.Dataset, data.Subset, data.random_split)
    assert (RandomSampler, Sampler, get_worker_info) == (data.RandomSampler, data.Sampler, data.get_worker_info)
    assert isinstance(nn.Linear(1, 1).register_forward_hook(print), RemovableHandle)
    public = [name for name in torch.utils.data.__all__ if not name.startswith("_")]
    assert [name for name in public if not hasattr(data, name)] == []


def test_left_out() -> None:
    with pytest.raises(NotImplementedError, match=r"picograd.utils.data.IterDataPipe: DataPipes are no longer"):
        data.IterDataPipe()
    with pytest.raises(NotImplementedError, match=r"picograd.utils.get_cpp_backtrace: it belongs to"):
        utils.get_cpp_backtrace()
    with pytest.raises(AttributeError, match=r"picograd.utils has no attribute 'nothing'"):
        utils.nothing  # noqa: B018


def test_swap_tensors() -> None:
    a, b = nn.Parameter(picograd.ones(2)), nn.Parameter(picograd.zeros(3))
    a.note = "a"
    (a * 2).sum().backward()
    a_loss = (a * 3).sum()
    utils.swap_tensors(a, b)
    assert a.shape == (3,) and b.shape == (2,) and b.grad.tolist() == [2, 2]
    assert b.note == "a" and not hasattr(a, "note")
    a_loss.backward()
    assert b.grad.tolist() == [5, 5] and not a.grad.any()
    base = picograd.ones(4)
    view, other = base[1:], picograd.ones(2)
    utils.swap_tensors(view, other)
    assert other.base() is base and not hasattr(view, "base")
    with pytest.raises(RuntimeError, match="swap_tensors: a Parameter and a Tensor: they must be of one class"):
        utils.swap_tensors(a, base)


def test_set_module() -> None:
    def function() -> None: ...

    utils.set_module(function, "elsewhere")
    assert function.__module__ == "elsewhere"
    with pytest.raises(TypeError, match="set_module: a int as the module: it is a name; give a string"):
        utils.set_module(function, 3)


def test_pytree() -> None:
    tree = {"a": [1, (2, 3)], "b": 4}
    flat, spec = pytree.tree_flatten(tree)
    assert flat == [1, 2, 3, 4] and pytree.tree_unflatten([x * 2 for x in flat], spec) == {"a": [2, (4, 6)], "b": 8}
    assert spec == pytree.tree_structure({"a": [0, (0, 0)], "b": 0}) and spec != pytree.tree_structure(
        {"a": [0], "b": 1}
    )
    assert spec != pytree.tree_structure([1]) and repr(spec) == "TreeSpec({'a': ['*', ('*', '*')], 'b': '*'})"
    assert pytree.tree_map(lambda x, y: x + y, tree, tree) == {"a": [2, (4, 6)], "b": 8}
    assert pytree.tree_map_only(Tensor, lambda x: x.value, (picograd.ones(1), 2))[1] == 2
    assert pytree.tree_leaves(tree, is_leaf=lambda x: isinstance(x, tuple)) == [1, (2, 3), 4]
    assert pytree.tree_map(len, [(1, 2), (3,)], is_leaf=lambda x: isinstance(x, tuple)) == [2, 1]
    assert pytree.tree_any(lambda x: x > 3, tree) and not pytree.tree_all(lambda x: x > 3, tree)
    seen: list[Any] = []
    assert pytree.tree_map_(seen.append, tree) is tree and seen == flat
    with pytest.raises(ValueError, match="tree_unflatten: 1 leaves for a structure of 4: each place needs one"):
        pytree.tree_unflatten([1], spec)
    with pytest.raises(ValueError, match="tree_map: nests of 4, 1 leaves: they need one structure"):
        pytree.tree_map(np.add, tree, [1])
