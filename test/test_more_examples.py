"""The examples beside the MNIST script, each on a small setting, and what they share."""

import importlib
import os
import re
import runpy
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import picograd
from picograd.autograd import grad
from picograd.io import load, save
from picograd.utils.data import TensorDataset

EXAMPLES = Path(__file__).parent.parent / "examples"
sys.path.insert(0, str(EXAMPLES))

import training  # noqa: E402

# For each: the options of a small run, what it must say in the end, the picture it leaves.
CASES = {
    "mnist_cnn": (
        ["--train-size", "640", "--test-size", "200", "--epochs", "2", "--batch-size", "32"],
        r"epoch  2/2  loss \S+  accuracy \S+%  test \S+%  \S+ s\n"
        r"It reads (?P<figure>[6-9]\S+)% of 200 test digits rightly, after \S+ s\.",
        "digits.png",
    ),
    "char_gpt": (
        ["--steps", "20", "--batch-size", "4", "--length", "20", "--prompt", "The"],
        r"\nThe(.|\n){20}\n\nThe loss on unseen text is (?P<figure>[234]\.\d+) nats a character, after \S+ s; "
        r"that of the bigram model is 2\.\d+\.",
        None,
    ),
    "lstm": (
        ["--steps", "20", "--batch-size", "16"],
        r"The mean squared error on 1,000 unseen sequences is (?P<figure>0\.\d+), after \S+ s; always answering 1 has "
        r"0\.167\.",
        "curve.png",
    ),
    "vae": (
        ["--train-size", "1000", "--test-size", "200", "--epochs", "2"],
        r"epoch  2/2  ELBO -\d+\.\d+  test -\d+\.\d+  \S+ s\n"
        r"The ELBO of 200 test digits is -(?P<figure>[23]\d\d\.\d+) nats, after \S+ s\.",
        "digits.png",
    ),
    "gan_gradient_penalty": (
        ["--steps", "30", "--batch-size", "64"],
        r"The generator covers [0-8] of 8 clusters, \S+% of its points lie in one; "
        r"energy distance (?P<figure>0\.\d+), after \S+ s\.",
        "points.png",
    ),
    "policy_gradient": (
        ["--steps", "12", "--batch-size", "8"],
        r"    80 episodes  mean return \S+  \S+ s\n"
        r"The mean return of 100 episodes is (?P<figure>[2-9]\d\.\d), after 96 of them, \S+ s\.",
        "returns.png",
    ),
}


def run(name, *arguments):
    """The example's main with these options, in this process."""
    importlib.import_module(name).main([str(argument) for argument in arguments])


def assert_same_ends(a, b):
    """Two folders' checkpoints hold the same weights, states, random numbers and history."""
    a, b = (load(folder / "checkpoint.safetensors") for folder in (a, b))
    assert a.pop("seconds") > 0
    assert b.pop("seconds") > 0

    def compare(x, y):
        assert type(x) is type(y)
        if isinstance(x, dict):
            assert x.keys() == y.keys()
            for key in x:
                compare(x[key], y[key])
        elif isinstance(x, list | tuple):
            assert len(x) == len(y)
            for pair in zip(x, y, strict=True):
                compare(*pair)
        else:
            assert np.array_equal(np.asarray(x), np.asarray(y))

    compare(a, b)


def stop_after(monkeypatch, steps):
    """Ctrl-C is pressed in that step of a run."""

    class Pressed(training.CtrlC):
        def __enter__(self):
            super().__enter__()
            self.steps = 0
            return self.step

        def step(self):  # asked twice a step
            self.steps += 1
            return self.steps > 2 * (steps - 1)

    monkeypatch.setattr(training, "CtrlC", Pressed)


# ---- each example ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return {name: tmp_path_factory.mktemp(name) for name in CASES}


@pytest.mark.parametrize("name", CASES)
def test_small_run(name, folders, capsys):
    arguments, words, picture = CASES[name]
    run(name, *arguments, "--output", folders[name])
    shown = capsys.readouterr().out
    assert re.search(words, shown), shown
    files = {"checkpoint.safetensors"} if picture is None else {"checkpoint.safetensors", picture}
    assert set(os.listdir(folders[name])) == files
    if picture is not None:
        assert (folders[name] / picture).read_bytes().startswith(b"\x89PNG")
        assert f"A picture is in {folders[name] / picture}." in shown


