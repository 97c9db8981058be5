"""Writing in place: small programs that run in picograd and in PyTorch and must agree in values and gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from harness import close

import picograd
from picograd import Tensor, no_grad
from picograd.left_out import REASONS

# On x (4, 3) and y (3,), leaves with a gradient. `out` is differentiated.
PROGRAMS = """
a = x * 1; a[1] = y; out = a * a
a = x * 1; a[1:3] = y; out = a * a
a = x * 1; a[::2] = y; a[1] = x[0]; out = a * a
a = x * 1; a[[0, 2]] = y; out = a * a
a = x * 1; a[:, 0] = 2.0; out = a * a
a = x * 1; a[0, 1] = y[2]; out = a * a
a = x * 1; a[...] = y; out = a * x
a = x * 1; a[x.detach() > 0] = 0.5; out = a * a
a = x * 1; a[m.tensor([True, False, True, False])] = y; out = a * a
a = x * 1; a[m.tensor([3, 0])] = y; out = a * a
a = x * 1; a[1] = a[0]; out = a * a
a = x * 1; a[0] = a[1].clone() * y; a[2] = a[0].clone() * a[1].clone(); out = a * a
a = x * 1; a += y; out = a * a
a = x * 1; a -= y; out = a * a
a = x * 1; a *= y; out = a * a
a = x * 1; a /= y; out = a * a
a = x * 1; a **= 2; out = a * a
a = x * 1; a += 1.5; a *= 2; out = a * a
a = x * 1; a[1] += y; a[2:] *= 3; out = a * a
a = x * 1; a.add_(a * 2); out = a * a
a = x * 1; s = a.sum(); a *= 2; out = a * s
a = x * 1; s = a + 1; a *= 2; out = a * s
a = x * 1; b = a.clone(); b *= 2; out = a * b
a = x * 1; b = a * y; a = a + 1; a *= 2; out = a * b
# views
a = x * 1; b = a[1:]; b *= 2; out = a * a
a = x * 1; b = a[1:]; b *= 2; out = b * b
a = x * 1; b = a[1:]; b *= y; out = (a * a).sum() + (b * b).sum()
a = x * 1; b = a[1:]; a *= 2; out = b * b
a = x * 1; b = a[1:]; a[2] = y; out = b * b
a = x * 1; b = a[1:]; c = a[:2]; b *= 2; out = (c * c).sum() + (a * b[0]).sum()
a = x * 1; b = a[1:]; c = b[0]; c *= y; out = (a * a).sum() + (b * b).sum() + (c * c).sum()
a = x * 1; b = a[1:]; c = b[0]; b *= y; out = (a * a).sum() + (c * c).sum()
a = x * 1; b = a[1:]; c = b[0]; a += 1; b += 2; c += y; out = (a * b[0] * c).sum()
a = x * 1; c = a[1:][0]; c.mul_(y); out = a * a
a = x * 1; c = a[1:][0]; c.mul_(y); out = c * c
a = x * 1; c = a[1:][0]; a.mul_(2); out = c * c
a = x * 1; a[1:][0].mul_(y); out = a * a
a = x * 1; a[1:][0] = y; out = a * a
b = (x * 1)[1:]; c = b[0]; c *= 2; out = b * b
b = (x * 1)[1:]; c = b[0]; b *= 2; out = c * c
a = x * 1; b = a.T; b[0] = 1.0; out = a * a
a = x * 1; b = a.transpose(0, 1); b *= 3; out = a * y
a = x * 1; b = a.reshape(3, 4); b[0] = 0.5; out = a * a
a = x * 1; b = a.view(12); b[::2] *= 3; out = a * a
a = x.sum(); b = a.view(1, 1); b *= y[0]; out = a * b
a = x / y; a += 1; out = a * a
a = m.logaddexp(x, y); a += 1; out = a * a
a = m.nn.functional.max_pool1d(x, 2, 1); a += 1; out = a * a
a = x * 1; b = a.unsqueeze(0); b.mul_(2); out = a * a
a = x * 1; b = a.flatten(); b.add_(1); out = a * b.reshape(4, 3)
a = x * 1; b = a[:, None, ::2]; b += 1; out = a * a
a = x * 1; b = a.permute(1, 0)[1:]; b *= 2; out = a * a
a = x * 1; b = a.movedim(0, 1); b[2] = 4.0; out = a * a
a = x * 1; b = a.squeeze(); b *= 2; out = a * a
a = x * 1; b = a.reshape(2, 2, 3)[:, 1]; b *= y; out = a * a
a = y.expand(4, 3).clone(); a[0] = x[1]; out = a * a
a = x * 1; b = a[m.tensor([0, 1])]; b *= 2; out = a.sum() + (b * b).sum()
# a Tensor without a history takes one over
a = m.zeros(4, 3, dtype=x.dtype); a[1] = y; out = a * x
a = m.zeros(4, 3, dtype=x.dtype); a += x; out = a * a
a = m.zeros(4, 3, dtype=x.dtype); b = a[2]; b.copy_(y); out = a * x + a
a = m.zeros(4, 3, dtype=x.dtype); b = a[2]; a.copy_(x); out = b * b
a = m.zeros(4, 3, dtype=x.dtype); [a[i].copy_(y * i) for i in range(4)]; out = a * a
a = m.zeros(4, 3, dtype=x.dtype); a[0] = y; [a[i].copy_(a[i - 1].clone() * y) for i in range(1, 4)]; out = a * a
# not recorded
m.set_grad_enabled(False); x.mul_(2); m.set_grad_enabled(True); out = x * x
m.set_grad_enabled(False); x[0] = 1.0; m.set_grad_enabled(True); out = x * y
a = x * 1; m.set_grad_enabled(False); a[0] = 5.0; m.set_grad_enabled(True); out = a * y
a = x * 1; b = a[1:]; m.set_grad_enabled(False); b *= 2; m.set_grad_enabled(True); out = a * y + a
x.detach()[0] = 7.0; out = x * x
a = x * 1; a.detach().zero_(); out = a + x * y
x.data.mul_(2); out = x * x
x.data = x.data * 3; out = x * x
""".strip().splitlines()

# The in-place methods: arguments, or None for those that have a test of their own.
METHODS: dict[str, str | None] = {
    "add_": "y", "sub_": "y", "mul_": "y", "div_": "y", "pow_": "2", "clamp_": "0.6, 1.5", "copy_": "y",
    "fill_": "2.5", "masked_fill_": "x.detach() > 0, 2.0", "zero_": "", "neg_": "", "abs_": "", "exp_": "",
    "log_": "", "sqrt_": "", "square_": "", "sin_": "", "cos_": "", "tanh_": "", "sigmoid_": "", "relu_": "",
    "sign_": "", "normal_": None, "uniform_": None, "requires_grad_": None, "detach_": None, "squeeze_": "",
    "unsqueeze_": "0", "transpose_": "0, 1", "t_": "", "log2_": "", "log10_": "", "log1p_": "", "rsqrt_": "",
    "reciprocal_": "", "exp2_": "", "expm1_": "", "asinh_": None, "atan_": "", "tan_": "", "sinh_": "", "cosh_": "",
    "erf_": "", "erfc_": "", "lgamma_": "", "digamma_": "", "floor_": "", "ceil_": "", "trunc_": "", "round_": "",
    "frac_": "", "nan_to_num_": "", "logical_not_": None, "tril_": "", "triu_": "", "acos_": None, "asin_": None,
    "atanh_": None, "erfinv_": None, "acosh_": None, "floor_divide_": None, "remainder_": "y", "fmod_": "y",
    "atan2_": "y", "eq_": "y", "ne_": "y", "lt_": "y", "le_": "y", "gt_": "y", "ge_": "y", "logical_and_": None,
    "logical_or_": None, "logical_xor_": None, "xlogy_": "y.detach().abs()", "addcmul_": "y, y, value=0.5",
    "addcdiv_": "y, y * y + 1", "lerp_": "x.detach(), 0.3", "clamp_min_": "1.0", "clamp_max_": "1.0", "cumsum_": "0",
    "cumprod_": "1", "bitwise_and_": None, "bitwise_or_": None, "bitwise_xor_": None, "bitwise_not_": None,
    "addmm_": "x, x[:3]", "baddbmm_": None, "scatter_": "0, m.tensor([[1, 2, 0]]), y.detach()[None]",
    "scatter_add_": "0, m.tensor([[1, 2, 0]]), y[None]",
    "scatter_reduce_": "0, m.tensor([[1, 2, 0]]), y[None], 'amax'", "index_add_": "0, m.tensor([1]), y[None]",
    "index_copy_": "0, m.tensor([1]), y[None]", "index_fill_": "1, m.tensor([0, 2]), 2.0",
    "index_put_": "(m.tensor([1, 3]),), y",
    "absolute_": "", "fix_": "", "sgn_": None, "arccos_": None, "arcsin_": None, "arctan_": "", "arccosh_": None,
    "arcsinh_": None, "arctanh_": None, "arctan2_": "y", "negative_": "", "subtract_": "y", "multiply_": "y",
    "divide_": "y", "true_divide_": "y", "clip_": "0.6, 1.5", "not_equal_": "y", "less_": "y", "less_equal_": "y",
    "greater_": "y", "greater_equal_": "y", "swapaxes_": "0, 1", "swapdims_": "0, 1", "conj_physical_": "",
    "copysign_": "y", "hypot_": "y", "nextafter_": None, "gcd_": None, "lcm_": None, "sinc_": "", "logit_": "0.1",
    "deg2rad_": "", "rad2deg_": "", "float_power_": "2", "ldexp_": "y", "heaviside_": None,
    "bitwise_left_shift_": None, "bitwise_right_shift_": None, "addmv_": None, "addr_": "x[:, 0], y", "addbmm_": None,
    "renorm_": "2, 0, 1.0", "masked_scatter_": "x.detach() > 0, x * 1", "index_reduce_": None,
    "put_": "m.tensor([1, 5, 7]), y", "as_strided_": "(4, 3), (3, 1)", "fill_diagonal_": "2.0", "bernoulli_": None,
    "exponential_": None, "geometric_": None, "cauchy_": None, "log_normal_": None, "random_": None, "apply_": None,
    "i0_": "", "igamma_": None, "igammac_": None, "mvlgamma_": None, "polygamma_": None,
    "map_": None, "map2_": None, "resize_": None, "resize_as_": None, "set_": None,
}  # fmt: skip

PROGRAMS = [line for line in PROGRAMS if not line.startswith("#")]
PROGRAMS += [
    f"a = x * x + 0.5; a.{name}({args}); out = a * x{'.T' * (name in ('t_', 'transpose_', 'swapaxes_', 'swapdims_'))}"
    for name, args in METHODS.items()
    if args is not None
]


def execute(program: str, module: Any, x: Any, y: Any) -> Any:
    scope = {"m": module, "x": x, "y": y}
    try:
        exec(program, scope)
    finally:
        module.set_grad_enabled(True)
    return scope["out"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_as_pytorch(program: str, torch: Any) -> None:
    rng = np.random.default_rng(0)
    arrays = rng.uniform(0.5, 2, (4, 3)) * rng.choice([-1, 1], (4, 3)), rng.uniform(0.5, 2, 3)
    ours = [Tensor(v.copy()) for v in arrays]
    theirs = [torch.tensor(v, requires_grad=True) for v in arrays]
    mine, reference = execute(program, picograd, *ours), execute(program, torch, *theirs)
    close(mine.value, reference.detach().numpy(), 1e-12, "out")
    g = rng.standard_normal(mine.shape)
    mine.backward(g)
    reference.backward(torch.from_numpy(np.asarray(g)))
    for name, leaf, peer in zip("xy", ours, theirs, strict=True):
        close(leaf.value, peer.detach().numpy(), 1e-12, name)
        close(leaf.grad, 0 * leaf.value if peer.grad is None else peer.grad.numpy(), 1e-9, f"gradient of {name}")


def test_every_in_place_method_is_here() -> None:
    names = {name for name in dir(Tensor) if name.endswith("_") and not name.startswith("_")}
    assert {name for name in names if ("Tensor", name) not in REASONS} == set(METHODS)


@pytest.mark.parametrize("program", PROGRAMS[:40])
def test_what_is_written_is_the_memory(program: str) -> None:
    """Under no_grad the same programs only write: the result is that of NumPy's arrays."""
    rng = np.random.default_rng(0)
    x, y = rng.uniform(0.5, 2, (4, 3)), rng.uniform(0.5, 2, 3)
    recorded = execute(program, picograd, Tensor(x.copy()), Tensor(y.copy()))
    with no_grad():
        scope = {"m": picograd, "x": Tensor(x.copy()), "y": Tensor(y.copy())}
        exec(program, scope)
    assert not scope["out"].requires_grad
    np.testing.assert_array_equal(scope["out"].value, recorded.value)


