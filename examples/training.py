"""What the examples share: options that are told in one sentence, a training run's steps, Ctrl-C, MNIST's digits.

An example reads, in short:

    given = options("example", __doc__, {"steps": (1000, count, "updates of the weights")})
    run = Run(given, model=model, optimizer=optimizer)  # with --resume as the checkpoint has them
    for step in run.steps(given.steps, lines=100):
        ...
        run.log(loss=loss.item())
    run.picture("curve.png", run.history.plot)
"""

import argparse
import shlex
import signal
import sys
import time
from itertools import count as numbers
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import numpy as np

import picograd
from picograd.datasets import MNIST
from picograd.io import load, save
from picograd.random import Generator, default_generator
from picograd.utils.data import DataLoader, Subset
from picograd.viz import History, Progress

# ---- options ---------------------------------------------------------------------------------------------------------


class Parser(argparse.ArgumentParser):
    """Says in one sentence what is wrong with the options."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {message}; --help lists the options\n")


def count(text):
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no count; give a whole number from 1 on")
    return number


def rate(text):
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no learning rate; give a number above 0, such as 0.001")
    return number


def options(program, doc, settings, arguments=None, free=(), training=True):
    """The options of a command line: `settings` is {name: (default, type, help)}, to which come the usual ones.

    Those of a program that has a Run (`training`) are --quiet and --resume, too. The settings go into the checkpoint,
    and --resume takes them from there: only the `free` ones may then change. The result's `state` is what the
    checkpoint holds, or None; its `error` ends the program with a sentence.
    """
    settings = {**settings, "seed": (0, int, "of all random numbers")}
    parser = Parser(prog=f"{program}.py", description=doc.split("\n\n")[0].strip())
    for name, (default, kind, text) in settings.items():
        if kind is bool:
            parser.add_argument(f"--{name.replace('_', '-')}", action="store_const", const=True, help=text)
            continue
        shown = "" if default is None else f" (default {default:,})" if isinstance(default, int) else f" ({default})"
        metavar = {count: "N", int: "N", rate: "X"}.get(kind)
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, metavar=metavar, help=text + shown)
    parser.add_argument("--output", type=Path, metavar="FOLDER", help=f"for the results (default runs/{program})")
    if training:
        parser.add_argument("--quiet", action="store_true", help="print the results only")
        parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in the output folder")
    given = SimpleNamespace(**vars(parser.parse_args(arguments)), program=program, state=None, error=parser.error)
    given.output = given.output or Path("runs") / program
    given.checkpoint = given.output / "checkpoint.safetensors"
    if training and given.resume:
        given.state = checkpoint_of(given.checkpoint, program, parser)
    before = given.state["settings"] if given.state else {}
    for name, (default, *_) in settings.items():
        value = getattr(given, name)
        if value is None:
            setattr(given, name, before.get(name, default))
        elif name in before and name not in free and value != before[name]:
            option = f"--{name.replace('_', '-')}"
            parser.error(f"argument {option}: the checkpoint was made with {before[name]}; leave the option out")
    given.settings = {name: getattr(given, name) for name in settings}
    try:
        given.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"argument --output: {given.output} can't be made ({error.strerror}); give another folder")
    return given


def checkpoint_of(path, program, parser):
    """What a checkpoint holds, which this program must have written."""
    try:
        state = load(path)
    except FileNotFoundError:
        parser.error(f"argument --resume: there is no {path}; leave the option out to start from the beginning")
    except (OSError, ValueError) as error:
        parser.error(f"argument --resume: {error}")
    if not isinstance(state, dict) or state.get("program") != program:
        parser.error(f"argument --resume: {path} is no checkpoint of this program; give one that it wrote")
    return state


# ---- a run -----------------------------------------------------------------------------------------------------------


class CtrlC:
    """Within `with CtrlC() as pressed`, Ctrl-C makes `pressed()` true; a second one stops at once."""

    def __enter__(self):
        self.pressed = False
        self.before = signal.signal(signal.SIGINT, self.press)
        return lambda: self.pressed

    def press(self, *_):
        self.pressed = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def __exit__(self, *_):
        signal.signal(signal.SIGINT, self.before)


class Run:
    """A training run: its steps, what was measured in them, and the checkpoint that it can be resumed from.

    `parts` are what has a state_dict: models, optimizers, schedules. Beside these the checkpoint holds the settings,
    the library's random numbers, the step and the history, so that a resumed run ends with the same weights.
    """

    def __init__(self, given, **parts):
        self.given, self.parts = given, parts
        self.step = 0  # steps done
        self.history = History()  # name -> what was logged, step by step
        self.seconds = 0.0  # in training
        if given.state is not None:
            for name, part in parts.items():
                part.load_state_dict(given.state["parts"][name])
            default_generator.set_state(given.state["random"])
            self.step, self.seconds = given.state["step"], given.state["seconds"]
            self.history.load_state_dict(given.state["history"])
            self.say(f"Resuming after {self.step} steps.")

    def save(self):
        state = {
            "program": self.given.program,
            "settings": self.given.settings,
            "parts": {name: part.state_dict() for name, part in self.parts.items()},
            "random": default_generator.get_state(),
            "step": self.step,
            "history": self.history.state_dict(),
            "seconds": self.seconds,
        }
        save(state, self.given.checkpoint)

    def steps(self, total, lines=0):
        """The numbers of the steps that are left of `total`; saved after the last one, and each minute.

        A line is printed each `lines` steps. Ctrl-C lets the step end, saves, and ends the program with a sentence how
        to go on.
        """
        self.progress = Progress(total, start=self.step, history=self.history, lines=lines, quiet=self.given.quiet)
        before = self.seconds
        saved = time.perf_counter()
        with CtrlC() as pressed:
            for step in self.progress:
                yield step
                self.step, self.seconds = step + 1, before + self.progress.seconds
                if self.step == total or pressed() or time.perf_counter() - saved > 60:
                    self.save()
                    saved = time.perf_counter()
                if pressed() and self.step < total:
                    self.progress.close()
                    self.stop()

    def stop(self):
        folder = shlex.quote(str(self.given.output))
        print(
            f"Stopped after {self.step} steps, all of which are in {self.given.checkpoint}. To go on:\n"
            f"python {shlex.quote(sys.argv[0])} --resume --output {folder}"
        )
        raise SystemExit(130)

    def log(self, **values):
        """Adds to the history, and shows it in the progress bar."""
        self.progress.log(**values)

    def mean(self, name, last=100):
        """The mean of the last values that were logged."""
        return self.history.mean(name, last)

    def say(self, text):
        """Prints a line above the progress bar, unless --quiet was given."""
        Progress(0, quiet=self.given.quiet).say(text)

    def picture(self, name, draw):
        """Writes the matplotlib figure that draw() returns, or says why not."""
        try:
            import matplotlib  # noqa: F401
        except ImportError:
            print("No picture, as matplotlib is not installed: pip install matplotlib, then run again with --resume.")
            return
        draw().savefig(self.given.output / name, dpi=100)
        print(f"A picture is in {self.given.output / name}.")


def start(main):
    """Runs an example's `main`; what a user can put right is one sentence."""
    try:
        main()
    except (RuntimeError, OSError) as error:  # files are missing or damaged, the disk is full
        sys.exit(f"{Path(sys.argv[0]).name}: {error}")
    except KeyboardInterrupt:
        print("\nStopped at once; the last checkpoint is whole.", file=sys.stderr)
        sys.exit(130)


