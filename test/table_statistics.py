"""Rows for statistics: middles, counts, histograms, covariances, areas and slopes, sets."""

from __future__ import annotations

from table import apart, between, positive, real, row, special, tied, truth, whole

MIDDLES = [
    row("middle", "m.median(x); x.median()", x=apart(3, 4)),
    row("middle", "m.median(x); x.median()", x=tied(3, 3), kinked=True),
    row("middle", "m.median(x)", x=special(3, 4), kinked=True),
    row("middle", "m.median(x)", x=real(0), gradient=False),
    row("middle", "m.nanmedian(x); x.nanmedian()", x=special(3, 4), kinked=True),
    row("middle", "m.nanmedian(x)", x=apart(3, 4)),
    row("gather", "m.nanmedian(x, 1); x.nanmedian(dim=1)", x=apart(3, 4)),
    row("gather", "m.nanmedian(x, 0, True)[0]; x.nanmedian(0, keepdim=True).values", x=special(7, 4), kinked=True),
    row("gather", "m.mode(x); x.mode(); x.mode(-1)", x=tied(3, 5), kinked=True),
    row("gather", "m.mode(x, 0, True); x.mode(dim=0, keepdim=True)", x=tied(6, 4), kinked=True),
    row("gather", "m.mode(x)", x=real(3), kinked=True),
    row("gather", "m.nanquantile(x, 0.4, 1); x.nanquantile(0.4, 1)", x=apart(3, 4)),
    row("gather", "m.nanquantile(x, y, 0, True)", x=special(9, 4), y=between(0.1, 0.9, 3), kinked=True, half=False),
    row("gather", "m.nanquantile(x, 0.7, interpolation='lower'); x.nanquantile(q=0.7, interpolation='lower')",
        x=apart(3, 4)),
    row("gather", "m.msort(x); x.msort(); m.sort(x, 0).values", x=apart(5, 3)),
]  # fmt: skip

COUNTS = [
    row("ne", "m.bincount(i); i.bincount()", i=whole(0, 6, 9), gradient=False),
    row("ne", "m.bincount(i, x, 8); i.bincount(x, minlength=8)", i=whole(0, 6, 9), x=real(9), gradient=False,
        half=False),
    row("ne", "m.bincount(i)", i=whole(0, 6, 0), gradient=False),
    row("ne", "m.histc(x); x.histc()", x=real(50), gradient=False, half=False),
    row("ne", "m.histc(x, 7, -1, 1); x.histc(bins=7, min=-1, max=1)", x=real(5, 9), gradient=False),
    row("ne", "m.histc(x, 4)", x=positive(1), gradient=False, half=False),
    row("ne", "m.histogram(x, 7); x.histogram(7)", x=real(5, 9), gradient=False, half=False),
    row("ne", "m.histogram(x, 5, range=(-1.0, 1.0), weight=y, density=True)", x=real(5, 9), y=positive(5, 9),
        gradient=False, half=False),
    row("ne", "m.histogram(x, m.tensor([-1.0, 0.0, 0.5, 2.0], dtype=x.dtype))", x=real(5, 9), gradient=False,
        half=False),
    row("ne", "m.histogramdd(x, [3, 4])[0]; m.histogramdd(x, bins=[3, 4]).hist", x=real(20, 2), gradient=False,
        half=False),
    row("ne", "m.histogramdd(x, [3, 4], density=True, weight=y)[0]", x=real(20, 2), y=positive(20), gradient=False,
        half=False),
    row("ne", "m.histogramdd(x, [3, 4], range=[-1.0, 1.0, 0.0, 2.0])[1]", x=real(20, 2), gradient=False, half=False),
]  # fmt: skip