@pytest.mark.parametrize("name", CASES)
def test_stopped_and_resumed_is_the_same(name, folders, tmp_path, capsys, monkeypatch):
    """Stopped in its seventh step and resumed, a run ends as a whole one, whose results --resume shows again."""
    arguments, _, _ = CASES[name]
    if not (folders[name] / "checkpoint.safetensors").exists():
        run(name, *arguments, "--output", folders[name])
    with monkeypatch.context() as patch:
        stop_after(patch, 7)
        with pytest.raises(SystemExit) as stopped:
            run(name, *arguments, "--output", tmp_path, "--quiet")
    assert stopped.value.code == 130
    shown = capsys.readouterr().out
    assert re.search(rf"Stopped after 7 steps, all of which are in .*\npython .* --resume --output {tmp_path}\n", shown)
    assert load(tmp_path / "checkpoint.safetensors")["step"] == 7
    picograd.manual_seed(12345)  # whatever happens in between
    run(name, "--output", tmp_path, "--resume")
    assert "Resuming after 7 steps." in capsys.readouterr().out
    assert_same_ends(folders[name], tmp_path)


@pytest.mark.parametrize("name", [*CASES, "from_pytorch"])
def test_help_and_docstring(name, capsys, monkeypatch):
    script = EXAMPLES / f"{name}.py"
    monkeypatch.setattr(sys, "argv", [str(script), "--help"])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_path(str(script), run_name="__main__")
    assert stopped.value.code == 0
    said = capsys.readouterr().out
    doc = importlib.import_module(name).__doc__
    assert " ".join(doc.split("\n\n")[0].split()) in " ".join(said.split())
    assert "--seed N" in said
    assert doc.split("\n\n")[1] == f"    python examples/{name}.py"  # the command, at the top
    assert re.search(r"\d\s+s\s+on\s+two\s+cores", doc)  # what it takes


def test_from_pytorch_without_it(tmp_path, capsys):
    shown = from_pytorch(tmp_path, capsys, "--without-torch")
    assert shown.startswith("PyTorch is not there: picograd stands in for it.\n")


def test_from_pytorch(torch, tmp_path, capsys):
    shown = from_pytorch(tmp_path, capsys)
    assert shown.startswith("PyTorch reads ")
    import from_pytorch as example

    model = example.network(torch.nn)  # what picograd wrote fits PyTorch's network by name, all of it
    state = example.safetensors.numpy.load_file(tmp_path / "to_pytorch.safetensors")
    model.load_state_dict({key: torch.tensor(value) for key, value in state.items()}, strict=True)


def from_pytorch(tmp_path, capsys, *more):
    run("from_pytorch", "--train-size", 2000, "--test-size", 300, "--output", tmp_path, *more)
    assert sorted(os.listdir(tmp_path)) == ["from_pytorch.safetensors", "to_pytorch.safetensors"]
    shown = capsys.readouterr().out
    differences = [float(x) for x in re.findall(r"differ by (\S+) at most", shown)]
    assert len(differences) == 2
    assert max(differences) < 1e-4
    before, after = (float(x) for x in re.findall(r"such digits: (\S+)%|quarter: (\S+)%", shown) for x in x if x)
    assert before < 40 < after
    return shown


# ---- their parts -----------------------------------------------------------------------------------------------------


def test_gpt_sees_no_later_character():
    import char_gpt

    model = char_gpt.GPT(30)
    text = picograd.randint(30, (2, char_gpt.CONTEXT))
    changed = text.clone()
    changed[:, 40:] = 0
    before, after = model(text).value, model(changed).value
    np.testing.assert_allclose(before[:, :40], after[:, :40], rtol=1e-4, atol=1e-6)
    assert not np.allclose(before[:, 40:], after[:, 40:])
    x, y = char_gpt.pieces(np.arange(100), np.array([3]))
    assert x.tolist() == [list(range(3, 3 + char_gpt.CONTEXT))]
    assert y.tolist() == [list(range(4, 4 + char_gpt.CONTEXT))]


