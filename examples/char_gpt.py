"""Train a small GPT to write text, character by character.

    python examples/char_gpt.py

The text is Python's own manual, the 460 KB of `help()` topics that come with it, or any file: --text FILE. The model is
a transformer of 3 layers, 128 wide, that sees 64 characters. It prints the loss (in nats a character, on the last tenth
of the text, which it never trains on) beside that of a bigram model, and in the end what it writes; runs/char_gpt has
its checkpoint.

It reaches a loss of 1.59, where the bigram model has 2.32, in 150 s on two cores.

    python examples/char_gpt.py --resume --steps 3000     trains on, or where it was stopped (Ctrl-C)
    python examples/char_gpt.py --resume --prompt "The "  writes something else
"""

import importlib
from pathlib import Path

import numpy as np
from training import Run, count, options, rate, start

import picograd
import picograd.nn as nn
import picograd.nn.functional as F
import picograd.optim as optim

LAYERS, HEADS, WIDTH, CONTEXT = 3, 4, 128, 64  # below, N texts of T characters, of which there are V different ones

SETTINGS = {
    "steps": (1000, count, "updates of the weights"),
    "batch_size": (32, count, "pieces of text a step"),
    "lr": (2e-3, rate, "AdamW's highest learning rate"),
    "text": (None, str, "a text to learn from (default: Python's help topics)"),
    "prompt": ("The ", str, "what the sample begins with"),
    "length": (600, count, "characters to write in the end"),
}


class Block(nn.Module):
    """Each character looks at those before it, then thinks about what it saw."""

    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def attend(self, x):  # (N, T, 128)
        n, t, _ = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)  # (N, 4, T, 32) each
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)  # (N, 4, T, 32)
        return self.out(y.transpose(1, 2).reshape(n, t, WIDTH))  # (N, T, 128)

    def forward(self, x):  # (N, T, 128)
        x = x + self.attend(self.norm1(x))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class GPT(nn.Module):
    """Characters (N, T) -> for each place the logits (N, T, V) of the character that comes next."""

    def __init__(self, characters):
        super().__init__()
        self.character = nn.Embedding(characters, WIDTH)
        self.place = nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, characters, bias=False)
        self.head.weight = self.character.weight  # one table says what a character means, read in both directions
        for name, p in self.named_parameters():
            if p.ndim == 2:
                added = name.endswith(("out.weight", "down.weight"))  # to x, by 2 LAYERS parts: each starts smaller
                nn.init.normal_(p, std=0.02 / (2 * LAYERS) ** 0.5 if added else 0.02)

    def forward(self, x):  # (N, T)
        places = picograd.arange(x.shape[1])  # (T,)
        x = self.character(x) + self.place(places)  # (N, T, 128)
        return self.head(self.norm(self.blocks(x)))  # (N, T, V)


def read_text(path):
    """The text of a file, or the topics of Python's help()."""
    if path is not None:
        return Path(path).read_text(encoding="utf-8")
    return "\n".join(importlib.import_module("pydoc_data.topics").topics.values())


def encode(text, alphabet):
    """Each character as its number in the alphabet, which is sorted: (T,)."""
    return np.searchsorted(alphabet, list(text))


def decode(numbers, alphabet):
    return "".join(alphabet[k] for k in numbers)


def bigram_loss(train, test, characters):
    """The loss of the model that knows how often each character follows each other one."""
    counts = np.ones((characters, characters))  # as if each had been seen once: none is impossible
    np.add.at(counts, (train[:-1], train[1:]), 1)
    p = counts / counts.sum(1, keepdims=True)
    return -np.log(p[test[:-1], test[1:]]).mean()


def pieces(text, at):
    """The pieces that begin there, and the character after each place: (N, T), (N, T)."""
    index = at[:, None] + np.arange(CONTEXT + 1)  # (N, T + 1)
    piece = text[index]
    return picograd.tensor(piece[:, :-1]), picograd.tensor(piece[:, 1:])


def loss_of(model, x, y):  # (N, T), (N, T)
    return F.cross_entropy(model(x).flatten(0, 1), y.flatten())  # (N T, V), (N T,) -> ()


def unseen_loss(model, text, most=200):
    """The loss on pieces, side by side, of a text that the model has not seen."""
    at = np.arange(0, len(text) - CONTEXT, CONTEXT)[:most]
    with picograd.no_grad():
        return loss_of(model, *pieces(text, at)).item()


def height(done):
    """The learning rate's part of the highest one: up in a tenth of the training, then down along a cosine to 1/10."""
    return done / 0.1 if done < 0.1 else 0.1 + 0.45 * (1 + np.cos(np.pi * (done - 0.1) / 0.9))


def write(model, start, length, temperature=0.8):
    """`start` (T,) and `length` characters that the model draws, one after the other: (T + length,)."""
    written = list(start)
    with picograd.no_grad():
        for _ in range(length):
            seen = picograd.tensor([written[-CONTEXT:]])  # (1, T)
            p = F.softmax(model(seen)[0, -1] / temperature, dim=0)  # (V,)
            written.append(picograd.multinomial(p, 1).item())
    return written


def main(arguments=None):
    given = options("char_gpt", __doc__, SETTINGS, arguments, free=("steps", "prompt", "length"))
    picograd.manual_seed(given.seed)
    content = read_text(given.text)
    alphabet = sorted(set(content))
    if strange := set(given.prompt) - set(alphabet):
        given.error(f"argument --prompt: {min(strange)!r} is not in the text; leave it out")
    text = encode(content, alphabet)
    train, test = np.split(text, [len(text) * 9 // 10])
    if len(test) <= CONTEXT:
        given.error(f"argument --text: {len(text)} characters are too few; give at least {10 * CONTEXT + 10}")

    model = GPT(len(alphabet))
    optimizer = optim.AdamW(model.parameters(), lr=given.lr, betas=(0.9, 0.99), weight_decay=0.1)
    run = Run(given, model=model, optimizer=optimizer)
    parameters = sum(p.numel() for p in model.parameters())
    run.say(f"{len(text):,} characters, {len(alphabet)} different ones; {parameters:,} parameters")

    for step in run.steps(given.steps, lines=100):
        for group in optimizer.param_groups:
            group["lr"] = given.lr * height(step / given.steps)
        at = picograd.randint(len(train) - CONTEXT, (given.batch_size,)).value
        loss = loss_of(model, *pieces(train, at))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        run.log(loss=loss.item())

    sample = write(model, encode(given.prompt, alphabet), given.length)  # (T,)
    print(f"\n{decode(sample, alphabet)}\n")
    print(
        f"The loss on unseen text is {unseen_loss(model, test):.3f} nats a character, after {run.seconds:.1f} s; "
        f"that of the bigram model is {bigram_loss(train, test, len(alphabet)):.3f}."
    )


if __name__ == "__main__":
    start(main)