# ---- a value that a rule still needs is not silently overwritten ---------------------------------------------------

OVERWRITTEN = [
    ("a = x.exp(); a.add_(1); out = a", "exp", "add_"),
    ("a = x * 1; out = a.log(); a.mul_(2)", "log", "mul_"),
    ("a = x * 1; out = a * y; a.zero_()", "mul", "zero_"),
    ("a = x * 1; out = a @ y; a[0] = 1.0", "matmul", "x[index] = value"),
    ("a = x * 1; b = a[1:]; out = a.square(); b += 1", "square", "+="),
    ("a = x.sigmoid(); b = a[0]; out = a * 1; b.fill_(0)", "sigmoid", "fill_"),
    ("out = x * y; m.set_grad_enabled(False); y.mul_(2); m.set_grad_enabled(True)", "mul", "mul_"),
    ("a = x.tanh(); out = a + 0; a.detach().mul_(0)", "tanh", "mul_"),
    ("a = x * 1; out = a.std(); a.copy_(y)", "std", "copy_"),
    ("c = m.ones(4, 3, dtype=x.dtype); out = x * c; c.add_(1)", "mul", "add_"),
]


@pytest.mark.parametrize(("program", "op", "by"), OVERWRITTEN)
def test_overwritten_saved_values_raise_and_name_both_ops(program: str, op: str, by: str) -> None:
    x, y = Tensor(np.linspace(0.5, 2, 12).reshape(4, 3)), Tensor(np.linspace(0.5, 2, 3))
    out = execute(program, picograd, x, y).sum()
    with pytest.raises(RuntimeError) as caught:
        out.backward()
    assert f"backward: {op} saved an array" in str(caught.value) and f" {by} overwrote it" in str(caught.value)
    assert not x.grad.any() and not y.grad.any()


