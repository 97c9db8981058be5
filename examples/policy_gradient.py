"""Train a network to balance a pole on a cart, by policy gradients.

    python examples/policy_gradient.py

The cart-pole of Barto, Sutton and Anderson (1983), written out below: push the cart left or right so that the pole
stays up; an episode ends when it falls, or after 500 steps, and its return is their number. 16 carts are driven at
once. The actor is a categorical distribution over the two pushes, trained by REINFORCE; the critic foresees the return,
and the actor is judged by how much better it went than foreseen. It prints the mean return, and leaves in
runs/policy_gradient: checkpoint.safetensors, returns.png.

It reaches a mean return of 500 after 1,600 episodes (random pushes: 22), in 9 s on two cores.

    python examples/policy_gradient.py --resume       goes on where it was stopped (Ctrl-C), to the same weights
"""

import numpy as np
from training import Run, count, options, rate, start

import picograd
import picograd.nn as nn
import picograd.nn.functional as F
import picograd.optim as optim
from picograd.distributions import Categorical

STATE, PUSHES, HIDDEN, LONGEST = 4, 2, 64, 500  # below, N carts and T steps

SETTINGS = {
    "steps": (100, count, "updates of the weights, each after an episode of every cart"),
    "batch_size": (16, count, "carts that are driven at once"),
    "lr": (2e-2, rate, "Adam's learning rate at first; it falls to 0"),
    "discount": (0.99, rate, "what a reward one step later is worth"),
}


class CartPoles:
    """N carts with poles: the state (N, 4) is place, speed, angle and turning speed. In metres, seconds, radians."""

    GRAVITY, CART, POLE, HALF, FORCE, SECONDS = 9.8, 1.0, 0.1, 0.5, 10.0, 0.02  # masses in kg, half the pole's length

    def __init__(self, n, rng):
        self.state = rng.uniform(-0.05, 0.05, (n, STATE)).astype(np.float32)

    def step(self, push):
        """Pushes each cart to the left (0) or right (1) for a fiftieth of a second; returns which poles still stand."""
        _, v, angle, turn = self.state.T
        force = self.FORCE * (2 * push - 1)
        sin, cos = np.sin(angle), np.cos(angle)
        mass = self.CART + self.POLE
        pull = (force + self.POLE * self.HALF * turn**2 * sin) / mass
        turned = (self.GRAVITY * sin - cos * pull) / (self.HALF * (4 / 3 - self.POLE * cos**2 / mass))
        pushed = pull - self.POLE * self.HALF * turned * cos / mass
        speeds = np.stack([v, pushed, turn, turned], axis=1)  # (N, 4)
        self.state = (self.state + self.SECONDS * speeds).astype(np.float32)
        return (np.abs(self.state[:, 0]) < 2.4) & (np.abs(self.state[:, 2]) < np.radians(12))


class ActorCritic(nn.Module):
    """States (..., 4) -> the distribution of the pushes, and the return that is foreseen (...)."""

    def __init__(self):
        super().__init__()
        self.actor = nn.Sequential(nn.Linear(STATE, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, PUSHES))
        self.critic = nn.Sequential(nn.Linear(STATE, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, 1))

    def forward(self, state):
        return Categorical(logits=self.actor(state)), self.critic(state).squeeze(-1)


def episodes(model, n, rng):
    """One episode of each of n carts: states (T, N, 4), pushes (T, N), and whether it was still going on (T, N)."""
    carts = CartPoles(n, rng)
    going = np.ones(n, bool)
    steps = []
    with picograd.no_grad():
        while going.any() and len(steps) < LONGEST:
            pushes = model(picograd.tensor(carts.state))[0].sample().value  # (N,)
            steps.append((carts.state, pushes, going))
            going = going & carts.step(pushes)
    return tuple(np.stack(parts) for parts in zip(*steps, strict=True))


def returns_of(going, discount, foreseen):
    """For each step the discounted sum of the rewards from there on: 1 for each step, and `foreseen` after the last."""
    returns = np.zeros(going.shape, np.float32)  # (T, N)
    later = foreseen  # (N,)
    for t in reversed(range(len(going))):
        later = returns[t] = going[t] * (1 + discount * later)
    return returns


def main(arguments=None):
    given = options("policy_gradient", __doc__, SETTINGS, arguments)
    random = picograd.manual_seed(given.seed)
    model = ActorCritic()
    optimizer = optim.Adam(model.parameters(), lr=given.lr)
    run = Run(given, model=model, optimizer=optimizer)

    for step in run.steps(given.steps):
        for group in optimizer.param_groups:
            group["lr"] = given.lr * (1 - step / given.steps)
        states, pushes, going = episodes(model, given.batch_size, random.rng)
        policy, foreseen = model(picograd.tensor(states))  # of (T, N) states each
        # An episode that was cut off after 500 steps would have gone on: what the critic foresees stands for the rest.
        rest = foreseen.value[-1] * (len(going) == LONGEST)  # (N,)
        returns = picograd.tensor(returns_of(going, given.discount, rest))  # (T, N)
        counts = picograd.tensor(going.astype(np.float32))  # (T, N)
        better = returns - foreseen.detach()  # than foreseen
        better = better / ((better**2 * counts).sum() / counts.sum()).sqrt()
        gain = policy.log_prob(picograd.tensor(pushes)) * better + 0.01 * policy.entropy()  # (T, N)
        error = F.smooth_l1_loss(foreseen, returns, reduction="none")  # (T, N)
        loss = ((error / 10 - gain) * counts).sum() / counts.sum()

        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        run.log(mean_return=float(going.sum(0).mean()))
        if (step + 1) % 10 == 0:
            run.say(
                f"{(step + 1) * given.batch_size:6,} episodes  mean return {run.mean('mean_return', 10):.1f}  "
                f"{run.seconds:.1f} s"
            )

    _, _, going = episodes(model, 100, random.rng)
    done = given.steps * given.batch_size
    print(f"The mean return of 100 episodes is {going.sum(0).mean():.1f}, after {done:,} of them, {run.seconds:.1f} s.")
    run.picture("returns.png", lambda: curve(run.history["mean_return"], given.batch_size))


def curve(returns, batch_size):
    """The mean return while training."""
    from pictures import BLUE, new_figure, plain

    figure = new_figure((8, 4))
    axes = figure.subplots()
    axes.plot(np.arange(1, len(returns) + 1) * batch_size, returns, color=BLUE, linewidth=2)
    axes.set_ylim(0, LONGEST * 1.05)
    plain(axes, "Steps that the pole stays up", "episodes")
    return figure


if __name__ == "__main__":
    start(main)
