"""Draws the pictures of the documents anew: `python docs/pictures.py`."""

from pathlib import Path

from picograd import Tensor, viz

IMAGES = Path(__file__).parent / "images"


def first_example() -> viz.Picture:
    """The graph of the README's first example."""
    x = Tensor.eye(3)
    y = Tensor([[2.0, 0, -2.0]])
    z = y.dot(x).sum()
    return viz.draw(z, names={"x": x, "y": y, "z": z})


if __name__ == "__main__":
    first_example().save(IMAGES / "graph.svg")
