"""picograd.utils.data: datasets, samplers, the loader and its workers."""

from __future__ import annotations

import itertools
import threading
import time
from collections import OrderedDict, defaultdict, namedtuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import picograd
from picograd.random import Generator
from picograd.tensor import Tensor
from picograd.utils.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    Sampler,
    SequentialSampler,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    default_collate,
    default_convert,
    get_worker_info,
    random_split,
)

Point = namedtuple("Point", ["x", "y"])


def seeded(seed=0):
    return Generator().manual_seed(seed)


def plain(value):
    """A batch as lists, tuples and arrays, from picograd or PyTorch, to compare with ==."""
    if isinstance(value, Tensor):
        return ("array", str(value.value.dtype), value.value.tolist())
    if type(value).__module__ == "torch":
        return ("array", str(value.numpy().dtype), value.tolist())
    if isinstance(value, dict):
        return (type(value).__name__, {key: plain(item) for key, item in value.items()})
    if isinstance(value, tuple | list):
        return (type(value).__name__, [plain(item) for item in value])
    return value


X = np.arange(30, dtype=np.float32).reshape(10, 3)
Y = np.arange(10)


def in_memory():
    return TensorDataset(Tensor(X), Tensor(Y))


class Squares(Dataset):
    """Item by item: (row, i * i); `broken` are the items that fail."""

    def __init__(self, count=10, broken=()):
        self.count, self.broken = count, broken

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        if index in self.broken:
            raise ValueError("bad pixel")
        return np.full(3, index, np.float32), index * index


class Stream(IterableDataset):
    def __init__(self, count=10, broken=None):
        self.count, self.broken = count, broken

    def __iter__(self):
        for index in range(self.count):
            if index == self.broken:
                raise ValueError("bad line")
            yield index


class SizedStream(Stream):
    def __len__(self):
        return self.count


class Waits(Dataset):
    """Item 0 takes `seconds`, the others none."""

    def __init__(self, seconds, count=4):
        self.seconds, self.count = seconds, count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        time.sleep(self.seconds if index == 0 else 0)
        return index


class Backwards(Sampler):
    """A user's sampler: only `__iter__` and `__len__`."""

    def __init__(self, count):
        self.count = count

    def __iter__(self):
        return iter(range(self.count - 1, -1, -1))

    def __len__(self):
        return self.count


def labels(loader):
    """The second field of all batches, as one list."""
    return [label for _, y in loader for label in y.value.tolist()]


def loader_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("picograd-loader")]


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)


@pytest.fixture(autouse=True)
def _no_thread_left():
    yield
    wait_until(lambda: not loader_threads())


# ---- datasets ----------------------------------------------------------------------------------------------------


def test_tensor_dataset():
    dataset = in_memory()
    assert len(dataset) == 10
    row, label = dataset[3]
    assert isinstance(dataset[3], tuple)
    np.testing.assert_array_equal(row.value, X[3])
    assert label.value == 3
    assert dataset[-1][1].value == 9
    assert np.shares_memory(dataset.tensors[0].value, X)
    assert len(list(dataset)) == 10  # ends by IndexError


def test_tensor_dataset_takes_arrays_and_gives_no_gradient():
    dataset = TensorDataset(X, Tensor(X, requires_grad=True))
    for field in (*dataset[0], *dataset.batch(slice(0, 4)), *dataset.batch(np.array([1, 2]))):
        assert not field.requires_grad
    assert np.shares_memory(dataset[0][0].value, X)


def test_tensor_dataset_batch():
    x, y = in_memory().batch(np.array([4, 1, -1]))
    np.testing.assert_array_equal(x.value, X[[4, 1, -1]])
    np.testing.assert_array_equal(y.value, [4, 1, 9])
    x, y = in_memory().batch(slice(2, 5))
    np.testing.assert_array_equal(x.value, X[2:5])
    assert np.shares_memory(x.value, X)


def test_concat_dataset():
    joined = in_memory() + Squares(5)
    assert isinstance(joined, ConcatDataset)
    assert joined.cumulative_sizes == [10, 15]
    assert len(joined) == 15
    assert joined[9][1].value == 9
    assert joined[10][1] == 0
    assert joined[-1][1] == 16
    assert joined.batch is None  # one part is read item by item
    with pytest.raises(IndexError, match="ConcatDataset: index 15 of 15 items: there is no such item; count from 0"):
        joined[15]


def parts_of(*sizes):
    ends = np.cumsum(sizes)
    return ConcatDataset(
        [TensorDataset(X[end - n : end], Y[end - n : end]) for n, end in zip(sizes, ends, strict=True)]
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-10, 9), max_size=12), st.sampled_from([(10,), (4, 6), (3, 0, 5, 2), (0, 10)]))
def test_concat_batch_is_the_joined_arrays_batch(indices, sizes):
    batch = parts_of(*sizes).batch(np.array(indices, np.int64))
    np.testing.assert_array_equal(batch[0].value, X[indices] if indices else np.empty((0, 3)))
    np.testing.assert_array_equal(batch[1].value, Y[indices] if indices else [])