# ---- data ------------------------------------------------------------------------------------------------------------


def batches(dataset, batch_size, seed, first=0):
    """Batches without end, from number `first` on: each epoch in an order that seed and epoch alone decide."""
    size = -(-len(dataset) // batch_size)
    for epoch in numbers(first // size):
        order = Generator().manual_seed(seed * 10_000 + epoch)  # so that a resumed run finds the rest of it
        loader = DataLoader(dataset, batch_size, shuffle=True, generator=order)
        yield from islice(loader, first % size if epoch == first // size else 0, None)


def digits(train, size, root=None):
    """The first `size` pictures of MNIST's training or test set."""
    dataset = MNIST(root, train=train)
    return dataset if size >= len(dataset) else Subset(dataset, range(size))


def images_of(dataset):
    """All pictures, uint8 (N, 28, 28)."""
    return dataset.dataset.data[: len(dataset)] if isinstance(dataset, Subset) else dataset.data


def labels_of(dataset):
    """All labels, int64 (N,)."""
    return dataset.dataset.targets[: len(dataset)] if isinstance(dataset, Subset) else dataset.targets


def read_digits(model, dataset):
    """The model's results for all pictures of a dataset, the logarithms of probabilities perhaps: an array (N, 10)."""
    training = model.training
    model.eval()  # no dropout
    with picograd.no_grad():  # nothing is kept for a backward pass
        results = np.concatenate([model(images).value for images, _ in DataLoader(dataset, batch_size=1000)])
    model.train(training)
    return results
