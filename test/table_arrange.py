"""The rows of further movement, indexing and sorting."""

from table import apart, between, positive, real, row, tied, truth, whole

MOVEMENT = [
    *[row(name, f"m.{name}(x); x.{name}(); np.{name}(x)", x=real(*shape))
      for name in ("tril", "triu") for shape in ((3, 4), (2, 4, 3), (0, 2))],
    *[row(name, f"m.{name}(x, {k}); x.{name}({k}); x.{name}(diagonal={k}); np.{name}(x, {k})", x=real(3, 4))
      for name in ("tril", "triu") for k in (1, -1)],
    row("roll", "m.roll(x, 1); x.roll(1); x.roll(shifts=1); np.roll(x, 1)", x=real(2, 3)),
    row("roll", "m.roll(x, 2, 1); x.roll(2, 1); x.roll(-1, dims=-1); np.roll(x, 2, 1)", x=real(2, 3)),
    row("roll", "m.roll(x, (1, -1), (0, 2)); x.roll((1, -1), (0, 2)); np.roll(x, (1, -1), (0, 2))", x=real(2, 3, 2)),
    row("tile", "m.tile(x, (2, 3)); x.tile(2, 3); x.repeat(2, 3); x.repeat((2, 3)); np.tile(x, (2, 3))", x=real(2, 3)),
    row("tile", "m.tile(x, (2,)); x.tile(2); x.repeat(1, 2)", x=real(2, 3)),
    row("tile", "x.repeat(2, 1, 2); x.tile((2, 1, 2))", x=real(2, 3)),
    row("tile", "x.repeat(4); x.tile(4)", x=real()),
    row("tile", "x.repeat(0, 2)", x=real(3), flat=True),
    row("getitem", "m.repeat_interleave(x, 2); x.repeat_interleave(2)", x=real(2, 3)),
    row("getitem", "m.repeat_interleave(x, i, 1); x.repeat_interleave(i, dim=1)", x=real(2, 3), i=whole(0, 3, 3)),
    row("getitem", "m.narrow(x, 1, 1, 2); x.narrow(1, 1, 2); x.narrow(-1, -2, 2); x[:, 1:]", x=real(2, 3)),
    row("getitem", "m.select(x, 1, 2); x.select(1, 2); x.select(-1, -1)", x=real(2, 3)),
    row("diag_embed", "m.diag(x); x.diag()", x=real(3)),
    row("diagonal", "m.diag(x, 1); x.diag(1)", x=real(3, 4)),
    row("diagonal", "m.diagonal(x); x.diagonal(); np.diagonal(x)", x=real(3, 4)),
    row("diagonal", "m.diagonal(x, -1, 2, 0); x.diagonal(-1, 2, 0); x.diagonal(offset=-1, dim1=-1, dim2=0)"
        "; np.diagonal(x, -1, 2, 0)", x=real(3, 2, 4)),
    row("diagonal", "m.trace(x); x.trace()", x=real(3, 4)),
    row("diagonal_put", "op['diagonal_put'](x, (3, 4), 1, 0, 1)", "m.zeros(3, 4, dtype=x.dtype).diagonal_scatter(x, 1)",
        x=real(3)),
    row("diag_embed", "m.diag_embed(x); x.diag_embed()", x=real(2, 3)),
    row("diag_embed", "m.diag_embed(x, 1, 0, 2); x.diag_embed(1, 0, -1); x.diag_embed(offset=1, dim1=0, dim2=2)",
        x=real(2, 3)),
    row("windows_of", "x.unfold(1, 3, 2); x.unfold(dimension=-1, size=3, step=2)", x=real(2, 8)),
    row("windows_of", "x.unfold(0, 2, 1)", x=real(4, 2)),
    row("windows_of", "x.unfold(0, 1, 1)", x=real()),
    row("windows_sum", "op['windows_sum'](x, (2, 8), 1, 2)",
        "m.nn.functional.pad(m.nn.functional.fold(x.reshape(2, 9)[:, [0, 3, 6, 1, 4, 7, 2, 5, 8]].reshape(2, 3, 3),"
        " (1, 7), (1, 3), stride=(1, 2)).reshape(2, 7), (0, 1))", x=real(2, 3, 3)),
    row("getitem", "m.tensor_split(x, 3); x.tensor_split(3); x.tensor_split(3, dim=0)", x=real(7, 2)),
    row("getitem", "m.tensor_split(x, (1, 3), 1); x.tensor_split((1, 3), dim=-1)", x=real(2, 4)),
    row("reshape", "m.ravel(x); x.ravel(); np.ravel(x)", x=real(2, 3)),
    row("reshape", "x.view_as(y); x.reshape_as(y)", x=real(2, 3), y=real(3, 2)),
    row("broadcast_to", "x.expand_as(y)", x=real(2, 1), y=real(2, 3)),
    row("broadcast_to", "m.broadcast_tensors(x, y)", x=real(2, 1), y=real(3)),
    row("broadcast_to", "m.meshgrid(x, y, indexing='ij'); m.meshgrid([x, y], indexing='ij'); m.meshgrid(x, y)",
        x=real(2), y=real(3)),
    row("broadcast_to", "m.meshgrid(x, y, z, indexing='xy')", x=real(2), y=real(3), z=real(2)),
    *[row("concatenate", f"m.{name}([x, y]); m.{name}((x, y)); np.{name}([x, y])", x=real(*shape), y=real(*shape))
      for name in ("hstack", "vstack") for shape in ((3,), (2, 3), (2, 1, 2))],
]  # fmt: skip