def test_concat_batch_slices():
    nested = ConcatDataset([parts_of(4, 6), in_memory()])
    for start, stop in itertools.combinations(range(0, 21, 3), 2):
        np.testing.assert_array_equal(
            nested.batch(slice(start, stop))[0].value, np.concatenate([X, X])[start:stop], err_msg=f"{start}:{stop}"
        )
    assert np.shares_memory(nested.batch(slice(5, 9))[0].value, X)  # inside one part: a view
    with pytest.raises(IndexError, match=r"ConcatDataset: index \[3, 20\] of 20 items"):
        nested.batch(np.array([3, 20]))


def test_concat_of_unlike_rows_falls_back_to_items():
    joined = ConcatDataset([TensorDataset(X), TensorDataset(X[:, :1])])
    assert joined.batch is None
    assert len(list(DataLoader(joined, 5))) == 4
    with pytest.raises(RuntimeError, match=r"item 0 has shape \(3,\), item 2 of the batch has shape \(1,\)"):
        list(DataLoader(joined, 4))


def test_subset():
    subset = Subset(in_memory(), [5, 3, 8])
    assert len(subset) == 3
    assert subset[1][1].value == 3
    assert subset[[0, 2]][1].value.tolist() == [5, 8]
    assert subset.batch(np.array([2, 0]))[1].value.tolist() == [8, 5]
    assert subset.batch(slice(0, 2))[1].value.tolist() == [5, 3]
    subset.indices = [1, 1]
    assert labels(DataLoader(subset, 2)) == [1, 1]
    subset.indices.append(2)  # read anew each pass
    assert labels(DataLoader(subset, 2)) == [1, 1, 2]


@pytest.mark.parametrize("indices", [range(2, 8), [2, 3, 4, 5, 6, 7], np.arange(2, 8), Tensor(np.arange(2, 8))])
def test_subset_of_consecutive_items_is_a_view(indices):
    subset = Subset(in_memory(), indices)
    x, y = subset.batch(slice(1, 3))
    assert y.value.tolist() == [3, 4]
    assert np.shares_memory(x.value, X)


@pytest.mark.parametrize(
    ("indices", "expected"), [([], []), ([-2, -1], [8, 9]), ([-1, 0, 1], [9, 0, 1]), ([3, 2, 1], [3, 2, 1])]
)
def test_subset_of_odd_indices(indices, expected):
    assert labels(DataLoader(Subset(in_memory(), indices), 2)) == expected


def test_subset_of_items():
    subset = Subset(Subset(Squares(), [9, 7, 5, 3]), [3, 1])
    assert subset.batch is None
    assert labels(DataLoader(subset, 2)) == [9, 49]
    assert labels(DataLoader(Subset({"a": (1.0, 5), "b": (2.0, 6)}, ["b", "a"]), 2)) == [6, 5]


@pytest.mark.parametrize(
    ("count", "lengths", "sizes"),
    [
        (10, [7, 3], [7, 3]),
        (10, [10, 0], [10, 0]),
        (10, [0.5, 0.5], [5, 5]),
        (10, [0.7, 0.2, 0.1], [7, 2, 1]),
        (11, [0.3, 0.3, 0.4], [4, 3, 4]),
        (17, [0.1] * 10, [2] * 7 + [1] * 3),
        (5, [1.0], [5]),
    ],
)
def test_random_split(count, lengths, sizes):
    torch = pytest.importorskip("torch")
    parts = random_split(range(count), lengths, generator=seeded())
    assert [len(part) for part in parts] == sizes
    assert [len(part) for part in torch.utils.data.random_split(range(count), lengths)] == sizes
    assert sorted(part[i] for part in parts for i in range(len(part))) == list(range(count))
    again = random_split(range(count), lengths, generator=seeded())
    assert [part.indices for part in parts] == [part.indices for part in again]


def test_random_split_draws_from_the_global_generator():
    picograd.manual_seed(3)
    first = random_split(range(50), [25, 25])[0].indices
    other = random_split(range(50), [25, 25])[0].indices
    picograd.manual_seed(3)
    assert random_split(range(50), [25, 25])[0].indices == first != other


def test_random_split_warns_of_an_empty_part():
    with pytest.warns(UserWarning, match=r"random_split: fractions \[0.9, 0.1\] of 1 items: part 1 is empty"):
        random_split(range(1), [0.9, 0.1])


# ---- samplers ----------------------------------------------------------------------------------------------------

PERMUTATIONS = [
    lambda generator: RandomSampler(range(20), generator=generator),
    lambda generator: SubsetRandomSampler(range(20), generator=generator),
    lambda generator: WeightedRandomSampler([1.0] * 20, 20, replacement=False, generator=generator),
]


@pytest.mark.parametrize("make", PERMUTATIONS)
def test_a_shuffle_is_a_permutation_and_repeats(make):
    sampler = make(seeded())
    first, second = list(sampler), list(sampler)
    assert len(sampler) == 20
    assert sorted(first) == sorted(second) == list(range(20))
    assert first != second
    assert all(type(index) is int for index in first)
    assert list(make(seeded())) == first
    assert list(make(seeded(1))) != first


