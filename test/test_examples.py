"""The examples: the MNIST script, as its users run it, and the notebook."""

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from picograd.io import load, save

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "examples" / "train_MNIST.py"
sys.path.insert(0, str(SCRIPT.parent))

import train_MNIST  # noqa: E402
import training  # noqa: E402

SMALL = ["--train-size", "640", "--test-size", "200", "--epochs", "2"]


def command(*arguments):
    return [sys.executable, str(SCRIPT), *map(str, arguments)]


def run(*arguments):
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=120)


def weights(folder):
    """All arrays of a checkpoint: the model's, the optimizer's, the random generator's."""
    return safetensors.numpy.load_file(folder / "checkpoint.safetensors")


def assert_same_weights(a, b):
    a, b = weights(a), weights(b)
    assert a.keys() == b.keys()
    assert len(a) > 12
    assert all(np.array_equal(a[name], b[name]) for name in a)


def without_notice(stderr):
    """What was written there, but for the sentence of a first run about kernels that are compiled."""
    return re.sub(r"picograd: compiling kernels for this machine; .*\n", "", stderr)


# ---- a run ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small_run(tmp_path_factory):
    """A run of two epochs on 640 digits, in a process of its own: what it said, and its folder."""
    folder = tmp_path_factory.mktemp("mnist") / "new folder"
    return run(*SMALL, "--output", folder), folder


def test_small_run_prints_its_results(small_run):
    result, folder = small_run
    assert (result.returncode, without_notice(result.stderr)) == (0, "")
    lines = result.stdout.splitlines()
    line = r"epoch  {}/2  loss \d\.\d{{4}}  accuracy +\d+\.\d\d%  +[\d,]+ images/s  test \d+\.\d\d%"
    assert [bool(re.fullmatch(line.format(epoch), lines[epoch - 1])) for epoch in (1, 2)] == [True, True]
    for words in (
        r"test accuracy +\d\d\.\d\d%   \d+ of 200 digits",
        r"test error +\d+\.\d\d%   \d+ digits",
        r"wall time +\d+\.\d s   2 epochs, tests included",
        r"speed +[\d,]+   images/s in training",
        r"parameters +1,276,810   784-800-800-10",
    ):
        assert re.search(words, result.stdout), result.stdout
    accuracy = load(folder / "checkpoint.safetensors")["history"]["test_accuracy"][-1]
    assert f"test accuracy     {accuracy:7.2%}" in result.stdout
    assert accuracy > 0.6


def test_small_run_leaves_its_files(small_run):
    _, folder = small_run
    assert sorted(os.listdir(folder)) == ["checkpoint.safetensors", "curves.png", "digits.png"]
    for name in ("curves.png", "digits.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")
    state = load(folder / "checkpoint.safetensors")
    assert (state["epoch"], state["batch"], state["settings"]["train_size"]) == (2, 0, 640)
    assert {len(values) for values in state["history"].values()} == {2}
    assert weights(folder)["model.fc1.weight"].shape == (800, 784)


def test_same_seed_same_weights(small_run, tmp_path):
    _, folder = small_run
    run(*SMALL, "--output", tmp_path / "same", "--quiet")
    run(*SMALL, "--output", tmp_path / "other", "--quiet", "--seed", 1)
    assert_same_weights(folder, tmp_path / "same")
    other = weights(tmp_path / "other")["model.fc1.weight"]
    assert not np.array_equal(weights(folder)["model.fc1.weight"], other)


def test_quiet_prints_the_results_only(tmp_path):
    result = run(*SMALL, "--output", tmp_path, "--quiet", "--epochs", 1)
    assert "epoch  1/1" not in result.stdout
    assert "test accuracy" in result.stdout
    assert without_notice(result.stderr) == ""


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals")
def test_progress_bar_on_a_terminal(tmp_path):
    import fcntl
    import struct
    import termios

    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))  # rows, columns
    large = command("--train-size", 6400, "--epochs", 1, "--output", tmp_path)  # long enough to be drawn again
    process = subprocess.Popen(large, stdout=subprocess.PIPE, stderr=theirs, text=True)
    os.close(theirs)
    shown = b""
    while True:
        try:
            shown += os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
    os.close(ours)
    process.communicate()
    line = r"epoch  1/1  loss \d\.\d{4}  accuracy +\d+\.\d\d%  +[\d,]+ images/s [█▉▊▋▌▍▎▏#]+ +\d\d:\d\d left"
    assert re.search(line, shown.decode())


