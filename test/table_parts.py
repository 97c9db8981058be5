"""Rows for parts of Tensors and for joined ones: flips, splits, stacks, copies with other elements in places."""

from __future__ import annotations

from table import apart, positive, real, row, truth, whole

VIEWS = [
    row("flip", "m.fliplr(x); x.fliplr(); x.flip(1)", x=real(2, 3, 2)),
    row("flip", "m.flipud(x); x.flipud(); x.flip(0)", x=real(3)),
    *[row("flip" if k % 4 else "clone", f"m.rot90(x, {k}); x.rot90({k}); m.rot90(x, {k}, [0, 1])", x=real(2, 3))
      for k in range(-1, 5)],
    row("flip", "m.rot90(x, 1, (1, 2)); x.rot90(k=1, dims=(1, 2))", x=real(2, 3, 2)),
    row("swapaxes", "m.adjoint(x); x.adjoint(); x.mH; x.mT", x=real(2, 3, 4)),
    row("permute", "x.H", x=real(2, 3)),
    row("movedim", "m.moveaxis(x, 0, 2); x.moveaxis(0, 2); m.movedim(x, 0, 2)", x=real(2, 3, 4)),
    row("swapaxes", "m.swapdims(x, 0, 2); x.swapdims(0, 2); m.swapaxes(x, 0, 2)", x=real(2, 3, 4)),
    row("diag_embed", "m.diagflat(x); x.diagflat()", x=real(2, 2)),
    row("diag_embed", "m.diagflat(x, -1); x.diagflat(offset=-1)", x=real(3)),
    row("getitem", "m.split_with_sizes(x, [1, 2], 1); x.split_with_sizes([1, 2], 1); m.split(x, [1, 2], dim=1)",
        x=real(2, 3)),
    row("getitem", "m.hsplit(x, 2); x.hsplit(2)", x=real(2, 4)),
    row("getitem", "m.hsplit(x, [1, 3]); x.hsplit([1, 3])", x=real(4)),
    row("getitem", "m.vsplit(x, 2); x.vsplit(2)", x=real(4, 3)),
    row("getitem", "m.dsplit(x, [1]); x.dsplit([1])", x=real(2, 2, 3)),
    row("getitem", "m.unsafe_split(x, 2); x.unsafe_split(2)", x=real(5, 2)),
    row("getitem", "m.unsafe_chunk(x, 2); x.unsafe_chunk(2)", x=real(5, 2)),
    row("getitem", "m.unsafe_split_with_sizes(x, [2, 3]); x.unsafe_split_with_sizes([2, 3])", x=real(5, 2)),
    row("clone", "m.narrow_copy(x, 1, 1, 2); x.narrow_copy(1, 1, 2)", x=real(2, 3)),
    *[row("clone", f"m.{text}", x=real(2, 3)) for text in (
        "alias_copy(x)", "as_strided_copy(x.clone(), (2, 2), (3, 1))", "diagonal_copy(x)", "expand_copy(x, (4, 2, 3))",
        "permute_copy(x, (1, 0))", "select_copy(x, 0, 1)", "slice_copy(x, 1, 0, 3, 2)", "split_copy(x, 2, 1)",
        "split_with_sizes_copy(x, [1, 2], 1)", "squeeze_copy(x[:, :1], 1)", "unsqueeze_copy(x, 1)", "t_copy(x)",
        "transpose_copy(x, 0, 1)", "unbind_copy(x)", "unfold_copy(x, 1, 2, 1)", "view_copy(x, (3, 2))")],
    row("clone", "m.detach_copy(x)", x=real(2, 3), gradient=False),
    row("reshape", "m.reshape(x, (3, 2)); x.resize(3, 2); x.resize_as(y)", x=real(2, 3), y=real(3, 2)),
    row("strided", "m.as_strided(x.clone(), (2, 2), (1, 2)); x.clone().as_strided((2, 2), (1, 2))", x=real(6)),
    row("strided", "m.as_strided(x.clone(), (3, 3), (1, 1), 1)", x=real(6)),
]  # fmt: skip

JOINED = [
    *[row("reshape", f"m.atleast_{n}d(x)", x=real(*shape)) for n in (1, 2, 3) for shape in ((), (3,), (2, 3))],
    *[row("reshape", f"m.atleast_{n}d(x, y); m.atleast_{n}d([x, y])", x=real(), y=real(3)) for n in (1, 2, 3)],
    *[row("concatenate", "m.dstack([x, y]); m.dstack((x, y))", x=real(*s), y=real(*s))
      for s in ((3,), (2, 3), (2, 1, 2))],
    *[row("concatenate", "m.column_stack([x, y]); m.column_stack((x, y))", x=real(3), y=real(3, *s))
      for s in ((), (2,))],
    row("concatenate", "m.row_stack([x, y]); m.vstack([x, y])", x=real(3), y=real(2, 3)),
    row("concatenate", "m.concat([x, y], 1); m.concat([x, y], dim=1); m.cat([x, y], 1)", x=real(2, 3), y=real(2, 1)),
    row("framed", "m.block_diag(x, y, z)", x=real(2, 3), y=real(2), z=real()),
    row("framed", "op['framed'](x, (1, 0), (4, 3))", "m.nn.functional.pad(x, (0, 1, 1, 1))", x=real(2, 2)),
    row("stack", "m.cartesian_prod(x, y)", x=real(3), y=real(2)),
    row("stack", "m.cartesian_prod(x, y, z)", x=real(3), y=real(2), z=real(1)),
    row("getitem", "m.combinations(x); m.combinations(x, 2, False)", x=real(4)),
    row("getitem", "m.combinations(x, 3, with_replacement=True)", x=real(4)),
    row("getitem", "m.combinations(x, r=1)", x=real(4)),
]  # fmt: skip

