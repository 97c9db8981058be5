"""The same networks in JAX's own text: functions of a dict of parameters, the whole step with Adam compiled as one.

The parameters have the names and shapes that they have in PyTorch's text, so that both can start from the same.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax, random
from measures import Contestant, Settings
from networks import CONTEXT, NETWORKS, VOCABULARY, course, data
from timing import BEGIN, Figures, check_training, clock, quantiles

Params = dict[str, jax.Array]
# The generator that is fastest on a CPU: the default one would be most of what dropout costs.
jax.config.update("jax_default_prng_impl", "unsafe_rbg")  # type: ignore[no-untyped-call]


def linear(p: Params, name: str, x: jax.Array) -> jax.Array:
    return x @ p[f"{name}.weight"].T + p[f"{name}.bias"]


def dropout(x: jax.Array, rate: float, key: jax.Array | None) -> jax.Array:
    """x with elements zeroed at the rate; x itself without a key."""
    if key is None:
        return x
    return jnp.where(random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0.0)


def tiny(p: Params, x: jax.Array, key: jax.Array | None) -> jax.Array:
    x = jax.nn.relu(linear(p, "0", x))
    x = jax.nn.relu(linear(p, "2", x))
    return jax.nn.log_softmax(linear(p, "4", x))


def mlp(p: Params, x: jax.Array, key: jax.Array | None) -> jax.Array:
    keys = (None, None) if key is None else random.split(key)
    x = dropout(jax.nn.relu(linear(p, "fc1", x)), 0.5, keys[0])
    x = dropout(jax.nn.relu(linear(p, "fc2", x)), 0.5, keys[1])
    return jax.nn.log_softmax(linear(p, "fc3", x))


def conv(p: Params, name: str, x: jax.Array) -> jax.Array:  # (N, H, W, C): a tenth faster here than (N, C, H, W)
    weight = p[f"{name}.weight"].transpose(2, 3, 1, 0)
    out = lax.conv_general_dilated(x, weight, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    return out + p[f"{name}.bias"]


def cnn(p: Params, x: jax.Array, key: jax.Array | None) -> jax.Array:  # x (N, 1, 28, 28)
    keys = (None, None) if key is None else random.split(key)
    x = jax.nn.relu(conv(p, "conv1", x.transpose(0, 2, 3, 1)))  # (N, 26, 26, 32)
    x = jax.nn.relu(conv(p, "conv2", x))  # (N, 24, 24, 64)
    N, H, W, C = x.shape
    x = x.reshape(N, H // 2, 2, W // 2, 2, C).max((2, 4))  # (N, 12, 12, 64)
    x = dropout(x, 0.25, keys[0]).transpose(0, 3, 1, 2).reshape(N, -1)
    x = dropout(jax.nn.relu(linear(p, "fc1", x)), 0.5, keys[1])  # (N, 128)
    return jax.nn.log_softmax(linear(p, "fc2", x))


def layer_norm(p: Params, name: str, x: jax.Array) -> jax.Array:
    centred = x - x.mean(-1, keepdims=True)
    scale = lax.rsqrt((centred * centred).mean(-1, keepdims=True) + 1e-5)
    return centred * scale * p[f"{name}.weight"] + p[f"{name}.bias"]


def attend(p: Params, name: str, x: jax.Array, heads: int = 4) -> jax.Array:  # (N, T, C)
    N, T, C = x.shape
    qkv = linear(p, f"{name}.qkv", x).reshape(N, T, 3, heads, C // heads)
    q, k, v = qkv.transpose(2, 0, 3, 1, 4)  # each (N, heads, T, C / heads)
    scores = (q @ k.swapaxes(2, 3)) / np.sqrt(C // heads).astype(np.float32)  # (N, heads, T, T)
    scores = jnp.where(jnp.tril(jnp.ones((T, T), bool)), scores, -jnp.inf)
    y = jax.nn.softmax(scores) @ v
    return linear(p, f"{name}.project", y.transpose(0, 2, 1, 3).reshape(N, T, C))


def gpt(p: Params, tokens: jax.Array, key: jax.Array | None) -> jax.Array:  # tokens (N, T)
    x = p["token.weight"][tokens] + p["position.weight"][: tokens.shape[1]]  # (N, T, C)
    for layer in range(4):
        block = f"blocks.{layer}"
        x = x + attend(p, block, layer_norm(p, f"{block}.norm1", x))
        wide = jax.nn.gelu(linear(p, f"{block}.wide", layer_norm(p, f"{block}.norm2", x)), approximate=False)
        x = x + linear(p, f"{block}.narrow", wide)
    return jax.nn.log_softmax(layer_norm(p, "norm", x) @ p["head.weight"].T)


def lstm(p: Params, tokens: jax.Array, key: jax.Array | None) -> jax.Array:  # tokens (N, T)
    x = p["token.weight"][tokens].swapaxes(0, 1)  # (T, N, 256)
    for layer in range(2):
        inputs = x @ p[f"lstm.weight_ih_l{layer}"].T + p[f"lstm.bias_ih_l{layer}"]  # (T, N, 4 * 256)
        recurrent, bias = p[f"lstm.weight_hh_l{layer}"].T, p[f"lstm.bias_hh_l{layer}"]

        def cell(
            state: tuple[jax.Array, jax.Array],
            gates: jax.Array,
            recurrent: jax.Array = recurrent,
            bias: jax.Array = bias,
        ) -> tuple[tuple[jax.Array, jax.Array], jax.Array]:
            h, c = state
            i, f, g, o = jnp.split(gates + h @ recurrent + bias, 4, axis=-1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        zeros = jnp.zeros((x.shape[1], 256))
        _, x = lax.scan(cell, (zeros, zeros), inputs)
    return jax.nn.log_softmax(linear(p, "head", x.swapaxes(0, 1)))


# Each takes parameters, input and the key of its dropout, None for no dropout, and gives log probabilities.
FORWARD: dict[str, Callable[[Params, jax.Array, jax.Array | None], jax.Array]] = {
    "tiny": tiny,
    "mlp": mlp,
    "cnn": cnn,
    "gpt": gpt,
    "lstm": lstm,
}

Shapes = dict[str, tuple[int, ...]]


def layer(name: str, *weight: int) -> Shapes:
    return {f"{name}.weight": weight, f"{name}.bias": weight[:1]}


def shapes(work: str) -> Shapes:
    """The parameters of a network, by PyTorch's names."""
    if work == "tiny":
        return layer("0", 16, 2) | layer("2", 16, 16) | layer("4", 2, 16)
    if work == "mlp":
        return layer("fc1", 800, 784) | layer("fc2", 800, 800) | layer("fc3", 10, 800)
    if work == "cnn":
        return (
            layer("conv1", 32, 1, 3, 3) | layer("conv2", 64, 32, 3, 3) | layer("fc1", 128, 9216) | layer("fc2", 10, 128)
        )
    if work == "gpt":
        found: Shapes = {"token.weight": (VOCABULARY, 128), "position.weight": (CONTEXT, 128)}
        for b in (f"blocks.{k}" for k in range(4)):
            found |= layer(f"{b}.norm1", 128) | layer(f"{b}.norm2", 128)
            found |= layer(f"{b}.qkv", 384, 128) | layer(f"{b}.project", 128, 128)
            found |= layer(f"{b}.wide", 512, 128) | layer(f"{b}.narrow", 128, 512)
        return found | layer("norm", 128) | {"head.weight": (VOCABULARY, 128)}
    found = {"token.weight": (VOCABULARY, 256), **layer("head", VOCABULARY, 256)}
    for k in range(2):
        found |= {f"lstm.weight_ih_l{k}": (1024, 256), f"lstm.weight_hh_l{k}": (1024, 256)}
        found |= {f"lstm.bias_ih_l{k}": (1024,), f"lstm.bias_hh_l{k}": (1024,)}
    return found