SPREAD = [
    row("div", "m.cov(x); x.cov()", x=real(3, 5)),
    row("div", "m.cov(x, correction=0)", x=real(5)),
    row("div", "m.cov(x, fweights=i, aweights=y)", x=real(3, 5), i=whole(1, 4, 5), y=positive(5), half=False),
    row("div", "m.cov(x, aweights=y); x.cov(aweights=y)", x=real(3, 5), y=positive(5), half=False),
    row("div", "m.cov(x, fweights=i)", x=real(3, 5), i=whole(1, 4, 5)),
    row("clamp", "m.corrcoef(x)[0, 1:]; x.corrcoef()[0, 1:]", x=real(3, 5)),
    row("clamp", "m.corrcoef(x)", x=real(3, 5), kinked=True),
    row("p_norm", "m.dist(x, y); x.dist(y)", x=real(3, 4), y=real(4)),
    row("p_norm", "m.dist(x, y, 1); x.dist(y, p=1)", x=real(3, 4), y=real(3, 1)),
    row("mul", "m.renorm(x, 2, 0, 1.5); x.renorm(2, 0, 1.5); x.renorm(p=2, dim=0, maxnorm=1.5)", x=real(3, 4)),
    row("mul", "m.renorm(x, 1, -1, 2.0)", x=real(3, 2, 4)),
]  # fmt: skip

SAMPLED = [
    row("sum", "m.trapezoid(x); m.trapz(x)", x=real(3, 4)),
    row("sum", "m.trapezoid(x, dx=0.5, dim=0); m.trapz(x, dx=0.5, dim=0)", x=real(3, 4)),
    row("sum", "m.trapezoid(x, y); m.trapz(x, y)", x=real(3, 4), y=real(4)),
    row("sum", "m.trapezoid(x, y, dim=0)", x=real(3, 4), y=real(3, 4)),
    row("cumsum", "m.cumulative_trapezoid(x)", x=real(3, 4)),
    row("cumsum", "m.cumulative_trapezoid(x, y, dim=0)", x=real(3, 4), y=real(3, 4)),
    row("concatenate", "m.gradient(x); m.gradient(x, spacing=1, edge_order=1)", x=real(4, 3)),
    row("concatenate", "m.gradient(x, spacing=0.5, dim=0, edge_order=2)", x=real(4, 3)),
    row("concatenate", "m.gradient(x, spacing=(y, z))", x=real(4, 3), y=apart(4), z=apart(3), gradient=False,
        half=False),
    row("concatenate", "m.gradient(x, spacing=(m.tensor([0.0, 1.0, 3.0, 3.5], dtype=x.dtype),), dim=0, edge_order=2)",
        x=real(4, 3), half=False),
]  # fmt: skip

SETS = [
    row("eq", "m.isin(x, y)", x=tied(3, 4), y=tied(1), gradient=False),
    row("eq", "m.isin(x, y, invert=True)", x=tied(3, 4), y=tied(1), gradient=False),
    row("eq", "m.isin(i, 2)", i=whole(0, 4, 3, 4), gradient=False),
    row("ne", "m.unique_consecutive(x); x.unique_consecutive()", x=tied(12), gradient=False),
    row("ne", "m.unique_consecutive(x, True, True); x.unique_consecutive(return_inverse=True, return_counts=True)",
        x=tied(3, 4), gradient=False),
    row("ne", "m.unique_consecutive(x, True, True, 1); x.unique_consecutive(True, True, dim=1)", x=tied(1, 9),
        gradient=False),
    row("ne", "m.argwhere(x); x.argwhere(); m.nonzero(x)", x=tied(3, 4), gradient=False),
    row("ne", "m.argwhere(c)", c=truth(3, 4), gradient=False),
    row("ne", "m.nonzero_static(x, size=9, fill_value=-7); x.nonzero_static(size=9, fill_value=-7)", x=tied(3, 4),
        gradient=False),
    row("ne", "m.nonzero_static(x, size=2)", x=tied(3, 4), gradient=False),
]  # fmt: skip

ROWS = [*MIDDLES, *COUNTS, *SPREAD, *SAMPLED, *SETS]
