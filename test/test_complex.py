"""Complex numbers and Fourier transforms: values, dtypes and gradients beside PyTorch's; what refuses; programs."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import picograd as pg
from picograd.autograd import gradcheck, gradgradcheck
from picograd.complex_numbers import Complex

# Texts in z and w, complex of shape (2, 3, 4), and x, the real part of z; `m` is picograd or PyTorch.
TEXTS = """
z * w; z * x; x * z; z * 2.5; z * (1 + 2j); 1j * x; x * 1j + x; z + w; z + x; x - z; 1 - z; z - 1j; -z; +z; m.mul(z, w)
z / w; z / x; x / z; 1 / z; z.reciprocal(); z.square(); z ** 2; z ** 3; z ** -2; z ** 0; (z + 3) ** 0.5; m.abs(z)
abs(z); z.abs(); z.angle(); m.angle(z); z.real; z.imag; m.real(z); m.imag(z); z.conj(); m.conj(z); m.real(x); m.conj(x)
z.exp(); m.exp(z); z.log(); z.sqrt(); m.view_as_real(z); m.view_as_complex(m.view_as_real(z)); m.polar(x * x, w.real)
z @ w.mT; m.matmul(z[0], w[1].mT); m.einsum('bij,bkj->bik', z, w); m.einsum('bij,bkj->bik', z, z.conj())
m.einsum('bij->ij', z); z.sum(); z.sum(1); z.mean(-1); z.sum(dim=(0, 2), keepdim=True); z.cumsum(1); z.reshape(6, 4)
z.view(2, 12); z.flatten(1); z.permute(2, 0, 1); z.transpose(0, 1); z.mT; z.unsqueeze(1); z[:1].squeeze(0)
z[0, 1:, ::2]; z[..., None]; z.expand(3, 2, 3, 4); z.flip(0); z.roll(1, 2); z.repeat(1, 2, 1); m.cat([z, w], 1)
m.stack([z, w]); z.clone(); m.cat([z, w[:, :1]], dim=1); z.chunk(2, -1)[1]; z.split(2, 2)[0]; z.narrow(1, 0, 2)
z.unbind(0)[1]; z.diagonal(0, 1, 2); m.where(x > 0, z, w); z.tril(); z.to(m.complex64)
x.to(m.complex64); x.float() * z; z.detach() * z; m.complex(x[0], x)
"""
CASES = [text.strip() for text in re.split(r"[;\n]", TEXTS) if text.strip()]


def both_sides(torch: Any, dtype: Any) -> tuple[Any, Any, dict[str, Any], dict[str, Any]]:
    """Two real leaves for each of z and w, and the names of the texts."""
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal((2, 3, 4)).astype(dtype) for _ in range(4)]
    mine = [pg.Tensor(a) for a in arrays]
    theirs = [torch.from_numpy(a.copy()).requires_grad_() for a in arrays]
    ours = {"m": pg, "z": pg.complex(*mine[:2]), "w": pg.complex(*mine[2:]), "x": mine[0]}
    peers = {"m": torch, "z": torch.complex(*theirs[:2]), "w": torch.complex(*theirs[2:]), "x": theirs[0]}
    return mine, theirs, ours, peers


def array(y: Any) -> Any:
    return y.detach().resolve_conj().numpy() if hasattr(y, "is_mkldnn") or isinstance(y, Complex) else y.value


def compare(torch: Any, text: str, ours: Any, peers: Any, mine: Any, theirs: Any, tolerance: float) -> None:
    """Values, dtypes and, of a weighted sum of squares of both parts, gradients."""
    y, t = eval(text, ours), eval(text, peers)
    value, expected = array(y), array(t)
    assert value.shape == expected.shape and value.dtype == expected.dtype, text
    np.testing.assert_allclose(value, expected, tolerance, tolerance * abs(expected).max())
    assert y.requires_grad == t.requires_grad
    if not t.requires_grad:
        return
    u, v = (np.asarray(np.random.default_rng(k).standard_normal(value.shape), expected.real.dtype) for k in (1, 2))
    losses = []
    for result, make, complex_ in ((y, pg.tensor, isinstance(y, Complex)), (t, torch.from_numpy, t.is_complex())):
        parts = (result.real, result.imag) if complex_ else (result, result)
        losses.append(((parts[0] * make(u)) ** 2 + parts[1] * make(v)).sum())
    losses[0].backward()
    losses[1].backward()
    for a, b in zip(mine, theirs, strict=True):
        g = np.zeros_like(a.value) if b.grad is None else b.grad.numpy()
        np.testing.assert_allclose(a.grad, g, tolerance, tolerance * max(abs(g).max(), 1))


@pytest.mark.parametrize("text", CASES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-4)], ids=["double", "single"])
def test_against_pytorch(text: str, dtype: Any, tolerance: float, torch: Any) -> None:
    mine, theirs, ours, peers = both_sides(torch, dtype)
    if "complex64" in text or ".float()" in text:
        tolerance = 1e-5
    compare(torch, text, ours, peers, mine, theirs, tolerance)


ONE = ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"]
SEVERAL = ["fft2", "ifft2", "rfft2", "irfft2", "hfft2", "ihfft2", "fftn", "ifftn", "rfftn", "irfftn", "hfftn", "ihfftn"]
REAL_ONLY = {"rfft", "ihfft", "rfft2", "ihfft2", "rfftn", "ihfftn"}
TRANSFORMS = [
    f"m.fft.{name}({'x' if name in REAL_ONLY or real else 'z'}{options})"
    for name, variants in (
        *((name, ("", ", 5", ", n=9, dim=1, norm='ortho'", ", dim=0, norm='forward'")) for name in ONE),
        *((name, ("", ", norm='ortho'", ", s=(5, 7), dim=(0, 2)", ", (4, -1), (1, 2), 'forward'")) for name in SEVERAL),
    )
    for options in variants
    for real in ((False, True) if name in ("fft", "ifft", "irfft") else (False,))
] + ["m.fft.fftshift(z)", "m.fft.ifftshift(x, dim=(1, 2))", "m.fft.fftshift(z, 1)", "m.fft.fftn(x, s=(2,))"]


@pytest.mark.parametrize("text", TRANSFORMS)
def test_transforms_against_pytorch(text: str, torch: Any) -> None:
    for dtype, tolerance in ((np.float64, 1e-9), (np.float32, 1e-4)):
        mine, theirs, ours, peers = both_sides(torch, dtype)
        compare(torch, text, ours, peers, mine, theirs, tolerance)


def test_frequencies(torch: Any) -> None:
    for name in ("fftfreq", "rfftfreq"):
        for n, d in ((8, 1.0), (5, 0.1)):
            mine, theirs = getattr(pg.fft, name)(n, d), getattr(torch.fft, name)(n, d)
            np.testing.assert_array_equal(mine.value, theirs.numpy())
            assert mine.dtype == np.float32


def test_second_derivatives() -> None:
    rng = np.random.default_rng(0)
    x, y = (pg.Tensor(rng.standard_normal((2, 3))) for _ in range(2))
    for function in (
        lambda x, y: (pg.complex(x, y) * pg.complex(y, x)).abs(),
        lambda x, y: pg.fft.fft(pg.complex(x, y), n=4).abs(),
        lambda x, y: pg.fft.irfft(pg.fft.rfft(x, n=5, dim=0) * pg.complex(y, x)[:1], dim=0),
        lambda x, y: (pg.complex(x, y).exp() / pg.complex(y, x + 4)).angle(),
    ):
        assert gradcheck(function, [x, y])
        assert gradgradcheck(function, [x, y])


def test_the_modulus_has_no_gradient_at_0(torch: Any) -> None:
    x = pg.Tensor([0.0, 3.0])
    pg.complex(x, x * 0).abs().sum().backward()
    assert x.grad.tolist() == [0, 1]


# ---- making and showing them ---------------------------------------------------------------------------------------


def test_made_and_read() -> None:
    z = pg.tensor([1 + 2j, 3.0])
    assert z.dtype == pg.complex64 and z.is_complex() and pg.is_complex(z) and not pg.is_complex(z.real)
    assert z.tolist() == [1 + 2j, 3] and z[0].item() == 1 + 2j and complex(z[0]) == 1 + 2j
    assert pg.from_numpy(np.array([1j])).dtype == pg.complex128 == pg.cdouble
    assert pg.zeros(2, dtype=pg.cfloat).tolist() == [0, 0] and pg.ones(2, dtype=pg.complex128).dtype == np.complex128
    assert pg.tensor([1.0], dtype=pg.complex64).tolist() == [1] and pg.as_tensor([1j]).tolist() == [1j]
    assert pg.tensor(z).tolist() == z.tolist()
    assert z.shape == (2,) and z.numel() == 2 and z.ndim == 1 and len(z) == 2 and z.size(0) == 2
    assert np.asarray(z).dtype == np.complex64
    assert repr(z) == "Complex([1.+2.j, 3.+0.j], dtype=complex64)"
    assert (z == pg.tensor([1 + 2j, 4])).tolist() == [True, False]
    assert (z != 3).tolist() == [True, False]
    assert pg.allclose(z, z + 1e-9)
    assert z.to("cpu") is z and z.resolve_conj() is z and z.contiguous().tolist() == z.tolist()
    for draws in (pg.randn(2000, dtype=pg.cfloat), pg.rand(2000, dtype=pg.cfloat) * 2):
        assert draws.dtype == np.complex64
        assert 0.3 < float(draws.real.var()) < 0.7


def test_written_into() -> None:
    z = pg.zeros(2, 3, dtype=pg.cfloat)
    x = pg.ones(3, requires_grad=True)
    z[0] = pg.complex(x * 2, x * 3)
    z[1, :2] = 1j
    z[1, 2] = 5.0
    assert z.tolist() == [[2 + 3j] * 3, [1j, 1j, 5]]
    z.abs().sum().backward()
    np.testing.assert_allclose(x.grad, np.hypot(2, 3))


# ---- what they can't -----------------------------------------------------------------------------------------------

REFUSED = [
    ("m.relu(z)", r"relu: a complex Tensor of shape \(2,\): it takes real numbers only; use their real and imag parts"),
    ("z.softmax(0)", r"softmax: a complex Tensor of shape \(2,\): "),
    ("z < z", r"lt: a complex Tensor of shape \(2,\): "),
    ("z.max()", r"amax: a complex Tensor of shape \(2,\): "),
    ("m.nn.functional.linear(z, z)", r"linear: a complex Tensor of shape \(2,\): "),
    ("m.linalg.norm(z)", r"(complex|p_norm): a complex Tensor of shape \(2,\): "),
    ("m.linalg.inv(m.zeros(2, 2, dtype=m.cfloat))", r"inv: a complex Tensor of shape \(2, 2\): "),
    ("m.einsum('i,i,i->i', z, z, z)", r"einsum: 3 operands, some complex: it takes two of such; "),
    ("z.backward()", r"backward: a complex Tensor of shape \(2,\): only a real scalar has a gradient; "),
    ("z.requires_grad_()", r"requires_grad: a complex Tensor of shape \(2,\): its parts have gradients, not it; "),
    ("m.nn.Parameter(z)", r"complex: a complex Tensor of shape \(2,\): this takes real numbers only; "),
    ("m.Tensor(np.array([1j]))", r"Tensor: complex numbers: it holds real ones; make them with picograd.tensor "),
    ("z.float()", r"to: complex64 to float32: the imaginary part would be lost; use .real, or view_as_real"),
    ("m.complex(m.ones(2), m.ones(2).double())", r"complex: parts of float32 and float64: they must be equal floats; "),
    ("m.view_as_real(m.ones(2))", r"view_as_real: a Tensor of float32: it takes complex numbers; it is real already"),
    ("m.fft.rfft(z)", r"rfft: a complex Tensor of shape \(2,\): it takes real numbers; use fft"),
]
MISTAKES = [
    ("m.view_as_complex(m.ones(3))", ValueError, r"view_as_complex: shape \(3,\) of float32: its last axis must be "),
    ("m.imag(m.ones(3))", RuntimeError, r"imag: a Tensor of float32: real numbers have none; use zeros_like"),
    ("m.fft.fft(z, n=0)", ValueError, r"fft: 0 elements along axis -1 of shape \(2,\): there must be one; give n >= 1"),
    ("m.fft.irfft(z[:1])", ValueError, r"irfft: 0 elements along axis -1 of shape \(1,\): "),
    ("m.fft.fft(z, norm='half')", ValueError, r"fft: norm 'half': there is none such; give 'backward', 'ortho' or "),
    ("m.fft.fftn(z, s=(2,), dim=(0, 1))", ValueError, r"fftn: sizes \(2,\) along \(0, 1\): one for each axis; "),
    ("m.fft.fft(z, dim=1)", IndexError, r"fft: axis 1 of 1 dimensions: there is no such axis; "),
]


@pytest.mark.parametrize(
    ("text", "error", "message"), [(text, TypeError, message) for text, message in REFUSED] + MISTAKES
)
def test_refused(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        eval(text, {"m": pg, "np": np, "z": pg.tensor([1 + 1j, 2.0])})
    assert re.fullmatch(r"[^:\n]+: [^\n]+: [^\n]+; [^\n]+[^.\n]", str(caught.value))


# ---- programs ------------------------------------------------------------------------------------------------------


def rotary(m: Any, x: Any) -> Any:
    """Rotary embeddings with complex numbers, as LLaMA has them."""
    freqs = 1.0 / (10000.0 ** (m.arange(0, 4, 2).float() / 4))
    angles = m.outer(m.arange(3), freqs).float()
    turns = m.polar(m.ones_like(angles), angles)  # (T, D / 2)
    pairs = m.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2))
    turns = turns.view(*[d if i in (1, pairs.ndim - 1) else 1 for i, d in enumerate(pairs.shape)])
    return m.view_as_real(pairs * turns).flatten(3).type_as(x)


def fourier_mixing(m: Any, x: Any) -> Any:
    """FNet's mixing of tokens and channels."""
    return m.fft.fft(m.fft.fft(x, dim=-1), dim=-2).real


