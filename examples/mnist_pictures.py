"""The pictures that the examples with MNIST and the notebook draw: curves, a page of digits. They need matplotlib."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from pictures import BLUE, GREY, INK, PALE, RED, legend, new_figure, plain


def curves_figure(history):
    """Loss and error after each epoch, on the training and on the test digits."""
    epochs = np.arange(1, len(history["loss"]) + 1)
    error, test_error = (100 * (1 - np.array(history[name])) for name in ("accuracy", "test_accuracy"))
    figure = new_figure((10, 4.2))
    for axes, title, training, test in zip(
        figure.subplots(1, 2),
        ("Loss", f"Error: {test_error[-1]:.2f} % of the test digits"),
        (history["loss"], error),
        (history["test_loss"], test_error),
        strict=True,
    ):
        style = {"linewidth": 2, "marker": "o", "markersize": 4, "clip_on": False}
        axes.plot(epochs, training, color=GREY, label="training, with dropout", **style)
        axes.plot(epochs, test, color=BLUE, label="test", **style)
        plain(axes, title, "epoch")
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        axes.yaxis.set_major_formatter("{x:g} %" if axes.get_subplotspec().colspan.start else "{x:.2f}")
        legend(axes)
    return figure


def digits_figure(images, labels, predictions, sureness, columns=14, rows=4):
    """A page of digits (N, 28, 28) and what was read in them (N,): the first ones, then those that were read wrongly.

    Of these the ones come first of which the network was surest: `sureness` (N,) is its probability or the logarithm.
    """
    wrong = np.flatnonzero(predictions != labels)
    worst = wrong[np.argsort(-sureness[wrong], kind="stable")]
    parts = [("The first test digits, and what the network reads", np.arange(len(labels))[: rows * columns])]
    if len(wrong):
        most = f", of which it was surest about these {rows * columns}" if len(wrong) > rows * columns else ""
        parts.append((f"Read wrongly: {len(wrong):,} of {len(labels):,}{most}", worst[: rows * columns]))
    title_height, row_height, gap, margin = 0.75, 1.3, 0.35, 0.35  # the unit is the width of a column
    heights = [title_height + row_height * -(-len(chosen) // columns) for _, chosen in parts]
    width, height = columns + 2 * margin, sum(heights) + gap * (len(parts) - 1) + 2 * margin

    figure = Figure(figsize=(0.8 * width, 0.8 * height), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    top = margin
    for (title, chosen), part_height in zip(parts, heights, strict=True):
        axes.text(margin + 0.05, top + 0.3, title, color=INK, fontsize=14, fontweight="bold", va="center")
        for place, k in enumerate(chosen):
            x = margin + place % columns + 0.05
            y = top + title_height + place // columns * row_height
            right = predictions[k] == labels[k]
            axes.imshow(images[k], cmap="gray_r", vmin=0, vmax=255, extent=(x, x + 0.9, y + 0.9, y))
            axes.add_patch(Rectangle((x, y), 0.9, 0.9, fill=False, edgecolor=PALE if right else RED))
            caption = f"{predictions[k]}" if right else f"{predictions[k]}, is {labels[k]}"
            axes.text(x + 0.45, y + 1.06, caption, color=INK if right else RED, fontsize=10, ha="center", va="center")
        top += part_height + gap
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="equal")  # last, as imshow sets them too
    return figure
