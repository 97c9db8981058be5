"""Train a generative adversarial network with a gradient penalty on eight clusters of points.

    python examples/gan_gradient_penalty.py

The data are eight narrow normal distributions on a circle, on which a plain GAN collapses to one or two. The critic is
kept smooth by a penalty on the length of its gradient with respect to its input (Gulrajani et al., arXiv:1704.00028),
so that training it differentiates a gradient: autograd.grad(..., create_graph=True). It prints how many clusters the
generator covers and how far its points lie from the data's (energy distance, 0 if they are distributed alike), and
leaves in runs/gan_gradient_penalty: checkpoint.safetensors, points.png.

It covers 8 of 8 clusters, with 81 % of its points within three standard deviations of one, in 55 s on two cores.

    python examples/gan_gradient_penalty.py --resume       goes on where it was stopped (Ctrl-C), to the same weights
"""

from itertools import pairwise

import numpy as np
from training import Run, count, options, rate, start

import picograd
import picograd.nn as nn
import picograd.optim as optim
from picograd import autograd

CLUSTERS, SPREAD, NOISE, HIDDEN = 8, 0.05, 2, 128  # the circle has radius 1; below, N points are a batch
CRITIC_STEPS, PENALTY = 5, 0.1  # the paper's 10 is for pictures: in the plane so strong a penalty makes it slow

SETTINGS = {
    "steps": (1500, count, "updates of the generator, each after 5 of the critic"),
    "batch_size": (256, count, "points a step"),
    "lr": (2e-3, rate, "Adam's learning rates at first; they fall to 0"),
}


def network(inputs, outputs):
    """Three hidden layers."""
    sizes = (inputs, HIDDEN, HIDDEN, HIDDEN)
    layers = [part for pair in pairwise(sizes) for part in (nn.Linear(*pair), nn.LeakyReLU(0.2))]
    return nn.Sequential(*layers, nn.Linear(HIDDEN, outputs))


def centres():
    """The middles of the clusters: (8, 2)."""
    angle = np.arange(CLUSTERS) * (2 * np.pi / CLUSTERS)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


def draw_data(rng, n):
    """Points of the data: (N, 2)."""
    return centres()[rng.integers(CLUSTERS, size=n)] + SPREAD * rng.standard_normal((n, 2), np.float32)


def gradient_penalty(critic, real, fake):
    """How far the critic's gradient is from length 1, squared, at points between real and fake ones (N, 2)."""
    mix = picograd.rand(len(real), 1)
    between = (mix * real + (1 - mix) * fake).requires_grad_()  # (N, 2)
    (gradient,) = autograd.grad(critic(between).sum(), between, create_graph=True)  # (N, 2), with a graph of its own
    return ((gradient.norm(dim=1) - 1) ** 2).mean()


def judged(points, others):
    """Clusters covered, the part of the points that lies in one, and the energy distance to the data's (N, 2)."""
    distance = np.linalg.norm(points[:, None] - centres(), axis=2)  # (N, 8)
    inside = distance.min(1) < 3 * SPREAD
    sizes = np.bincount(distance.argmin(1)[inside], minlength=CLUSTERS)
    covered = int((sizes > len(points) / CLUSTERS / 4).sum())  # a quarter of its share at least

    def apart(x, y):
        """The mean distance of two different points."""
        pairs = len(x) * len(y) - (len(x) if x is y else 0)
        return np.linalg.norm(x[:, None] - y, axis=2).sum() / pairs

    energy = 2 * apart(points, others) - apart(points, points) - apart(others, others)  # 0 for the data's own
    return covered, float(inside.mean()), float(energy)


def main(arguments=None):
    given = options("gan_gradient_penalty", __doc__, SETTINGS, arguments)
    random = picograd.manual_seed(given.seed)
    unseen = draw_data(np.random.default_rng(12345), 1000)

    generator, critic = network(NOISE, 2), network(2, 1)
    generator_optimizer = optim.Adam(generator.parameters(), lr=given.lr, betas=(0.5, 0.9))
    critic_optimizer = optim.Adam(critic.parameters(), lr=given.lr, betas=(0.5, 0.9))
    run = Run(given, generator=generator, critic=critic, g_optimizer=generator_optimizer, c_optimizer=critic_optimizer)

    def generated(n):
        with picograd.no_grad():
            return generator(picograd.randn(n, NOISE))  # (N, 2)

    for step in run.steps(given.steps):
        for group in generator_optimizer.param_groups + critic_optimizer.param_groups:
            group["lr"] = given.lr * (1 - step / given.steps)
        for _ in range(CRITIC_STEPS):
            real = picograd.tensor(draw_data(random.rng, given.batch_size))  # (N, 2)
            fake = generated(given.batch_size)  # (N, 2)
            difference = critic(real).mean() - critic(fake).mean()  # the critic's estimate of how far they are apart
            loss = PENALTY * gradient_penalty(critic, real, fake) - difference
            critic_optimizer.zero_grad()
            loss.backward()
            critic_optimizer.step()

        loss = -critic(generator(picograd.randn(given.batch_size, NOISE))).mean()
        generator_optimizer.zero_grad()
        loss.backward()
        generator_optimizer.step()
        run.log(distance=difference.item())

        if (step + 1) % 200 == 0:
            covered, inside, energy = judged(generated(1000).value, unseen)
            run.say(
                f"step {step + 1:5}/{given.steps}  critic's distance {run.mean('distance'):.4f}  clusters {covered}  "
                f"inside {inside:.1%}  energy distance {energy:.4f}  {run.seconds:.1f} s"
            )

    points = generated(1000).value  # (N, 2)
    covered, inside, energy = judged(points, unseen)
    print(
        f"The generator covers {covered} of {CLUSTERS} clusters, {inside:.1%} of its points lie in one; "
        f"energy distance {energy:.4f}, after {run.seconds:.1f} s."
    )
    run.picture("points.png", lambda: draw(unseen, points, critic))


def draw(unseen, points, critic):
    """The data's points, the generator's, and the critic's landscape below them."""
    from pictures import BLUE, INK, entitle, new_figure

    side = np.linspace(-1.5, 1.5, 101, dtype=np.float32)
    grid = np.stack(np.meshgrid(side, side), axis=2)  # (101, 101, 2)
    with picograd.no_grad():
        height = critic(picograd.tensor(grid.reshape(-1, 2))).value.reshape(101, 101)
    figure = new_figure((10, 5.2))
    left, right = figure.subplots(1, 2)
    right.contourf(side, side, height, levels=20, cmap="Greys", alpha=0.5)
    for axes, xy, color, title in (
        (left, unseen, INK, "Data"),
        (right, points, BLUE, "Generator, and the critic's heights"),
    ):
        axes.scatter(*xy.T, s=5, color=color, alpha=0.5, linewidths=0)
        axes.set(xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), aspect="equal", xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        entitle(axes, title)
    return figure


if __name__ == "__main__":
    start(main)