def test_bigram_loss():
    import char_gpt

    train, test = np.array([0, 1, 0, 1, 0]), np.array([1, 0, 0])
    p = {(1, 0): 3 / 4, (0, 0): 1 / 4}  # 0 was followed by 1 twice, 1 by 0 twice; one more of each
    assert char_gpt.bigram_loss(train, test, 2) == pytest.approx(-np.mean(np.log(list(p.values()))))


def test_gpt_reads_a_file(tmp_path, capsys):
    small = ["--steps", 1, "--batch-size", 2, "--length", 3, "--output", tmp_path]
    (tmp_path / "poem.txt").write_text("Ein Gedicht über Äpfel. " * 60, encoding="utf-8")
    run("char_gpt", *small, "--text", tmp_path / "poem.txt", "--prompt", "Äpfel")
    assert re.match(r"1,440 characters, 18 different ones; [\d,]+ parameters\n\nÄpfel", capsys.readouterr().out)


def test_sequences_of_the_adding_problem():
    import lstm

    x, lengths, sums = lstm.draw_sequences(np.random.default_rng(0), 500)
    numbers, marks = np.moveaxis(x.value, 2, 0)
    inside = np.arange(x.shape[1]) < lengths[:, None]
    assert (lengths.min(), lengths.max(), x.shape[1]) == (20, 60, 60)
    assert not x.value[~inside].any()
    assert (marks.sum(1) == 2).all()
    assert set(np.unique(marks)) == {0, 1}
    np.testing.assert_array_equal(sums.value, (numbers * marks).sum(1))
    model = lstm.Adder()
    alone = model(x[7:8, : lengths[7]], lengths[7:8])  # padding has no effect
    np.testing.assert_allclose(model(x, lengths).value[7], alone.value[0], atol=1e-6)


def test_gradient_penalty_of_a_linear_critic():
    import gan_gradient_penalty as gan

    w = picograd.tensor([3.0, 4.0], requires_grad=True)
    real, fake = picograd.randn(6, 2), picograd.randn(6, 2)
    penalty = gan.gradient_penalty(lambda x: x @ w, real, fake)  # (|w| - 1)^2
    assert penalty.item() == pytest.approx(16.0)
    np.testing.assert_allclose(grad(penalty, w)[0].value, [2 * 4 * 3 / 5, 2 * 4 * 4 / 5], rtol=1e-5)


def test_covered_clusters():
    import gan_gradient_penalty as gan

    data = gan.draw_data(np.random.default_rng(0), 800)
    covered, inside, distance = gan.judged(gan.draw_data(np.random.default_rng(1), 800), data)
    assert covered == 8
    assert inside == pytest.approx(1 - np.exp(-4.5), abs=0.01)  # of a normal distribution in the plane
    assert abs(distance) < 2e-3
    assert gan.judged(np.repeat(gan.centres()[:3], 100, axis=0), data)[:2] == (3, 1.0)


def test_cart_and_pole():
    """Pushed to the right from rest the cart moves right, and the pole falls to the left, as the equations say."""
    import policy_gradient as example

    carts = example.CartPoles(2, np.random.default_rng(0))
    carts.state[:] = 0
    assert carts.step(np.array([1, 0])).all()
    np.testing.assert_allclose(carts.state, [[0, 0.195122, 0, -0.292683], [0, -0.195122, 0, 0.292683]], rtol=1e-5)
    for _ in range(40):
        standing = carts.step(np.array([1, 0]))
    assert not standing.any()


def test_returns():
    import policy_gradient as example

    going = np.array([[1, 1], [1, 0], [1, 0]], bool)
    found = example.returns_of(going, 0.5, np.array([4, 4], np.float32))
    np.testing.assert_array_equal(found, [[2.25, 1], [2.5, 0], [3, 0]])


# ---- what they share -------------------------------------------------------------------------------------------------


def test_batches_go_on_anywhere():
    dataset = TensorDataset(picograd.arange(10))

    def of(first, n):
        data = training.batches(dataset, 4, seed=3, first=first)
        return [next(data)[0].tolist() for _ in range(n)]

    whole = of(0, 9)  # three epochs
    assert [len(batch) for batch in whole] == [4, 4, 2] * 3
    assert sorted(whole[0] + whole[1] + whole[2]) == list(range(10))
    assert whole[:3] != whole[3:6]
    for first in range(9):
        assert of(first, 9 - first) == whole[first:]