WRITTEN = [
    row("setitem", "m.masked_scatter(x, c, y); x.masked_scatter(c, y)", x=real(3, 4), y=real(12), c=truth(3, 4)),
    row("setitem", "m.masked_scatter(x, c, y)", x=real(3, 4), y=real(3, 3), c=truth(4)),
    row("setitem", "m.select_scatter(x, y, 1, 2); x.select_scatter(y, 1, 2)", x=real(3, 4), y=real(3)),
    row("setitem", "m.slice_scatter(x, y, 1, 0, 4, 2); x.slice_scatter(y, dim=1, start=0, end=4, step=2)", x=real(3, 4),
        y=real(3, 2)),
    row("setitem", "m.diagonal_scatter(x, y); x.diagonal_scatter(y)", x=real(3, 4), y=real(3)),
    row("setitem", "m.diagonal_scatter(x, y, 1, 2, 0); x.diagonal_scatter(y, offset=1, dim1=2, dim2=0)",
        x=real(3, 2, 4), y=real(2, 2)),
    # PyTorch's gradient is wrong here: that of what is written over is not 0.
    row("setitem", "m.as_strided_scatter(x.clone(), y, (2, 2), (3, 1)); "
        "x.clone().as_strided_scatter(y, [2, 2], [3, 1])",
        None, x=real(6), y=real(2, 2)),

    row("put", "m.put(x, i, y, True); x.put(i, y, accumulate=True)", x=real(3, 4), y=real(2, 2),
        i=whole(-12, 12, 2, 2)),
    row("setitem", "m.put(x, i, y); x.put(i, y)", x=real(3, 4), y=real(1), i=whole(0, 12, 1)),
    row("clone", "m.fill(x, 2.5)", x=real(3, 4), gradient=False),
    row("clone", "m.fill(x, y)", x=real(3, 4), y=real()),
    # PyTorch warns that its index_reduce is young; its scatter_reduce does the same.
    *[row(name, f"m.index_reduce(x, 1, i, y, {reduce!r}); x.index_reduce(1, i, y, {reduce!r})",
          f"m.scatter_reduce(x, 1, i.expand(3, 5), y, {reduce!r})", x=kind(3, 4), y=kind(3, 5, **shift),
          i=whole(0, 4, 5))
      for name, reduce, kind, shift in (
          ("put", "mean", real, {}), ("scatter_product", "prod", positive, {}),
          ("scatter_largest", "amax", apart, {"shift": 0.2}), ("scatter_smallest", "amin", apart, {"shift": 0.2}))],
    *[row(name, f"m.index_reduce(x, 0, i, y, {reduce!r}, include_self=False)",
          f"m.scatter_reduce(x, 0, i[:, None].expand(2, 4), y, {reduce!r}, include_self=False)", x=kind(3, 4),
          y=kind(2, 4, **shift), i=whole(0, 3, 2))
      for name, reduce, kind, shift in (
          ("put", "mean", real, {}), ("scatter_product", "prod", positive, {}),
          ("scatter_largest", "amax", apart, {"shift": 0.2}))],
    row("gather", "m.unravel_index(i, (3, 4))", i=whole(0, 12, 2, 3), gradient=False),
]  # fmt: skip

NOT_OPS = {
    "test_general.py": """
        broadcast_shapes logspace range scalar_tensor empty_strided empty_permuted poisson binomial randint_like
        kaiser_window hamming_window hann_window blackman_window bartlett_window apply_ map_ map2_ resize_ set_ detach
        new_empty_strided
    """,
    "test_top.py": """
        adaptive_avg_pool1d adaptive_max_pool1d affine_grid_generator alpha_dropout alpha_dropout_
        avg_pool1d batch_norm bilinear binary_cross_entropy_with_logits celu celu_ channel_shuffle
        constant_pad_nd conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d
        convolution cosine_embedding_loss cosine_similarity ctc_loss dropout dropout_ embedding
        embedding_renorm_ feature_alpha_dropout feature_alpha_dropout_ feature_dropout feature_dropout_
        grid_sampler grid_sampler_2d grid_sampler_3d group_norm gru gru_cell hardshrink hinge_embedding_loss
        instance_norm kl_div layer_norm lstm lstm_cell margin_ranking_loss max_pool1d
        max_pool1d_with_indices max_pool2d max_pool3d native_batch_norm native_channel_shuffle
        native_dropout native_group_norm native_layer_norm norm_except_dim pairwise_distance
        pdist pixel_shuffle pixel_unshuffle poisson_nll_loss prelu rms_norm rnn_relu rnn_relu_cell rnn_tanh
        rnn_tanh_cell rrelu rrelu_ selu selu_ threshold threshold_ triplet_margin_loss
    """,
    "test_imports.py": "later",
}

ROWS = [*VIEWS, *JOINED, *WRITTEN]
