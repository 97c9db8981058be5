"""picograd.datasets: MNIST, and where its files come from. No test uses the network."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest

from picograd.datasets import MNIST, files
from picograd.datasets.files import DataFile
from picograd.tensor import Tensor
from picograd.utils.data import DataLoader, random_split

CHECKOUT = Path(__file__).resolve().parents[1]
COUNT = 20


def idx(array):
    """An array as the bytes of an IDX file."""
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes() + array.tobytes()


PICTURES = np.random.default_rng(0).integers(0, 256, (COUNT, 28, 28), dtype=np.uint8)
DIGITS = np.arange(COUNT, dtype=np.uint8) % 10
CONTENTS = {"train-images-idx3-ubyte": idx(PICTURES), "train-labels-idx1-ubyte": idx(DIGITS)}
FILES = tuple(DataFile(name, hashlib.sha256(content).hexdigest()) for name, content in CONTENTS.items())


@pytest.fixture
def small(monkeypatch, tmp_path):
    """MNIST with 20 pictures; every place that is searched is empty, and the network answers nothing."""

    def no_network(address):
        raise URLError("no network in tests")

    monkeypatch.setattr(MNIST, "files", {True: FILES})
    monkeypatch.setenv("PICOGRAD_DATA", str(tmp_path / "variable"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))
    # the checkout's own folder, wherever the tests run
    monkeypatch.setattr(files, "__file__", str(tmp_path / "checkout" / "picograd" / "datasets" / "files.py"))
    monkeypatch.setattr(files, "open_address", no_network)
    return tmp_path


def put(folder, packed=True, contents=CONTENTS):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / (f"{name}.gz" if packed else name)).write_bytes(gzip.compress(content) if packed else content)


class Answer(io.BytesIO):
    """What a web server answers; `length` is what it says that it will send."""

    def __init__(self, content, length=None):
        super().__init__(content)
        self.headers = {"Content-Length": str(len(content) if length is None else length)}


def everything_on_disk(folder):
    return [path.name for path in folder.rglob("*") if path.is_file()]


# ---- the data ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def test_set():
    return MNIST(CHECKOUT / "data", train=False, download=False)


def test_mnist_is_mnist(test_set):
    assert test_set.data.shape == (10000, 28, 28)
    assert test_set.data.dtype == np.uint8
    assert test_set.targets.shape == (10000,)
    assert test_set.targets.dtype == np.int64
    assert test_set.targets[:5].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(test_set.targets).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert test_set.classes[7] == "7 - seven"
    assert test_set.data.flags.writeable
    assert repr(test_set).startswith("MNIST: 10000 test pictures of 28 x 28, 10 classes\n  root: ")


def test_the_training_set_is_whole():
    training_set = MNIST(download=False)
    assert len(training_set) == 60000
    assert training_set.targets[:5].tolist() == [5, 0, 4, 1, 9]
    assert training_set.data.mean() / 255 == pytest.approx(0.1307, abs=1e-4)


def test_items(test_set):
    image, label = test_set[0]
    assert image.value.shape == (1, 28, 28)
    assert image.value.dtype == np.float32
    assert not image.requires_grad
    assert (image.value.min(), image.value.max()) == (0, 1)
    np.testing.assert_array_equal(image.value[0], test_set.data[0].astype(np.float32) / 255)
    assert (type(label), label) == (int, 7)
    assert test_set[-1][1] == test_set[np.int64(9999)][1] == 6


@pytest.mark.parametrize("indices", [slice(3, 7), np.array([9, 2, -1]), np.array([], np.int64)])
def test_batches_are_the_items(test_set, indices):
    images, labels = test_set.batch(indices)
    numbers = np.arange(10000)[indices]
    assert images.value.shape == (len(numbers), 1, 28, 28)
    assert images.value.dtype == np.float32
    assert labels.value.dtype == np.int64
    for k, number in enumerate(numbers.tolist()):
        np.testing.assert_array_equal(images.value[k], test_set[number][0].value)
        assert labels.value[k] == test_set[number][1]


def test_in_a_loader(small, monkeypatch):
    put(small)
    dataset = MNIST(small)
    monkeypatch.setattr(MNIST, "__getitem__", None)  # whoever asks for an item fails
    batches = list(DataLoader(dataset, 8))
    assert [images.value.shape for images, _ in batches] == [(8, 1, 28, 28), (8, 1, 28, 28), (4, 1, 28, 28)]
    assert np.concatenate([labels.value for _, labels in batches]).tolist() == DIGITS.tolist()
    for part in random_split(dataset, [0.75, 0.25]):
        ((_, labels),) = DataLoader(part, 20)
        assert labels.value.tolist() == DIGITS[part.indices].tolist()


def test_transforms(small):
    put(small)
    seen = []

    def transform(picture):
        seen.append((picture.shape, picture.dtype))
        return Tensor(picture[::2, ::2] / np.float32(255))

    dataset = MNIST(small, transform=transform, target_transform=lambda label: label + 100)
    image, label = dataset[3]
    assert seen == [((28, 28), np.uint8)]
    assert image.value.shape == (14, 14)
    assert label == 103
    assert dataset.batch is None
    images, labels = next(iter(DataLoader(dataset, 4, num_workers=2)))
    assert images.value.shape == (4, 14, 14)
    assert labels.value.tolist() == [100, 101, 102, 103]
    assert "  transform: <function" in repr(dataset)
    only_labels = MNIST(small, target_transform=str)
    assert only_labels[1][0].value.shape == (1, 28, 28)
    assert next(iter(DataLoader(only_labels, 3)))[1] == ("0", "1", "2")


def test_the_original_files_are_here_as_they_should_be():
    readme = (CHECKOUT / "data" / "mnist" / "README.md").read_text(encoding="utf-8")
    for file in (*MNIST.files[True], *MNIST.files[False]):
        packed = (CHECKOUT / "data" / "mnist" / f"{file.name}.gz").read_bytes()
        assert hashlib.sha256(gzip.decompress(packed)).hexdigest() == file.sha256
        assert f"| `{file.name}.gz` |" in readme
        assert file.sha256 in readme
    for word in ("LeCun", "Cortes", "Burges", "CC BY-SA 3.0"):
        assert word.replace(" ", "") in readme.replace(" ", "").replace("\n", "")


# ---- where the files lie -----------------------------------------------------------------------------------------

PLACES = ["root", "variable", "checkout/data", "cache/picograd"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("folder", ["", "mnist", "MNIST/raw"])
@pytest.mark.parametrize("packed", [True, False])
def test_files_are_found(small, place, folder, packed):
    put(small / place / folder, packed)
    dataset = MNIST(small / "root", download=False)
    np.testing.assert_array_equal(dataset.data, PICTURES)
    np.testing.assert_array_equal(dataset.targets, DIGITS)
    if place != "root":
        assert len(MNIST(download=False)) == COUNT


def test_places_are_searched_in_order(small, monkeypatch):
    monkeypatch.setattr(files, "read_verified", lambda path, sha256: str(path))
    monkeypatch.setattr("picograd.datasets.mnist.idx_array", lambda path: found.append(path) or PICTURES)
    for place in reversed(PLACES):
        put(small / place)
        found = []
        MNIST(small / "root", download=False)
        assert [Path(path).parent for path in found] == [small / place] * 2


def test_the_windows_and_the_default_cache(small, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    assert files.cache_folder() == small / "cache" / "picograd"
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", lambda: small / "home")
    assert files.cache_folder() == small / "home" / ".cache" / "picograd"


def test_root_may_be_a_string_with_a_tilde(small, monkeypatch):
    monkeypatch.setenv("HOME", str(small))
    monkeypatch.setenv("USERPROFILE", str(small))
    put(small / "my data")
    assert len(MNIST("~/my data", download=False)) == COUNT


# ---- what can be wrong with them ---------------------------------------------------------------------------------

NAME = "train-images-idx3-ubyte"
WHOLE = gzip.compress(CONTENTS[NAME])
AGAIN = "; delete it, and it is looked for elsewhere or downloaded again$"
DAMAGES = [
    ("truncated", WHOLE[:-100], r"the file is cut off after \d+ bytes"),
    ("empty", b"", "the file is damaged or another one: its 0 unpacked bytes have the SHA-256 e3b0c442"),
    ("no gzip file", b"<html>not found</html>", "the file is damaged .Not a gzipped file"),
    ("a flipped bit", WHOLE[:500] + bytes([WHOLE[500] ^ 1]) + WHOLE[501:], "the file is damaged .*"),
    ("another file", gzip.compress(CONTENTS["train-labels-idx1-ubyte"]), "the file is damaged or another one: its 28"),
]


@pytest.mark.parametrize(("content", "message"), [row[1:] for row in DAMAGES], ids=[row[0] for row in DAMAGES])
@pytest.mark.parametrize("download", [True, False])
def test_a_damaged_file_is_named(small, content, message, download):
    put(small / "root")
    put(small / "cache" / "picograd")  # a whole one elsewhere is no reason to be silent
    damaged = small / "root" / f"{NAME}.gz"
    damaged.write_bytes(content)
    with pytest.raises(RuntimeError, match=rf"load: .*{damaged.name}: {message}.*{AGAIN}"):
        MNIST(small / "root", download=download)
    assert damaged.read_bytes() == content  # left as it was


def test_a_damaged_unpacked_file_is_named(small):
    put(small / "root", packed=False)
    (small / "root" / NAME).write_bytes(b"short")
    with pytest.raises(RuntimeError, match=f"{NAME}: the file is damaged or another one: its 5 unpacked bytes"):
        MNIST(small / "root")


def test_an_unreadable_file_is_named(small, monkeypatch):
    (small / "root" / f"{NAME}.gz").mkdir(parents=True)  # a folder of that name: no one can read it, not even root
    with pytest.raises(RuntimeError, match=rf"load: .*{NAME}.gz: it cannot be read \(.*\); give yourself the right"):
        MNIST(small / "root")

    def refuses(path, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refuses)
    with pytest.raises(RuntimeError, match=rf"load: .*{NAME}.gz: it cannot be read \(Permission denied\); give"):
        MNIST(small / "other")


def test_missing_files(small):
    with pytest.raises(
        RuntimeError, match=f"load: {NAME}.gz: it is in none of .*; put it there, set PICOGRAD_DATA"
    ) as e:
        MNIST(small / "root", download=False)
    assert all(str(small / place) in str(e.value) for place in PLACES)


MISTAKES = [
    (lambda dataset: MNIST(root=3), TypeError, "MNIST: root=3: it is no path; give a folder, or None"),
    (
        lambda dataset: dataset[COUNT],
        IndexError,
        f"MNIST: index {COUNT} of {COUNT} items: there is no such item; count",
    ),
    (lambda dataset: dataset[-COUNT - 1], IndexError, "MNIST: index -21 of 20 items"),
    (
        lambda dataset: dataset[1:3],
        TypeError,
        r"MNIST: index slice\(1, 3, None\): items come one at a time; use an int",
    ),
    (lambda dataset: dataset[0.5], TypeError, "MNIST: index 0.5: items come one at a time; use an int, or batch"),
]


@pytest.mark.parametrize(("call", "error", "message"), MISTAKES)
def test_mistakes(small, call, error, message):
    put(small)
    with pytest.raises(error, match=message):
        call(MNIST(small))


# ---- downloading -------------------------------------------------------------------------------------------------


@pytest.fixture
def network(small, monkeypatch):
    """A network that is whatever `network.answer(address)` says; `network.asked` are the addresses."""

    class Network:
        asked: list = []  # noqa: RUF012

        @staticmethod
        def answer(address):
            return Answer(gzip.compress(CONTENTS[address.rsplit("/", 1)[-1].removesuffix(".gz")]))

    def open_address(address):
        Network.asked.append(address)
        return Network.answer(address)

    Network.asked = []
    Network.folder = small
    monkeypatch.setattr(files, "open_address", open_address)
    return Network


@pytest.mark.parametrize(("root", "target"), [("root", "root/mnist"), (None, "cache/picograd/mnist")])
def test_download(network, root, target, capsys):
    dataset = MNIST(root and network.folder / root)
    np.testing.assert_array_equal(dataset.data, PICTURES)
    assert network.asked == [MNIST.mirrors[0] + f"{file.name}.gz" for file in FILES]
    assert sorted(path.name for path in (network.folder / target).iterdir()) == [f"{f.name}.gz" for f in FILES]
    assert f"{NAME}.gz: 100%" in capsys.readouterr().err  # the progress bar
    MNIST(root and network.folder / root)  # now it is there
    assert len(network.asked) == 2


def test_download_is_only_the_last_resort(network):
    put(network.folder / "cache" / "picograd")
    MNIST(network.folder / "root")
    with pytest.raises(RuntimeError, match="it is in none of"):
        files.load(DataFile("x", ""), None, MNIST.folders, ["http://mirror/"], download=False)
    assert network.asked == []


BREAKS = [
    ("no network", lambda whole: URLError("no route"), "no route"),
    ("broken off", lambda whole: Answer(whole[:-50], len(whole)), r"it broke off after \d+ of \d+ bytes"),
    ("broken off, unsaid", lambda whole: Answer(whole[:-50], 0), r"the file is cut off after \d+ bytes"),
    (
        "another file",
        lambda whole: Answer(gzip.compress(b"other")),
        "the file is damaged or another one: its 5 unpacked",
    ),
    ("a login page", lambda whole: Answer(b"<html>"), "the file is damaged .Not a gzipped file"),
]


def answering(make, good):
    """A network in which the first mirror answers what `make` makes of the whole file."""

    def answer(address):
        if not address.startswith(MNIST.mirrors[0]):
            return good(address)
        made = make(good(address).getvalue())
        if isinstance(made, BaseException):
            raise made
        return made

    return answer


@pytest.mark.parametrize(("make", "reason"), [row[1:] for row in BREAKS], ids=[row[0] for row in BREAKS])
def test_a_download_that_breaks_off(network, make, reason, monkeypatch):
    network.answer = staticmethod(answering(make, network.answer))
    assert len(MNIST(network.folder / "root")) == COUNT  # from the second mirror
    assert len(everything_on_disk(network.folder)) == 2
    monkeypatch.setattr(MNIST, "mirrors", MNIST.mirrors[:1])
    with pytest.raises(RuntimeError, match=rf"download: {NAME}.gz: no address gave it \(http.*{reason}.*\); check the"):
        MNIST(network.folder / "other")
    assert len(everything_on_disk(network.folder)) == 2  # nothing half written


def test_ctrl_c_in_a_download_leaves_nothing(network):
    class Interrupted(Answer):
        def read(self, size=-1):
            if self.tell() > 0:
                assert len(everything_on_disk(network.folder)) == 1  # it was being written
                raise KeyboardInterrupt
            return super().read(100)

    network.answer = staticmethod(lambda address: Interrupted(WHOLE))
    with pytest.raises(KeyboardInterrupt):
        MNIST(network.folder / "root")
    assert everything_on_disk(network.folder) == []


def test_a_folder_that_cannot_be_written(network):
    (network.folder / "root").write_text("a file, not a folder")
    with pytest.raises(RuntimeError, match=r"download: .*: it cannot be written there \(.*\); give a root that can"):
        MNIST(network.folder / "root")


def test_imports_stay_light():
    code = "import sys, picograd.datasets; print(sorted({'tqdm', 'urllib.request', 'http.client'} & set(sys.modules)))"
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    assert subprocess.check_output([sys.executable, "-c", code], env=environment, text=True).strip() == "[]"