def hide_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for name in [name for name in sys.modules if name.startswith("matplotlib.") or "pictures" in name]:
        monkeypatch.delitem(sys.modules, name)


def test_without_matplotlib(tmp_path, capsys, monkeypatch):
    hide_matplotlib(monkeypatch)
    assert train_MNIST.main([*SMALL, "--epochs", "1", "--output", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "test accuracy" in shown
    assert "No pictures, as matplotlib is not installed: pip install matplotlib, then run again with --resume." in shown
    assert os.listdir(tmp_path) == ["checkpoint.safetensors"]


# ---- Ctrl-C and resume ----------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT to send")
def test_ctrl_c_then_resume_is_exact(tmp_path):
    settings = ["--train-size", 6400, "--test-size", 100, "--epochs", 2]
    run(*settings, "--output", tmp_path / "whole", "--quiet")
    process = subprocess.Popen(command(*settings, "--output", tmp_path / "a b"), stdout=subprocess.PIPE, text=True)
    process.stdout.readline()  # the first epoch's
    process.send_signal(signal.SIGINT)
    shown, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    told = re.search(
        r"Stopped after 1 epochs and (\d+) batches, all of which are in .*\. To go on:\npython (.*)\n", shown
    )
    assert load(tmp_path / "a b" / "checkpoint.safetensors")["batch"] == int(told[1])
    script, *arguments = shlex.split(told[2])
    assert Path(script) == SCRIPT
    resumed = run(*arguments)
    assert f"Resuming after 1 epochs and {told[1]} batches." in resumed.stdout
    assert resumed.returncode == 0
    assert_same_weights(tmp_path / "whole", tmp_path / "a b")


@pytest.mark.parametrize("stops", [(0,), (3,), (9,), (10, 15), (1, 2, 13)])
def test_resumed_runs_are_exact(stops, small_run, tmp_path):
    """Stopped after so many steps (an epoch has 10) and resumed, a run ends with the weights of a whole one."""
    _, folder = small_run
    checkpoint = tmp_path / "checkpoint.safetensors"
    data = train_MNIST.digits(True, 640), train_MNIST.digits(False, 200)
    current = train_MNIST.Run({**train_MNIST.DEFAULTS, "epochs": 2, "train_size": 640, "test_size": 200})
    for stop in stops:
        done = train_MNIST.train(
            current, *data, checkpoint, quiet=True, stop=lambda: current.epoch * 10 + current.batch >= max(stop, 1)
        )
        assert not done
        np.random.default_rng().random()
        state = load(checkpoint)
        train_MNIST.picograd.manual_seed(12345)  # whatever happens in between
        current = train_MNIST.Run.resumed(state, 2)
    assert train_MNIST.train(current, *data, checkpoint, quiet=True)
    assert_same_weights(folder, tmp_path)
    history, whole = (load(place / checkpoint.name)["history"] for place in (tmp_path, folder))
    for name in ("loss", "accuracy", "test_loss", "test_accuracy"):
        assert history[name] == whole[name]


def test_finished_run_can_be_shown_again_and_prolonged(tmp_path, capsys):
    save(load_small(tmp_path), tmp_path / "checkpoint.safetensors")
    assert train_MNIST.main(["--resume", str(tmp_path)]) == 0
    assert "Resuming after 1 epochs and 0 batches." in capsys.readouterr().out
    assert train_MNIST.main(["--resume", "--output", str(tmp_path), "--epochs", "2"]) == 0
    assert re.search(r"epoch  2/2 .* test .*\n(.*\n)+wall time +\S+ s   2 epochs", capsys.readouterr().out)


def load_small(tmp_path):
    """The state of a finished run of one epoch."""
    train_MNIST.main([*SMALL, "--epochs", "1", "--quiet", "--output", str(tmp_path)])
    return load(tmp_path / "checkpoint.safetensors")


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT to send")
def test_second_ctrl_c_stops_at_once():
    before = signal.getsignal(signal.SIGINT)
    with train_MNIST.CtrlC() as pressed:
        assert not pressed()
        os.kill(os.getpid(), signal.SIGINT)
        assert pressed()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


# ---- bad options ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--epochs", "0"], r"argument --epochs: '0' is no count; give a whole number from 1 on"),
        (["--batch-size", "x"], r"argument --batch-size: 'x' is no count; give"),
        (["--lr", "-1"], r"argument --lr: '-1' is no learning rate; give a number above 0"),
        (["--lr", "nan"], r"argument --lr: 'nan' is no learning rate"),
        (["--seed", "a"], r"argument --seed: invalid int value: 'a'"),
        (["--train-size", "60001"], r"argument --train-size: MNIST has 60,000 such digits; give fewer"),
        (["--data", "/no/such"], r"argument --data: there is no folder /no/such; give the one with MNIST's files"),
        (["--output", __file__], r"argument --output: .* can't be made \(File exists\); give another folder"),
        (
            ["--resume", "/no/such"],
            r"argument --resume: there is no /no/such/checkpoint\.safetensors; leave the option",
        ),
        (["--resume", __file__], r"argument --resume: load: .*: it is not a safetensors file; give"),
        (["--resume", "{folder}/other.safetensors"], r"argument --resume: .* is no checkpoint of this program; give"),
        (
            ["--resume", "{folder}", "--batch-size", "32"],
            r"argument --batch-size: the checkpoint was made with 64; leave",
        ),
        (["--nonsense"], r"unrecognized arguments: --nonsense"),
    ],
)
def test_bad_options_get_one_sentence(arguments, words, small_run, tmp_path, capsys):
    folder = tmp_path
    (folder / "checkpoint.safetensors").write_bytes((small_run[1] / "checkpoint.safetensors").read_bytes())
    save({"x": 1}, folder / "other.safetensors")
    with pytest.raises(SystemExit) as stopped:
        train_MNIST.main([argument.format(folder=folder) for argument in arguments])
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert re.fullmatch(rf"train_MNIST\.py: {words}.*; --help lists the options\n", said), said


