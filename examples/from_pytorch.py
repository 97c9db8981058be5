"""Take a network over from PyTorch, train it on, and give it back.

    python examples/from_pytorch.py

The same network, written once, is built in both libraries. PyTorch trains it to read digits and writes its state_dict
as safetensors; picograd loads that by name and gives the same outputs. Then picograd teaches it, with all but the last
two layers kept as they are, to read digits that are turned by a quarter; and PyTorch loads what picograd wrote, and
gives the same outputs again. Where PyTorch is not installed, picograd trains the first network, too, and the file is
written with safetensors alone. It leaves in runs/from_pytorch: from_pytorch.safetensors, to_pytorch.safetensors.

The outputs differ by 1e-5 at most. Of the turned digits it reads 13 % rightly before and 97 % after; all of it takes
10 s on two cores.

    python examples/from_pytorch.py --without-torch       as if PyTorch were not installed
"""

import time
from collections import OrderedDict

import numpy as np
import safetensors.numpy
from training import count, digits, images_of, labels_of, options, rate, start

import picograd

CHANNELS, HIDDEN, DIGITS = 8, 64, 10  # below, N pictures

SETTINGS = {
    "train_size": (20_000, count, "use the first N training digits only"),
    "test_size": (10_000, count, "use the first N test digits only"),
    "batch_size": (50, count, "pictures a step"),
    "lr": (2e-3, rate, "Adam's learning rate"),
    "without_torch": (False, bool, "as if PyTorch were not installed"),
}


def network(nn):
    """The network, in the library whose `nn` this is: (N, 1, 28, 28) -> (N, 10)."""
    layers = {
        "conv1": nn.Conv2d(1, CHANNELS, 5, stride=2, padding=2),  # (N, 8, 14, 14)
        "norm1": nn.BatchNorm2d(CHANNELS),
        "relu1": nn.ReLU(),
        "conv2": nn.Conv2d(CHANNELS, 2 * CHANNELS, 5, stride=2, padding=2),  # (N, 16, 7, 7)
        "norm2": nn.BatchNorm2d(2 * CHANNELS),
        "relu2": nn.ReLU(),
        "flatten": nn.Flatten(),  # (N, 784)
        "fc1": nn.Linear(2 * CHANNELS * 7 * 7, HIDDEN),
        "relu3": nn.ReLU(),
        "fc2": nn.Linear(HIDDEN, DIGITS),
    }
    return nn.Sequential(OrderedDict(layers))


def train(library, model, x, y, given):
    """One pass of either library over pictures x (N, 1, 28, 28) and labels y (N,), on what requires a gradient."""
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = library.optim.Adam(trained, lr=given.lr)
    loss_of = library.nn.CrossEntropyLoss()
    model.train()
    for first in range(0, len(x), given.batch_size):
        part = slice(first, first + given.batch_size)
        optimizer.zero_grad()
        loss_of(model(library.tensor(x[part])), library.tensor(y[part])).backward()
        optimizer.step()


def outputs(library, model, x):
    """The outputs of either library's model: an array (N, 10)."""
    model.eval()
    with library.no_grad():
        return model(library.tensor(x)).numpy()


def pictures(dataset):
    """All pictures (N, 1, 28, 28) in [0, 1] and their labels (N,)."""
    return images_of(dataset)[:, None].astype(np.float32) / 255, labels_of(dataset)


def turned(x):
    return np.ascontiguousarray(np.rot90(x, axes=(2, 3)))


def find_torch():
    try:
        import torch
    except ImportError:
        return None
    return torch


def main(arguments=None):
    begin = time.perf_counter()
    given = options("from_pytorch", __doc__, SETTINGS, arguments, training=False)
    torch = None if given.without_torch else find_torch()
    library, name = (picograd, "picograd") if torch is None else (torch, "PyTorch")
    if torch is None:
        print("PyTorch is not there: picograd stands in for it.")
    train_x, train_y = pictures(digits(True, given.train_size))
    test_x, test_y = pictures(digits(False, given.test_size))
    there, back = given.output / "from_pytorch.safetensors", given.output / "to_pytorch.safetensors"

    def rightly(result):  # (N, 10)
        return f"{(result.argmax(1) == test_y).mean():.2%}"

    # 1. The other library trains the network, and its state_dict becomes a file of names and arrays.
    library.manual_seed(given.seed)
    model = network(library.nn)
    train(library, model, train_x, train_y, given)
    before = outputs(library, model, test_x)  # (N, 10)
    safetensors.numpy.save_file({key: value.numpy() for key, value in model.state_dict().items()}, there)
    print(f"{name} reads {rightly(before)} of {len(test_y):,} upright digits rightly; {there} has its weights.")

    # 2. The twin loads it by name.
    picograd.manual_seed(given.seed + 1)  # other weights, which the loading replaces
    twin = network(picograd.nn)
    twin.load_state_dict(picograd.load(there))
    after = outputs(picograd, twin, test_x)
    print(f"picograd reads {rightly(after)} with them; its outputs differ by {abs(after - before).max():.1e} at most.")

    # 3. It learns something new with the old eyes: only the last two layers are trained.
    for part, parameter in twin.named_parameters():
        parameter.requires_grad_(part.startswith("fc"))
    print(f"Digits turned by a quarter: {rightly(outputs(picograd, twin, turned(test_x)))}.")
    train(picograd, twin, turned(train_x), train_y, given)
    after = outputs(picograd, twin, turned(test_x))
    print(f"After one pass over such digits: {rightly(after)}.")

    # 4. And the way back.
    picograd.save(twin.state_dict(), back)
    state = {key: library.tensor(value) for key, value in safetensors.numpy.load_file(back).items()}
    model.load_state_dict(state)
    again = outputs(library, model, turned(test_x))
    difference = abs(again - after).max()
    print(f"{name} reads {rightly(again)} with the weights in {back}; its outputs differ by {difference:.1e} at most.")
    print(f"All of it took {time.perf_counter() - begin:.1f} s.")


if __name__ == "__main__":
    start(main)