def test_quiet_prints_the_results_only(tmp_path, capsys):
    run("lstm", "--steps", 200, "--batch-size", 1, "--quiet", "--output", tmp_path)
    result, picture = capsys.readouterr().out.splitlines()
    assert result.startswith("The mean squared error")
    assert picture.startswith("A picture is in")


def test_same_seed_same_end(folders, tmp_path):
    arguments, _, _ = CASES["lstm"]
    for seed in (0, 1):
        run("lstm", *arguments, "--quiet", "--seed", seed, "--output", tmp_path / str(seed))
    ends = [load(tmp_path / seed / "checkpoint.safetensors")["history"]["error"] for seed in "01"]
    assert ends[0] != ends[1]
    run("lstm", *arguments, "--quiet", "--output", tmp_path / "again")
    assert_same_ends(tmp_path / "0", tmp_path / "again")


def test_without_matplotlib(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    run("lstm", *CASES["lstm"][0], "--steps", 1, "--output", tmp_path)
    shown = capsys.readouterr().out
    assert "No picture, as matplotlib is not installed: pip install matplotlib, then run again with --resume." in shown
    assert os.listdir(tmp_path) == ["checkpoint.safetensors"]


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT to send")
def test_ctrl_c(tmp_path):
    command = [sys.executable, str(EXAMPLES / "lstm.py"), "--batch-size", "2", "--output", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline().startswith("step  200/2000  error ")
    process.send_signal(signal.SIGINT)
    shown, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (130, "")
    steps = int(re.match(r"Stopped after (\d+) steps, all of which", shown)[1])
    assert load(tmp_path / "checkpoint.safetensors")["step"] == steps >= 200


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("lstm", ["--steps", "0"], r"argument --steps: '0' is no count; give a whole number from 1 on"),
        ("lstm", ["--lr", "x"], r"argument --lr: 'x' is no learning rate; give a number above 0"),
        ("lstm", ["--output", __file__], r"argument --output: .* can't be made \(File exists\); give another folder"),
        ("lstm", ["--resume"], r"argument --resume: there is no .*checkpoint\.safetensors; leave the option out"),
        (
            "vae",
            ["--output", "{lstm}", "--resume"],
            r"argument --resume: .* is no checkpoint of this program; give one",
        ),
        ("lstm", ["--output", "{other}", "--resume"], r"argument --resume: .* is no checkpoint of this program"),
        ("lstm", ["--output", "{broken}", "--resume"], r"argument --resume: load: .*: it is not a safetensors file"),
        (
            "lstm",
            ["--output", "{lstm}", "--resume", "--lr", "1"],
            r"argument --lr: the checkpoint was made with 0.004;",
        ),
        ("char_gpt", ["--prompt", "\u2603"], r"argument --prompt: '\u2603' is not in the text; leave it out"),
        ("char_gpt", ["--text", "{short}"], r"argument --text: 10 characters are too few; give at least 650"),
    ],
)
def test_bad_options_get_one_sentence(name, arguments, words, tmp_path, capsys):
    places = {place: tmp_path / place for place in ("lstm", "other", "broken", "short")}
    run("lstm", "--steps", 1, "--quiet", "--output", places["lstm"])
    for place, content in (("other", {"x": 1}), ("broken", None)):
        places[place].mkdir()
        if content is None:
            (places[place] / "checkpoint.safetensors").write_text("no such file")
        else:
            save(content, places[place] / "checkpoint.safetensors")
    places["short"].write_text("The 345678")
    if "--output" not in arguments:
        arguments = ["--output", str(tmp_path / "new"), *arguments]
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        run(name, *(argument.format(**places) for argument in arguments))
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert re.fullmatch(rf"{name}\.py: {words}.*; --help lists the options\n", said), said


def test_start_says_in_a_sentence_what_is_missing(monkeypatch, capsys):
    def missing():
        raise RuntimeError("load: train-images.gz: it is in none of ...; put it there")

    def pressed():
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["examples/vae.py"])
    with pytest.raises(SystemExit) as stopped:
        training.start(missing)
    assert stopped.value.code == "vae.py: load: train-images.gz: it is in none of ...; put it there"
    with pytest.raises(SystemExit) as stopped:
        training.start(pressed)
    assert stopped.value.code == 130
    assert capsys.readouterr().err == "\nStopped at once; the last checkpoint is whole.\n"