def test_missing_data_get_one_sentence(tmp_path, capsys, monkeypatch):
    def missing(*_, **__):
        raise RuntimeError("load: train-images.gz: it is in none of ...; put it there")

    monkeypatch.setattr(training, "MNIST", missing)
    with pytest.raises(SystemExit) as stopped:
        train_MNIST.main(["--output", str(tmp_path)])
    assert stopped.value.code == 1
    assert capsys.readouterr().err == "train_MNIST.py: load: train-images.gz: it is in none of ...; put it there\n"


# ---- pictures and notebook ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "wrong"), [(1, 0), (5, 5), (100, 3), (300, 200)])
def test_page_of_digits_marks_the_wrong_ones(count, wrong):
    from mnist_pictures import RED, digits_figure

    labels = np.arange(count) % 10
    predictions = np.where(np.arange(count) < wrong, (labels + 1) % 10, labels)
    figure = digits_figure(np.zeros((count, 28, 28), np.uint8), labels, predictions, np.linspace(0, 1, count))
    texts = figure.axes[0].texts
    marked = [text.get_text() for text in texts if text.get_color() == RED]
    assert len(marked) == min(wrong, 56) * 2  # among the first ones, and on their own
    assert all(re.fullmatch(r"\d, is \d", text) for text in marked)
    if wrong:
        surest = labels[min(wrong, count) - 1]
        assert marked[min(wrong, 56)] == f"{(surest + 1) % 10}, is {surest}"


@pytest.mark.filterwarnings("default")  # of the notebook's own machinery
def test_notebook_runs(monkeypatch):
    import nbformat
    from nbclient import NotebookClient

    path = SCRIPT.with_suffix(".ipynb")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert path.stat().st_size < 40_000
    for name, value in {"EPOCHS": 1, "TRAIN_SIZE": 2000, "TEST_SIZE": 500}.items():
        monkeypatch.setenv(f"MNIST_{name}", str(value))
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
    pictures = [o for cell in code for o in cell.outputs if "image/png" in o.get("data", {})]
    assert len(pictures) == 3