INDEX = [
    row("setitem", "m.scatter(x, 1, i, y); x.scatter(1, i, y); x.scatter(dim=-1, index=i, src=y)",
        "m.scatter(x, 1, i, y[:, :1])", x=real(3, 4), y=real(3, 2), i=whole(0, 1, 3, 1)),
    row("setitem", "m.scatter(x, 0, i, 2.5); x.scatter(0, i, value=2.5)", x=real(3, 4), i=whole(0, 3, 2, 4)),
    row("put", "m.scatter(x, 0, i, y, reduce='add')", "m.scatter_add(x, 0, i, y)", x=real(3, 4), y=real(2, 4),
        i=whole(0, 3, 2, 4)),
    row("put", "m.scatter_add(x, 1, i, y); x.scatter_add(1, i, y)", "m.scatter_add(x, 1, i, y[:, :5])",
        x=real(3, 4), y=real(3, 6), i=whole(0, 4, 3, 5)),
    *[row(name, f"m.scatter_reduce(x, 1, i, y, {reduce!r}); x.scatter_reduce(1, i, y, {reduce!r})",
          f"m.scatter_reduce(x, 1, i, y[:, :5], {reduce!r})", x=kind(3, 4), y=kind(3, 6, **shift), i=whole(0, 4, 3, 5))
      for name, reduce, kind, shift in (
          ("put", "sum", real, {}), ("put", "mean", real, {}), ("scatter_product", "prod", positive, {}),
          ("scatter_largest", "amax", apart, {"shift": 0.2}), ("scatter_smallest", "amin", apart, {"shift": 0.2}))],
    *[row(name, f"m.scatter_reduce(x, 0, i, y, {reduce!r}, include_self=False)", x=kind(3, 4), y=kind(2, 4, **shift),
          i=whole(0, 3, 2, 4))
      for name, reduce, kind, shift in (
          ("put", "sum", real, {}), ("put", "mean", real, {}), ("scatter_product", "prod", positive, {}),
          ("scatter_largest", "amax", apart, {"shift": 0.2}), ("scatter_smallest", "amin", apart, {"shift": 0.2}))],
    row("scatter_product", "m.scatter_reduce(x, 0, i, y, 'prod')", x=tied(3, 4), y=tied(5, 4), i=whole(0, 3, 5, 4),
        kinked=True),
    row("put", "m.index_add(x, 1, i, y); x.index_add(1, i, y)", x=real(3, 4), y=real(3, 5), i=whole(0, 4, 5)),
    row("put", "m.index_add(x, 0, i, y, alpha=2); x.index_add(0, i, y, alpha=2)", x=real(3, 4), y=real(2, 4),
        i=whole(0, 3, 2)),
    row("setitem", "m.index_copy(x, 1, i, y); x.index_copy(1, i, y)", x=real(3, 4), y=real(3, 1), i=whole(0, 4, 1)),
    row("setitem", "m.index_fill(x, 1, i, 2.5); x.index_fill(1, i, 2.5)", x=real(3, 4), i=whole(0, 4, 2)),
    row("setitem", "m.index_put(x, (i,), y); x.index_put((i,), y)", x=real(3, 4), y=real(4), i=whole(0, 3, 1)),
    row("put", "m.index_put(x, (i, j), y, True); x.index_put((i, j), y, accumulate=True)", x=real(3, 4), y=real(5),
        i=whole(0, 3, 5), j=whole(0, 4, 5)),
    row("getitem", "m.masked_select(x, c); x.masked_select(c); x[c]", x=real(3, 4), c=truth(3, 4)),
    row("getitem", "m.masked_select(x, c)", x=real(3, 4), c=truth(4)),
    row("getitem", "m.take(x, i); x.take(i); np.take(x, i)", x=real(2, 3), i=whole(0, 6, 2, 2)),
    row("gather", "m.take_along_dim(x, i, 1); x.take_along_dim(i, dim=1); np.take_along_axis(x, i, 1)", x=real(3, 4),
        i=whole(0, 2, 1, 2)),
    row("gather", "m.take_along_dim(x, i); x.take_along_dim(i)", x=real(3, 4), i=whole(0, 12, 5)),
    *[row("ne", text, x=x, gradient=False) for x in (tied(3, 4), truth(4))
      for text in ("m.nonzero(x); x.nonzero()", "m.nonzero(x, as_tuple=True); x.nonzero(as_tuple=True)")],
    row("gather", "m.gather(x, 0, i)", x=real(), i=whole(0, 1, 3)),
    row("getitem", "m.index_select(x, 0, i)", x=real(), i=whole(0, 1, 1)),
]  # fmt: skip

