"""Polynomials that stand for functions in float32. Highest power first; definitions and kernels share them.

Each is our own least-squares fit, reweighted until the largest relative error was smallest.
"""

# erf(x) = tanh(x p(x^2)), as atanh(erf(x)) / x is smooth and tanh levels out where p is uncertain. |x| < 3.95: 1e-7.
ERF = (1.41858267e-7, -5.66857317e-6, 8.76378705e-5, -6.19785947e-4, -1.91829505e-4, 1.02769055e-1, 1.12837927)
ERF_LIMIT = 3.95**2

# tanh(x) = x p(x^2) for |x| < 0.625: 4e-9.
TANH = (-0.00565998666, 0.020590986, -0.0537210672, 0.133311275, -0.333332605, 0.999999996)