@pytest.mark.parametrize("make", PERMUTATIONS)
def test_a_shuffle_without_generator_follows_manual_seed(make):
    def two_passes():
        picograd.manual_seed(5)
        sampler = make(None)
        return list(sampler), list(sampler)

    first, second = two_passes()
    assert (first, second) == two_passes()
    assert first != second


def test_other_draws_do_not_change_an_order_begun():
    def order(draws):
        picograd.manual_seed(0)
        indices = iter(RandomSampler(range(100), replacement=True, num_samples=40000))
        first = next(indices)
        picograd.random.default_generator.rng.random(draws)
        return [first, *indices]

    assert order(0) == order(7)


@pytest.mark.parametrize(("num_samples", "replacement"), [(3, False), (25, False), (40, False), (3, True), (50, True)])
def test_random_sampler_num_samples(num_samples, replacement):
    sampler = RandomSampler(range(10), replacement, num_samples, seeded())
    drawn = list(sampler)
    assert len(drawn) == len(sampler) == sampler.num_samples == num_samples
    counts = np.bincount(drawn, minlength=10)
    if not replacement:
        assert counts.max() - counts.min() <= 1  # every index once before any comes again
    elif num_samples == 50:
        assert counts.max() - counts.min() > 1


def test_random_sampler_may_be_endless():
    sampler = RandomSampler(range(10), replacement=True, num_samples=10**10, generator=seeded())
    assert set(itertools.islice(sampler, 1000)) == set(range(10))
    assert len(next(iter(DataLoader(in_memory(), 64, sampler=sampler)))[1]) == 64


def test_random_sampler_sees_a_growing_dataset():
    data = [1, 2]
    sampler = RandomSampler(data)
    data.append(3)
    assert sorted(sampler) == [0, 1, 2]


def test_weighted_random_sampler():
    drawn = np.bincount(list(WeightedRandomSampler([1, 0, 3], 4000, generator=seeded())), minlength=3)
    assert drawn[1] == 0
    assert drawn[2] / drawn[0] == pytest.approx(3, rel=0.15)
    kept = list(WeightedRandomSampler(Tensor(np.array([0.0, 1, 2])), 2, replacement=False, generator=seeded()))
    assert sorted(kept) == [1, 2]
    weights = [Tensor(np.array(0.0)), Tensor(np.array(2.0))]  # as class_weights[label] gives them
    assert list(WeightedRandomSampler(weights, 3)) == [1, 1, 1]


@pytest.mark.parametrize("count", [0, 1, 5, 6, 7])
@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("wrap", [SequentialSampler, lambda source: list(source)])
def test_batch_sampler_is_pytorchs(count, drop_last, wrap):
    torch = pytest.importorskip("torch")
    ours = BatchSampler(wrap(range(count)), 3, drop_last)
    theirs = torch.utils.data.BatchSampler(range(count), 3, drop_last)
    assert list(ours) == list(theirs)
    assert len(ours) == len(theirs)


def test_batches_are_cut_across_chunks(monkeypatch):
    monkeypatch.setattr("picograd.utils.data.sampler.CHUNK_SIZE", 7)

    def sampler():
        return RandomSampler(range(100), replacement=True, num_samples=45, generator=seeded())

    batches = list(BatchSampler(sampler(), 10, False))
    assert [len(batch) for batch in batches] == [10, 10, 10, 10, 5]
    assert list(itertools.chain(*batches)) == list(sampler())


# ---- collating ---------------------------------------------------------------------------------------------------

F4 = np.float32
BATCHES = [
    [1, 2, 3],
    [1, 2.5],
    [1.5, 2.0],
    [True, False],
    ["a", "b"],
    [b"a", b"b"],
    [F4(1), F4(2)],
    [np.int64(1), np.int64(2)],
    [np.bool_(True), np.bool_(False)],
    [np.ones(2, F4), np.zeros(2, F4)],
    [np.array(1), np.array(2)],
    [(1, 2.0), (3, 4.0)],
    [[1, 2], [3, 4]],
    [(np.ones(2), "a"), (np.zeros(2), "b")],
    [Point(1, np.ones(2, F4)), Point(2, np.zeros(2, F4))],
    [{"a": 1, "b": [2.0, 3.0]}, {"a": 4, "b": [5.0, 6.0]}],
    [OrderedDict(a=1), OrderedDict(a=2)],
    [defaultdict(int, a=1), defaultdict(int, a=2)],
    [((1, 2), {"k": Point(1.0, "z")}), ((3, 4), {"k": Point(2.0, "w")})],
    [range(3), range(3)],
    [[], []],
]


@pytest.mark.parametrize("batch", BATCHES, ids=str)
def test_default_collate_is_pytorchs(batch):
    torch = pytest.importorskip("torch")
    assert plain(default_collate(batch)) == plain(torch.utils.data.default_collate(batch))