SORTING = [
    row("gather", "m.sort(x); x.sort(); x.sort(-1); m.sort(x, axis=1)", x=apart(3, 4)),
    row("gather", "m.sort(x, 0, descending=True); x.sort(dim=0, descending=True)", x=apart(3, 4)),
    row("gather", "m.sort(x, dim=0, stable=True); x.sort(0, stable=True)", x=tied(6, 2), kinked=True),
    row("gather", "m.sort(x, dim=0, descending=True, stable=True)", x=tied(6, 2), kinked=True),
    row("argsort", "m.argsort(x); x.argsort(); m.argsort(x, dim=1); np.argsort(x)", x=apart(3, 4), gradient=False),
    row("argsort", "m.argsort(x, 0, True); x.argsort(0, descending=True)", x=apart(3, 4), gradient=False),
    # Of equal elements (integers) any may be chosen: the indices are compared through what they pick.
    row("gather", "m.topk(x, 2)[0]; x.topk(2).values; m.gather(x, 1, x.topk(k=2, dim=-1).indices)", x=apart(3, 4)),
    row("gather", "m.topk(x, 3, 0, False)[0]; m.gather(x, 0, x.topk(3, dim=0, largest=False)[1])", x=apart(5, 2)),
    row("top", "op['top'](x, 2, 1); m.topk(x, 2).indices; m.sort(x, 1, True).indices[:, :2]", None, x=apart(3, 4),
        gradient=False),
    row("place_of", "op['place_of'](x, 1, 1); m.kthvalue(x, 2, 1, True).indices; m.argsort(x)[:, 1:2]", None,
        x=apart(3, 4), gradient=False),
    row("gather", "m.kthvalue(x, 2)[0]; x.kthvalue(2).values; x.kthvalue(2, -1)[0]", x=apart(3, 4)),
    row("gather", "m.kthvalue(x, 1, 0, True)[0]; x.kthvalue(k=1, dim=0, keepdim=True)[0]", x=apart(3, 4)),
    row("gather", "m.median(x); x.median()", x=apart(3, 4)),
    row("gather", "m.median(x, 1); x.median(dim=1)", x=apart(3, 5)),
    row("gather", "m.median(x, 0, True); x.median(0, keepdim=True)", x=apart(4, 2)),
    row("gather", "m.quantile(x, 0.4); x.quantile(0.4)", x=apart(3, 4)),
    *[row("gather", f"m.quantile(x, 0.3, 1, True, interpolation={kind!r})", x=apart(3, 4))
      for kind in ("linear", "lower", "higher", "nearest", "midpoint")],
    row("gather", "m.quantile(x, y, dim=1); x.quantile(y, 1)", x=apart(3, 4), y=between(0.1, 0.3, 2)),
    row("argsort", "m.unique(x); x.unique()", x=tied(9), gradient=False),
    row("argsort", "m.unique(x, return_inverse=True, return_counts=True); x.unique(True, True, True)", x=tied(3, 3),
        gradient=False),
    row("argsort", "m.unique(x, dim=0); x.unique(dim=0)", x=tied(6, 2), gradient=False),
    row("searchsorted", "m.searchsorted(m.tensor([-1.0, 0.0, 1.0], dtype=x.dtype), x)", x=tied(3, 4), gradient=False),
    row("searchsorted", "m.searchsorted(m.tensor([0.0, 0.0, 1.0], dtype=x.dtype), x, right=True)", x=tied(3, 4),
        gradient=False),
    row("searchsorted", "m.searchsorted(m.sort(x, 1)[0], y)", x=apart(3, 4), y=real(3, 2), gradient=False),
    row("searchsorted", "m.bucketize(x, m.tensor([-1.0, 0.0, 1.0], dtype=x.dtype))", x=tied(3, 4), gradient=False),
]  # fmt: skip

ROWS = [*MOVEMENT, *INDEX, *SORTING]