def initial(work: str) -> Params:
    """Random parameters: uniform in a layer's usual bound, ones in a norm's scale, normal in an embedding."""
    rng, params = np.random.default_rng(0), {}
    for name, shape in shapes(work).items():
        if "norm" in name:
            values = np.full(shape, name.endswith("weight"), np.float32)
        elif name.startswith(("token", "position")):
            values = rng.standard_normal(shape, np.float32)
        else:
            fan_in = int(np.prod(shape[1:])) if len(shape) > 1 else shape[0]
            values = rng.uniform(-(fan_in**-0.5), fan_in**-0.5, shape).astype(np.float32)
        params[name] = jnp.asarray(values)
    return params


State = tuple[Params, Params, Params, jax.Array]  # the parameters, Adam's two moments, the number of steps


def loss(work: str, p: Params, x: jax.Array, target: jax.Array, key: jax.Array | None) -> jax.Array:
    """The mean negative log-likelihood of the targets."""
    log_probabilities = FORWARD[work](p, x, key)
    return -jnp.take_along_axis(log_probabilities, target[..., None], axis=-1).mean()


def make_step(work: str) -> Callable[[State, jax.Array, jax.Array], tuple[State, jax.Array]]:
    """The compiled step; the state that goes in is given away, as an optimizer writes in place."""
    lr, beta1, beta2, eps = 1e-3, 0.9, 0.999, 1e-8

    def step(state: State, x: jax.Array, target: jax.Array) -> tuple[State, jax.Array]:
        params, m, v, t = state
        key = random.fold_in(random.key(0), t)
        value, g = jax.value_and_grad(partial(loss, work))(params, x, target, key)
        t = t + 1
        m = {k: beta1 * m[k] + (1 - beta1) * g[k] for k in g}
        v = {k: beta2 * v[k] + (1 - beta2) * g[k] ** 2 for k in g}
        size, root = lr / (1 - beta1**t), jnp.sqrt(1 - beta2**t)
        params = {k: params[k] - size * m[k] / (jnp.sqrt(v[k]) / root + eps) for k in g}
        return (params, m, v, t), value

    return jax.jit(step, donate_argnums=0)