def correlation(m: Any, x: Any) -> Any:
    """Autoformer's correlation by the frequencies."""
    a, b = m.fft.rfft(x.permute(0, 2, 3, 1).contiguous(), dim=-1), m.fft.rfft(x.flip(1).permute(0, 2, 3, 1), dim=-1)
    return m.fft.irfft(a * m.conj(b), dim=-1)


def spectral(m: Any, x: Any) -> Any:
    """A filter of the lowest frequencies, written into zeros."""
    spectrum = m.fft.rfft2(x)
    out = m.zeros(*x.shape[:-2], x.shape[-2], x.shape[-1] // 2 + 1, dtype=m.cfloat)
    out[..., :1, :2] = spectrum[..., :1, :2] * (0.5 + 0.25j)
    return m.fft.irfft2(out, s=(x.shape[-2], x.shape[-1]))


@pytest.mark.parametrize("program", [rotary, fourier_mixing, correlation, spectral])
def test_programs(program: Any, torch: Any) -> None:
    x = np.random.default_rng(0).standard_normal((2, 3, 2, 4)).astype(np.float32)
    mine, theirs = pg.Tensor(x), torch.from_numpy(x.copy()).requires_grad_()
    y, t = program(pg, mine), program(torch, theirs)
    np.testing.assert_allclose(y.value, t.detach().numpy(), 1e-4, 1e-5)
    (y**3).sum().backward()
    (t**3).sum().backward()
    np.testing.assert_allclose(mine.grad, theirs.grad.numpy(), 1e-3, 1e-4 * float(theirs.grad.abs().max()))