@pytest.mark.parametrize(
    "program",
    [
        "a = x * 1; out = a + y; a.mul_(2)",  # add saves nothing
        "a = x * 1; out = a.sum(); a.zero_()",
        "a = x * 2; out = a * 3; a.zero_()",  # only y is saved for x, and it is a constant
        "a = x.exp(); b = a.clone(); b.zero_(); out = a",
        "a = x * 1; a.mul_(2); out = a * a",  # written before it is saved
        "a = x.relu(); a.add_(0) if False else None; out = a",
    ],
)
def test_harmless_writes_raise_nothing(program: str) -> None:
    x, y = Tensor(np.linspace(0.5, 2, 12).reshape(4, 3)), Tensor(np.linspace(0.5, 2, 3))
    execute(program, picograd, x, y).sum().backward()


def test_a_failed_write_changes_nothing() -> None:
    a = Tensor.ones(2, 3) * 1
    value, node = a.value.copy(), a.node
    for write in (
        lambda: a.add_(picograd.ones(4)),
        lambda: a.add_(picograd.ones(5, 2, 3)),
        lambda: a.__setitem__(7, 1.0),
        lambda: a.__setitem__(0, picograd.ones(2)),
        lambda: a.masked_fill_(picograd.ones(5), 1.0),
    ):
        with pytest.raises((ValueError, IndexError, TypeError)):
            write()
        np.testing.assert_array_equal(a.value, value)
        assert a.node is node


