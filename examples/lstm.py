"""Train an LSTM to remember: the adding problem, with sequences of different lengths.

    python examples/lstm.py

Each sequence has 20 to 60 pairs (a number between 0 and 1, a mark); two of the marks are 1, the others 0, and the task
is the sum of the two marked numbers, which may lie far apart (Hochreiter and Schmidhuber, 1997). The sequences of a
batch are packed, so that the network's last state is that after each one's own last step. It prints the mean squared
error on sequences that it has not seen, and leaves in runs/lstm: checkpoint.safetensors, curve.png.

It reaches an error of 0.0018 in 50 s on two cores. Without a memory of the numbers, the best answer is always 1,
and the error 0.167.

    python examples/lstm.py --resume       goes on where it was stopped (Ctrl-C), to the same weights
"""

import numpy as np
from training import Run, count, options, rate, start

import picograd
import picograd.nn as nn
import picograd.nn.functional as F
import picograd.optim as optim
from picograd.nn.utils.rnn import pack_padded_sequence

SHORTEST, LONGEST, HIDDEN = 20, 60, 64  # below, N sequences, the longest of T steps
BASELINE = 1 / 6  # the variance of the sum of two numbers that are uniform on [0, 1]

SETTINGS = {
    "steps": (2000, count, "updates of the weights"),
    "batch_size": (64, count, "sequences a step"),
    "lr": (4e-3, rate, "Adam's highest learning rate"),
}


class Adder(nn.Module):
    """Sequences of pairs (N, T, 2), and how long each is -> the sum (N,) that each asks for."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, HIDDEN, batch_first=True)
        self.head = nn.Linear(HIDDEN, 1)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        _, (h, _) = self.lstm(packed)  # (1, N, 64): the state after each sequence's own last step
        return self.head(h[0]).squeeze(1)  # (N,)


def draw_sequences(rng, n):
    """Sequences (N, T, 2) padded with 0, their lengths (N,), and the sums (N,)."""
    lengths = rng.integers(SHORTEST, LONGEST + 1, n)
    inside = np.arange(lengths.max()) < lengths[:, None]  # (N, T)
    numbers = rng.random(inside.shape, np.float32) * inside
    # The largest two of as many random numbers mark two places, each pair with the same chance.
    places = np.argsort(rng.random(inside.shape) * inside, axis=1)[:, -2:]  # (N, 2)
    marks = np.zeros_like(numbers)
    np.put_along_axis(marks, places, 1, axis=1)
    x = np.stack([numbers, marks], axis=2)  # (N, T, 2)
    return picograd.tensor(x), lengths, picograd.tensor((numbers * marks).sum(1))


def main(arguments=None):
    given = options("lstm", __doc__, SETTINGS, arguments)
    generator = picograd.manual_seed(given.seed)
    unseen = draw_sequences(np.random.default_rng(12345), 1000)

    model = Adder()
    optimizer = optim.Adam(model.parameters(), lr=given.lr)
    schedule = optim.lr_scheduler.OneCycleLR(optimizer, given.lr, total_steps=given.steps + 1)
    run = Run(given, model=model, optimizer=optimizer, schedule=schedule)

    def error():
        x, lengths, total = unseen
        with picograd.no_grad():
            return F.mse_loss(model(x, lengths), total).item()

    for _ in run.steps(given.steps, lines=200):
        x, lengths, total = draw_sequences(generator.rng, given.batch_size)  # (N, T, 2), (N,), (N,)
        loss = F.mse_loss(model(x, lengths), total)  # ()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        run.log(error=loss.item())

    x, lengths, total = (part[:5] for part in unseen)
    with picograd.no_grad():
        answers = model(x, lengths)  # (5,)
    for length, answer, right in zip(lengths, answers.tolist(), total.tolist(), strict=True):
        run.say(f"a sequence of {length}: {answer:.3f}, right is {right:.3f}")
    print(
        f"The mean squared error on 1,000 unseen sequences is {error():.5f}, after {run.seconds:.1f} s; "
        f"always answering 1 has {BASELINE:.3f}."
    )
    run.picture("curve.png", lambda: curve(run.history))


def curve(history):
    """The error while training, and that of the answer 1."""
    figure = history.plot(names=["error"])
    axes = figure.axes[0]
    axes.axhline(BASELINE, color="grey", linewidth=2, label="always answering 1")
    axes.set_yscale("log")
    axes.set_title("Mean squared error of the sums", loc="left", fontweight="bold")
    axes.legend(frameon=False)
    return figure


if __name__ == "__main__":
    start(main)
