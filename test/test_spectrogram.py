"""`fft/spectrogram.py` beside PyTorch: values and gradients, there and back; mistakes."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import picograd as pg
from picograd.autograd import gradcheck, gradgradcheck

pytestmark = pytest.mark.filterwarnings("ignore:A window was not", "ignore:The length of signal")  # PyTorch's

OPTIONS = [
    "n_fft=8",
    "n_fft=8, hop_length=3, win_length=6, window=w[:6]",
    "n_fft=7, hop_length=2, window=w[:7], normalized=True",
    "n_fft=8, window=w, center=False",
    "n_fft=8, hop_length=4, window=w, pad_mode='constant', onesided=False",
    "n_fft=8, hop_length=4, pad_mode='replicate'",
    "n_fft=8, hop_length=4, pad_mode='circular'",
]
BACK = ["n_fft=8, window=w", "n_fft=8, hop_length=3, win_length=6, window=w[:6], normalized=True",
        "n_fft=8, window=w, length=20", "n_fft=8, window=w, center=True, length=40"]  # fmt: skip


def both(torch: Any) -> tuple[Any, Any, Any, Any]:
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 30)), rng.uniform(0.5, 1.5, 8)
    return pg.Tensor(x), torch.tensor(x, requires_grad=True), pg.Tensor(w), torch.tensor(w, requires_grad=True)


@pytest.mark.parametrize("options", OPTIONS)
def test_stft_against_pytorch(options: str, torch: Any) -> None:
    mine, theirs, w, v = both(torch)
    y = eval(f"m.stft(x, {options}, return_complex=True)", {"m": pg, "x": mine, "w": w})
    t = eval(f"m.stft(x, {options}, return_complex=True)", {"m": torch, "x": theirs, "w": v})
    np.testing.assert_allclose(y.numpy(), t.detach().numpy(), 1e-9, 1e-10)
    (y.abs() ** 3).sum().backward()
    (t.abs() ** 3).sum().backward()
    np.testing.assert_allclose(mine.grad, theirs.grad.numpy(), 1e-8)
    if "window" in options:
        np.testing.assert_allclose(w.grad, v.grad.numpy(), 1e-8)
    single = eval(f"m.stft(x[0].float(), {options.replace('w,', 'w.float(),')}, return_complex=False)",
                  {"m": pg, "x": mine, "w": w.float()})  # fmt: skip
    assert single.shape == (*y.shape[1:], 2) and single.dtype == np.float32


@pytest.mark.parametrize("options", BACK)
def test_istft_against_pytorch(options: str, torch: Any) -> None:
    mine, theirs, w, v = both(torch)
    w, v = w.detach(), v.detach()
    forth = re.sub(r", length=\d+", "", options)
    results = []
    for m, x, window in ((pg, mine, w), (torch, theirs, v)):
        names = {"m": m, "x": x, "w": window}
        names["z"] = eval(f"m.stft(x, {forth}, return_complex=True) * (2 + 1j)", names)
        results.append(eval(f"m.istft(z, {options})", names))
    y, t = results
    np.testing.assert_allclose(y.value, t.detach().numpy(), 1e-9, 1e-10)
    (y**3).sum().backward()
    (t**3).sum().backward()
    np.testing.assert_allclose(mine.grad, theirs.grad.numpy(), 1e-8)


def test_there_and_back() -> None:
    x = pg.randn(3, 64)
    for onesided in (True, False):
        z = pg.stft(x, 16, window=pg.hann_window(16), onesided=onesided, return_complex=True)
        np.testing.assert_allclose(pg.istft(z, 16, window=pg.hann_window(16), length=64).value, x.value, atol=1e-5)
    both_parts = pg.stft(pg.complex(x, x), 16, window=pg.hann_window(16))
    back = pg.istft(both_parts, 16, window=pg.hann_window(16), return_complex=True)
    np.testing.assert_allclose(back.imag.value, x.value, atol=1e-5)


def test_derivatives() -> None:
    x = pg.Tensor(np.random.default_rng(0).standard_normal(12))

    def power(x: Any) -> Any:
        return pg.stft(x, 4, 2, return_complex=True).abs() ** 2

    assert gradcheck(power, x) and gradgradcheck(power, x)


MISTAKES = [
    (
        "m.stft(x, 8)",
        ValueError,
        "stft: return_complex was not given: a real signal needs it; give return_complex=True",
    ),
    ("m.stft(x[0, 0], 8, return_complex=True)", ValueError, r"stft: shape \(\): it takes \(L,\) or \(N, L\); "),
    (
        "m.stft(x, 80, return_complex=True)",
        ValueError,
        r"stft: pad_mode 'reflect' for 40 samples on both sides of ",
    ),
    (
        "m.stft(x, 80, center=False, return_complex=True)",
        ValueError,
        "stft: n_fft 80 for 20 samples: they fill ",
    ),
    ("m.stft(x, 8, 0, return_complex=True)", ValueError, "stft: n_fft 8, hop_length 0: both must be positive; "),
    (
        "m.stft(x, 8, window=m.ones(5), return_complex=True)",
        ValueError,
        r"stft: a window of \(5,\) samples for n_fft",
    ),
    ("m.istft(x[0], 8)", ValueError, r"istft: shape \(20,\): it takes \(F, T\) or \(N, F, T\); "),
    ("m.istft(x, 8)", ValueError, "istft: 2 frequencies for n_fft 8: they do not fit; give stft's n_fft"),
    (
        "m.istft(m.ones(5, 4), 8, 8, window=m.hann_window(8))",
        RuntimeError,
        "istft: hop_length 8: a sample is under ",
    ),
]


@pytest.mark.parametrize(("text", "error", "message"), MISTAKES)
def test_mistakes(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        eval(text, {"m": pg, "x": pg.ones(2, 20)})
    assert re.fullmatch(r"[^:\n]+: [^\n]+: [^\n]+; [^\n]+[^.\n]", str(caught.value))