def step(work: str, who: Contestant, settings: Settings) -> Figures:
    """Seconds of a training step, waited for to its end; and until the first one is done."""
    batches, warm_up, steps = course(NETWORKS[work], settings)
    arrays = [(jnp.asarray(x), jnp.asarray(target.astype(np.int32))) for x, target in batches]
    params = initial(work)
    zeros = [{k: jnp.zeros_like(p) for k, p in params.items()} for _ in range(2)]
    state: State = (params, zeros[0], zeros[1], jnp.zeros((), jnp.int32))
    advance = make_step(work)
    seconds, losses, first = [], [], 0.0
    for k in range(warm_up + steps):
        x, target = arrays[k % len(arrays)]
        begin = clock()
        state, value = advance(state, x, target)
        jax.block_until_ready((state, value))  # type: ignore[no-untyped-call]
        seconds.append(clock() - begin)
        losses.append(float(value))
        first = first or clock() - BEGIN
    check_training(work, losses, settings.quick)
    return {"step": (statistics.median(seconds[warm_up:]), "s"), "until the first step is done": (first, "s")}


def latency(work: str, who: Contestant, settings: Settings) -> Figures:
    """Seconds from a single example to its log probabilities: the median, and what one in a hundred exceeds."""
    figures: Figures = {}
    for name in ("tiny", "mlp"):
        forward, params = jax.jit(lambda p, x, name=name: FORWARD[name](p, x, None)), initial(name)
        x = jnp.asarray(data(NETWORKS[name], 1)[0][0][:1])
        figures |= quantiles(name, partial(answer, forward, params, x), settings.quick)
    return figures


def answer(forward: Any, params: Params, x: jax.Array) -> jax.Array:
    """The network's answer, waited for."""
    out: jax.Array = forward(params, x).block_until_ready()
    return out
