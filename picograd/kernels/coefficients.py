"""Polynomials that stand for functions in float32. Highest power first; definitions and kernels share them.

Each is our own least-squares fit, reweighted until the largest relative error was smallest.
"""

# erf(x) = tanh(x p(x^2)), as atanh(erf(x)) / x is smooth and tanh levels out where p is uncertain. |x| < 3.95: 1e-7.
ERF = (1.41858267e-7, -5.66857317e-6, 8.76378705e-5, -6.19785947e-4, -1.91829505e-4, 1.02769055e-1, 1.12837927)
ERF_LIMIT = 3.95**2

# tanh(x) = x p(x^2) for |x| < 0.625: 4e-9.
TANH = (-0.00565998666, 0.020590986, -0.0537210672, 0.133311275, -0.333332605, 0.999999996)

# 1 - P(x) = e^(-x^2 / 2) t p(t) with t = 1 / (1 + STEP x), for x >= 0 and the standard normal distribution P: 1.3e-8.
TAIL = (
    -0.07226788747, 0.2866090397, -0.3366321884, 0.3569144137, -0.0993167961, 0.1272834975, 0.06853692382,
    0.08516775946, 0.08370523167,
)  # fmt: skip
TAIL_STEP = 0.21
TAIL_END = 14.5  # where e^(-x^2 / 2) is 0 in float32