CONVERTED = [
    0,
    "a",
    None,
    np.array([0, 1]),
    np.float32(2),
    np.array(["a"]),
    Point(0, np.zeros(2)),
    (np.zeros(2), 1),
    [np.zeros(2), {"a": np.ones(1)}],
    {1, 2},
    range(2),
]


@pytest.mark.parametrize("data", CONVERTED, ids=str)
def test_default_convert_is_pytorchs(data):
    torch = pytest.importorskip("torch")
    assert str(plain(default_convert(data))) == str(plain(torch.utils.data.default_convert(data)))


def test_default_convert_shares_memory():
    assert np.shares_memory(default_convert(X).value, X)
    tensor = Tensor(X)
    assert default_convert(tensor) is tensor


def test_default_collate_stacks_tensors_without_gradient():
    batch = default_collate([Tensor([1.0, 2.0], requires_grad=True), Tensor([3.0, 4.0], requires_grad=True)])
    assert batch.value.tolist() == [[1, 2], [3, 4]]
    assert batch.value.dtype == np.float32
    assert not batch.requires_grad
    assert default_collate([Tensor(np.array(1)), Tensor(np.array(2))]).value.tolist() == [1, 2]


def test_collated_mapping_keeps_its_type():
    batch = default_collate([defaultdict(list, a=1), defaultdict(list, a=2)])
    assert batch["not there"] == []


# ---- the loader --------------------------------------------------------------------------------------------------


def one_by_one():
    """What `in_memory` holds, as a dataset without `batch`."""
    return [(X[index], Y[index]) for index in range(10)]


@pytest.mark.parametrize("make", [in_memory, one_by_one], ids=["sliced", "collated"])
@pytest.mark.parametrize("batch_size", [1, 3, 5, 10, 20])
@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("num_workers", [0, 2])
def test_loader_is_pytorchs(make, batch_size, drop_last, num_workers):
    torch = pytest.importorskip("torch")
    ours = DataLoader(make(), batch_size, drop_last=drop_last, num_workers=num_workers)
    theirs = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(Y)), batch_size, drop_last=drop_last
    )
    assert [plain(batch) for batch in ours] == [plain(batch) for batch in theirs]
    assert len(ours) == len(theirs)