def test_the_memory_stays_the_same() -> None:
    x = Tensor.ones(3)
    a = x * 1
    value, handle = a.value, a
    a += 1
    a[0] = 5.0
    a.mul_(2)
    assert a is handle and a.value is value
    shared = np.zeros(3, np.float32)
    t = picograd.from_numpy(shared)
    t += 1
    t[0] = 7
    np.testing.assert_array_equal(shared, [7, 1, 1])


def test_random_fills() -> None:
    for method, low, high in (("uniform_", 2.0, 3.0), ("normal_", -50.0, 50.0)):
        t = picograd.zeros(200)
        assert getattr(t, method)(2.0, 3.0) is t
        assert t.dtype == np.float32 and t.value.std() > 0.1 and (low <= t.value).all() and (t.value < high).all()
    x = Tensor.ones(3)
    with no_grad():
        x.uniform_()
    assert x.is_leaf and x.requires_grad


# Those whose domain or dtype is another: what they write is what the op without underscore gives.
OTHERS = {
    "acos_": "", "asin_": "", "asinh_": "", "atanh_": "", "erfinv_": "", "acosh_": "", "floor_divide_": "0.3",
    "bitwise_and_": "6", "bitwise_or_": "6", "bitwise_xor_": "6", "bitwise_not_": "", "baddbmm_": "a, a",
    "logical_not_": "", "logical_and_": "a > 0.5", "logical_or_": "a > 0.5", "logical_xor_": "a > 0.5",
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_others_write_what_the_op_gives(name: str, torch: Any) -> None:
    value = np.arange(4) if name.startswith("bitwise") else np.linspace(0.1, 0.9, 8).reshape(2, 2, 2)
    value = value + 1 if name == "acosh_" else value
    written, peer = Tensor(value.copy(), requires_grad=False), torch.tensor(value)
    given = eval(f"t.{name}({OTHERS[name].replace('a', 't.clone()')})", {"t": written})
    eval(f"t.{name}({OTHERS[name].replace('a', 't.clone()')})", {"t": peer})
    assert given is written
    close(written.value, peer.numpy(), 1e-9, name)


def test_detach_in_place() -> None:
    x = Tensor.ones(3)
    a = x * 2
    assert a.detach_() is a and a.is_leaf and not a.requires_grad and a.parents == set()
    a.add_(1)
    np.testing.assert_array_equal(a.value, [3, 3, 3])