@pytest.mark.parametrize("options", [{}, {"batch_size": None}, {"batch_size": 4}, {"batch_size": 4, "drop_last": True}])
@pytest.mark.parametrize("num_workers", [0, 2])
def test_stream_loader_is_pytorchs(options, num_workers):
    torch = pytest.importorskip("torch")

    class TheirStream(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter(range(10))

        def __len__(self):
            return 10

    ours = DataLoader(SizedStream(), num_workers=num_workers, **options)
    theirs = torch.utils.data.DataLoader(TheirStream(), **options)
    assert [plain(batch) for batch in ours] == [plain(batch) for batch in theirs]
    assert len(ours) == len(theirs)


def test_signature_is_pytorchs():
    import inspect

    torch = pytest.importorskip("torch")
    for name in ("DataLoader", "RandomSampler", "WeightedRandomSampler", "BatchSampler", "SubsetRandomSampler"):
        ours = inspect.signature(getattr(picograd.utils.data, name)).parameters
        theirs = inspect.signature(getattr(torch.utils.data, name)).parameters
        assert [(key, p.kind, p.default) for key, p in ours.items()] == [
            (key, p.kind, p.default) for key, p in theirs.items()
        ]


def test_in_memory_batches_are_sliced_never_collated(monkeypatch):
    monkeypatch.setattr(TensorDataset, "__getitem__", None)  # whoever asks for an item fails
    assert labels(DataLoader(in_memory(), 4)) == list(range(10))
    assert labels(DataLoader(in_memory(), 4, collate_fn=default_collate)) == list(range(10))
    assert sorted(labels(DataLoader(in_memory(), 4, shuffle=True, num_workers=2))) == list(range(10))
    for part in random_split(in_memory(), [6, 4]):
        assert sorted(labels(DataLoader(part, 4, shuffle=True))) == sorted(part.indices)


def test_unshuffled_batches_are_views():
    for x, y in DataLoader(in_memory(), 4):
        assert np.shares_memory(x.value, X)
        assert np.shares_memory(y.value, Y)
    for x, _ in DataLoader(in_memory(), 4, shuffle=True):
        assert not np.shares_memory(x.value, X)


def test_tensors_and_arrays_are_datasets():
    for data in (X, Tensor(X)):
        batches = list(DataLoader(data, 4))
        assert [len(batch) for batch in batches] == [4, 4, 2]
        assert np.shares_memory(batches[0].value, X)
    assert list(DataLoader(np.array(["a", "b"]), 2)) == [["a", "b"]]


def test_batch_protocol():
    class Doubles(Dataset):
        asked: list = []  # noqa: RUF012

        def __len__(self):
            return 5

        def batch(self, indices):
            self.asked.append(indices)
            return "whatever it likes"

    assert list(DataLoader(Doubles(), 3)) == ["whatever it likes"] * 2
    assert Doubles.asked == [slice(0, 3), slice(3, 5)]
    Doubles.asked.clear()
    list(DataLoader(Doubles(), 3, sampler=Backwards(5)))
    assert [(type(a), a.dtype, a.tolist()) for a in Doubles.asked] == [
        (np.ndarray, np.int64, [4, 3, 2]),
        (np.ndarray, np.int64, [1, 0]),
    ]


def test_batch_with_another_meaning_is_left_alone():
    class Foreign(Squares):
        def batch(self, batch_size):
            raise AssertionError

    assert labels(DataLoader(Foreign(), 5)) == [i * i for i in range(10)]


def test_a_subclass_that_changes_the_items_is_heard():
    class Negative(TensorDataset):
        def __getitem__(self, index):
            x, y = super().__getitem__(index)
            return x, -y

    class Plus(Subset):
        def __getitem__(self, index):
            x, y = super().__getitem__(index)
            return x, y + 100

    assert labels(DataLoader(Negative(X, Y), 4)) == [-label for label in range(10)]
    assert labels(DataLoader(Subset(Negative(X, Y), [3, 4]), 4)) == [-3, -4]
    assert labels(DataLoader(Plus(in_memory(), [3, 4]), 4)) == [103, 104]
    assert labels(DataLoader(Plus(Squares(), [3, 4]), 4, collate_fn=lambda items: default_collate(items))) == [109, 116]


def test_getitems_is_used():
    class Bulk(Squares):
        def __getitems__(self, indices):
            return [(0.0, index + 1000) for index in indices]

    assert labels(DataLoader(Bulk(), 5)) == list(range(1000, 1010))


def test_collate_fn_gets_the_items():
    seen = list(DataLoader(in_memory(), 4, collate_fn=lambda items: [int(y.value) for _, y in items]))
    assert seen == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert list(DataLoader(Squares(3), None, collate_fn=lambda item: item[1])) == [0, 1, 4]
    assert list(DataLoader(Stream(4), 2, collate_fn=sum)) == [1, 5]


def test_single_items():
    items = list(DataLoader(Squares(3), batch_size=None))
    assert [label for _, label in items] == [0, 1, 4]
    assert isinstance(items[0][0], Tensor)
    batches = DataLoader(in_memory(), None, sampler=BatchSampler(SequentialSampler(range(10)), 4, False))
    assert [y.value.tolist() for _, y in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert len(batches) == 3


@pytest.mark.parametrize("make", [in_memory, one_by_one], ids=["sliced", "collated"])
@pytest.mark.parametrize("num_workers", [0, 2])
def test_shuffle_repeats_from_the_generator(make, num_workers):
    def two_passes(generator):
        loader = DataLoader(make(), 3, shuffle=True, generator=generator, num_workers=num_workers)
        return labels(loader), labels(loader)

    first, second = two_passes(seeded())
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second
    assert two_passes(seeded()) == (first, second)
    assert two_passes(seeded(1)) != (first, second)
    picograd.manual_seed(9)
    unnamed = two_passes(None)
    picograd.manual_seed(9)
    assert two_passes(None) == unnamed
    # the same order whether sliced or collated, with or without workers
    assert first == list(RandomSampler(range(10), generator=seeded()))


@pytest.mark.parametrize("make", [in_memory, one_by_one], ids=["sliced", "collated"])
def test_samplers_of_the_user(make):
    assert labels(DataLoader(make(), 4, sampler=Backwards(10))) == list(range(9, -1, -1))
    assert labels(DataLoader(make(), 4, sampler=[5, 5, 1])) == [5, 5, 1]
    assert labels(DataLoader(make(), batch_sampler=[[1, 2], range(3, 5), np.array([0])])) == [1, 2, 3, 4, 0]
    assert labels(DataLoader(make(), batch_sampler=BatchSampler(Backwards(10), 4, True))) == [9, 8, 7, 6, 5, 4, 3, 2]
    assert len(DataLoader(make(), 4, sampler=[5, 5, 1])) == 1

    class Doubled(BatchSampler):
        def __iter__(self):
            return ([*batch, *batch] for batch in super().__iter__())

    assert labels(DataLoader(make(), batch_sampler=Doubled(range(2), 1, False))) == [0, 0, 1, 1]


def test_a_patched_sampler_is_heard(monkeypatch):
    monkeypatch.setattr(RandomSampler, "__iter__", lambda self: iter([3, 1]))
    assert labels(DataLoader(in_memory(), 4, shuffle=True)) == [3, 1]


@pytest.mark.parametrize("make", [in_memory, lambda: Squares(10)], ids=["sliced", "collated"])
def test_an_index_out_of_range_is_named(make):
    dataset = Subset(make(), list(range(10)))
    with pytest.raises(IndexError, match=r"items \[0, 99\]"):
        list(DataLoader(dataset, 2, sampler=[0, 99]))


def test_fixed_attributes():
    loader = DataLoader(in_memory(), 4)
    with pytest.raises(ValueError, match="DataLoader: batch_size=8: it is fixed once the loader is made; make a new"):
        loader.batch_size = 8
    loader.collate_fn = len  # this one may change
    assert list(loader) == [4, 4, 2]


# ---- workers -----------------------------------------------------------------------------------------------------


def test_workers_keep_the_order():
    assert list(DataLoader(Waits(0.05), None, num_workers=3)) == [0, 1, 2, 3]


def test_in_order_false_gives_what_is_ready():
    assert list(DataLoader(Waits(0.2), None, num_workers=2, in_order=False))[-1] == 0


def test_workers_load_ahead():
    loaded = []

    class Notes(Squares):
        def __getitem__(self, index):
            loaded.append(index)
            return index

    batches = iter(DataLoader(Notes(20), 1, num_workers=1, prefetch_factor=3))
    next(batches)
    wait_until(lambda: len(loaded) == 3)
    time.sleep(0.02)
    assert loaded == [0, 1, 2]
    next(batches)
    wait_until(lambda: len(loaded) == 4)
    time.sleep(0.02)
    assert loaded == [0, 1, 2, 3]  # never more than three ahead
    batches.close()


def test_leaving_early_drops_what_is_not_begun():
    loaded = []

    class Slow(Squares):
        def __getitem__(self, index):
            loaded.append(index)
            time.sleep(0.02)
            return index

    next(iter(DataLoader(Slow(100), 1, num_workers=1, prefetch_factor=50)))
    assert len(loaded) < 10


def refuse(batch):
    raise TypeError("no batch")


def test_leaving_early_leaves_no_thread():
    for dataset in (Squares(1000), Stream(1000)):
        for number, _ in enumerate(DataLoader(dataset, 2, num_workers=3)):
            if number == 2:
                break
        assert not loader_threads()
    with pytest.raises(TypeError, match="no batch"):
        list(map(refuse, DataLoader(Squares(1000), 2, num_workers=2)))


@pytest.mark.parametrize("num_workers", [0, 2])
def test_an_items_exception_is_raised_with_its_index(num_workers):
    batches = iter(DataLoader(Squares(10, broken=[7]), 3, num_workers=num_workers))
    assert labels([next(batches), next(batches)]) == [0, 1, 4, 9, 16, 25]  # what came before it is not lost
    with pytest.raises(ValueError, match=r"^item 7: bad pixel$"):
        next(batches)
    with pytest.raises(ValueError, match=r"^item 1: bad pixel$"):
        list(DataLoader(Squares(10, broken=[1]), None, num_workers=num_workers))
    with pytest.raises(ValueError, match=r"^items .*item 4: bad pixel$"):
        list(DataLoader(Subset(Squares(10, broken=[4]), [5, 4]), 2, num_workers=num_workers))
    with pytest.raises(ValueError, match=r"^after item 6 of the stream: bad line$"):
        list(DataLoader(Stream(10, broken=7), 3, num_workers=num_workers))


def test_an_exception_without_plain_message_gets_a_note():
    class Missing(Squares):
        def __getitem__(self, index):
            raise FileNotFoundError(2, "No such file", "x.png")

    with pytest.raises(FileNotFoundError, match=r"x\.png") as caught:
        list(DataLoader(Missing(), 2, num_workers=1))
    assert caught.value.errno == 2
    assert caught.value.__notes__ == ["item 0"]


def test_collate_exception_names_the_items():
    with pytest.raises(TypeError, match=r"^items \[0, 1, 2, \.\.\., 4\]: default_collate: items of type NoneType"):
        list(DataLoader([None] * 5, 5))


@pytest.mark.parametrize("persistent", [False, True])
def test_worker_init_fn(persistent):
    started, seen = [], set()

    class Asks(Squares):
        def __getitem__(self, index):
            time.sleep(0.002)
            info = get_worker_info()
            seen.add((info.id, info.num_workers, info.dataset is self))
            return index

    dataset = Asks()
    loader = DataLoader(dataset, 1, num_workers=2, worker_init_fn=started.append, persistent_workers=persistent)
    assert len(list(loader)) == 10
    assert len(list(loader)) == 10
    assert sorted(started) == ([0, 1] if persistent else [0, 0, 1, 1])
    assert seen == {(0, 2, True), (1, 2, True)}
    assert get_worker_info() is None
    assert len(loader_threads()) == (2 if persistent else 0)
    del loader  # persistent workers end with their loader
    wait_until(lambda: not loader_threads())


def test_worker_init_fn_that_fails():
    def fails(number):
        raise OSError("no camera")

    with pytest.raises(OSError, match="no camera"):
        list(DataLoader(Squares(), 2, num_workers=2, worker_init_fn=fails))


def test_timeout():
    with pytest.raises(
        RuntimeError, match=r"DataLoader: timeout=0.02: the next batch did not come .*; give it a longer"
    ):
        list(DataLoader(Waits(0.3), 1, num_workers=1, timeout=0.02))
    wait_until(lambda: not loader_threads())  # it ends when the item has come at last
    assert len(list(DataLoader(Waits(0.01), 1, num_workers=1, timeout=10))) == 4


def test_a_stream_is_read_once_whatever_the_workers():
    class Shards(IterableDataset):
        def __iter__(self):
            info = get_worker_info()
            return iter(range(12)) if info is None else iter(range(info.id, 12, info.num_workers))

    assert list(DataLoader(Shards(), None, num_workers=3)) == list(range(12))


# ---- mistakes ----------------------------------------------------------------------------------------------------

MISTAKES = [
    (lambda: TensorDataset(), ValueError, "TensorDataset: no tensors: a dataset needs at least one; give"),
    (lambda: TensorDataset([1.0]), TypeError, "TensorDataset: list: it holds Tensors or arrays; convert it"),
    (
        lambda: TensorDataset(X, Y[:9]),
        ValueError,
        r"TensorDataset: shapes \(10, 3\), \(9,\): all need one length .*; cut",
    ),
    (lambda: TensorDataset(np.array(1.0)), ValueError, r"TensorDataset: shapes \(\): all need one length"),
    (lambda: ConcatDataset([]), ValueError, "ConcatDataset: no datasets: it joins at least one; give"),
    (lambda: ConcatDataset([Stream()]), TypeError, "ConcatDataset: Stream: a stream has no indices to join; chain"),
    (lambda: Dataset()[0], NotImplementedError, "Dataset: Dataset: it cannot give items yet; define __getitem__"),
    (lambda: iter(IterableDataset()), NotImplementedError, "IterableDataset: .*: it cannot give items yet; define"),
    (lambda: list(Sampler()), NotImplementedError, "Sampler: Sampler: it cannot give indices yet; define __iter__"),
    (
        lambda: random_split(range(10), [5, 4]),
        ValueError,
        r"random_split: lengths \[5, 4\] sum to 9: .* 10 items; give",
    ),
    (
        lambda: random_split(range(10), [0.5, 0.4]),
        ValueError,
        r"random_split: lengths \[0.5, 0.4\] sum to 0.9: .*; give",
    ),
    (lambda: random_split(range(10), [12, -2]), ValueError, "random_split: .*: a part cannot be negative; give"),
    (lambda: random_split(range(10), [8.0, 2.0]), TypeError, "random_split: .*: counts are ints; convert them"),
    (lambda: random_split(range(10), ["all"]), TypeError, "random_split: .*: they are not all numbers; give"),
    (lambda: random_split(Stream(), [1.0]), TypeError, "dataset: Stream: it has no length; define __len__"),
    (lambda: random_split(range(9), [9], 3), TypeError, "random_split: generator of type int: .*; give"),
    (lambda: RandomSampler([]), ValueError, "RandomSampler: a dataset of 0 items: there is nothing to shuffle; give"),
    (lambda: RandomSampler([1], num_samples=0), ValueError, "RandomSampler: num_samples=0: it is a count; give"),
    (lambda: RandomSampler([1], num_samples=1.5), TypeError, "RandomSampler: num_samples=1.5: it is a count; give"),
    (lambda: RandomSampler([1], replacement=3), TypeError, "RandomSampler: replacement=3: it is a choice; give"),
    (lambda: RandomSampler([1], generator=0), TypeError, "RandomSampler: generator of type int: it is no picograd"),
    (lambda: SubsetRandomSampler([0.5]), TypeError, "SubsetRandomSampler: indices of dtype float64 .*; give a list"),
    (lambda: WeightedRandomSampler([[1.0]], 1), TypeError, None),
    (lambda: WeightedRandomSampler(np.ones((2, 2)), 1), ValueError, r"weights of shape \(2, 2\): they are one row"),
    (
        lambda: WeightedRandomSampler([1, -1], 1),
        ValueError,
        r"WeightedRandomSampler: weights of shape \(2,\): .*; give",
    ),
    (
        lambda: WeightedRandomSampler([1, np.nan], 1),
        ValueError,
        "they are to be finite, not negative, and not all zero",
    ),
    (lambda: WeightedRandomSampler([0, 0], 1), ValueError, "they are to be finite, not negative, and not all zero"),
    (
        lambda: WeightedRandomSampler([1, 0], 2, False),
        ValueError,
        "num_samples=2 without replacement, and only 1 weights",
    ),
    (lambda: WeightedRandomSampler([1], -1), ValueError, "WeightedRandomSampler: num_samples=-1: it is a count; give"),
    (lambda: BatchSampler([1], 0, False), ValueError, "BatchSampler: batch_size=0: it is a count; give"),
    (lambda: BatchSampler([1], 2, None), TypeError, "BatchSampler: drop_last=None: it is a choice; give"),
    (lambda: default_collate([]), ValueError, "default_collate: an empty batch: there is nothing to stack; give"),
    (
        lambda: default_collate([1, 2**70]),
        ValueError,
        "default_collate: ints up to .*: they do not fit into 64 bits; give",
    ),
    (lambda: default_collate([None]), TypeError, "default_collate: items of type NoneType: only tensors, .*; convert"),
    (lambda: default_collate([1, "a"]), TypeError, "default_collate: items of types int, str: .*; convert"),
    (lambda: default_collate([1.0, None]), TypeError, "default_collate: items of types NoneType, float: .*; convert"),
    (lambda: default_collate([(1,), 2]), TypeError, "default_collate: items of types int, tuple: .*; convert"),
    (
        lambda: default_collate([np.array(["a"])] * 2),
        TypeError,
        "default_collate: items of type <U1 array: .*; convert",
    ),
    (
        lambda: default_collate([X, X[1:]]),
        RuntimeError,
        r"item 0 has shape \(10, 3\), item 1 .* \(9, 3\): .*; pad them",
    ),
    (lambda: default_collate([(1,), (1, 2)]), RuntimeError, "item 0 has 1 fields, item 1 of the batch has 2: .*; pad"),
    (
        lambda: default_collate([{"a": 1}, {"b": 1}]),
        RuntimeError,
        r"item 0 has the key 'a', item 1 .* \['b'\]: .*; add",
    ),
    (lambda: DataLoader(X, -1), ValueError, "DataLoader: batch_size=-1: it is a count; give"),
    (lambda: DataLoader(X, 2.0), TypeError, "DataLoader: batch_size=2.0: it is a count; give"),
    (lambda: DataLoader(X, True), TypeError, "DataLoader: batch_size=True: it is a count; give"),
    (lambda: DataLoader(X, drop_last=1), TypeError, "DataLoader: drop_last=1: it is a choice; give"),
    (lambda: DataLoader(X, shuffle=True, sampler=[1]), ValueError, "DataLoader: shuffle together with a sampler: both"),
    (lambda: DataLoader(X, 2, batch_sampler=[[1]]), ValueError, "DataLoader: a batch_sampler together with batch_size"),
    (lambda: DataLoader(X, shuffle=True, batch_sampler=[[1]]), ValueError, "DataLoader: a batch_sampler together with"),
    (lambda: DataLoader(X, None, drop_last=True), ValueError, "DataLoader: drop_last with batch_size=None: .*; give"),
    (lambda: DataLoader([], shuffle=True), ValueError, "RandomSampler: a dataset of 0 items: there is nothing to"),
    (lambda: DataLoader(iter([1])), TypeError, "dataset: list_iterator: it has no length; define __len__"),
    (lambda: DataLoader(Stream(), shuffle=True), ValueError, "DataLoader: shuffle with an IterableDataset: .*; leave"),
    (lambda: DataLoader(Stream(), sampler=[1]), ValueError, "DataLoader: a sampler with an IterableDataset: .*; leave"),
    (lambda: DataLoader(Stream(), batch_sampler=[[1]]), ValueError, "DataLoader: a batch_sampler with an Iterable"),
    (lambda: len(DataLoader(Stream())), TypeError, "dataset: Stream: it has no length; define __len__"),
    (lambda: DataLoader(X, generator=0), TypeError, "DataLoader: generator of type int: it is no picograd generator"),
    (lambda: DataLoader(X, num_workers=-1), ValueError, "DataLoader: num_workers=-1: it is a count; give"),
    (lambda: DataLoader(X, num_workers=1.0), TypeError, "DataLoader: num_workers=1.0: it is a count; give"),
    (lambda: DataLoader(X, num_workers=1, timeout=-1), ValueError, "DataLoader: timeout=-1: it is in seconds; give"),
    (lambda: DataLoader(X, num_workers=1, timeout="1"), TypeError, "DataLoader: timeout='1': it is in seconds; give"),
    (lambda: DataLoader(X, timeout=1), ValueError, "DataLoader: timeout without workers: .*; give num_workers too"),
    (lambda: DataLoader(X, prefetch_factor=2), ValueError, "DataLoader: prefetch_factor without workers: .*; give"),
    (lambda: DataLoader(X, num_workers=1, prefetch_factor=0), ValueError, "DataLoader: prefetch_factor=0: .*; give"),
    (lambda: DataLoader(X, persistent_workers=True), ValueError, "DataLoader: persistent_workers without workers: .*"),
    (
        lambda: next(iter(DataLoader(X, 2, sampler=[0.5, 1]))),
        TypeError,
        "DataLoader: indices of dtype float64 .*; give",
    ),
    (lambda: Subset(in_memory(), ["a"]).batch, TypeError, "Subset: indices of dtype <U1 and shape .*; give a list"),
]


@pytest.mark.parametrize(("call", "error", "message"), MISTAKES, ids=[str(row[2])[:60] for row in MISTAKES])
def test_mistakes(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_an_empty_dataset_gives_no_batches():
    assert list(DataLoader(TensorDataset(X[:0]), 4)) == []
    assert list(DataLoader([], 4, num_workers=2)) == []
    assert list(DataLoader(Stream(0), 4)) == []
