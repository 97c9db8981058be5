"""The rows of linear algebra."""

from table import Row, apart, real, row

PRODUCTS = [
    row("matmul", "m.mm(x, y); x.mm(y); x @ y", x=real(2, 3), y=real(3, 4)),
    row("matmul", "m.bmm(x, y); x.bmm(y)", x=real(2, 2, 3), y=real(2, 3, 4)),
    row("matmul", "m.mv(x, y); x.mv(y)", x=real(2, 3), y=real(3)),
    row("mul", "m.outer(x, y); x.outer(y)", x=real(2), y=real(3)),
    row("matmul", "m.inner(x, y); x.inner(y)", x=real(2, 3), y=real(4, 3)),
    row("mul", "m.inner(x, y); x.inner(y)", x=real(2, 3), y=real()),
    row("matmul", "m.tensordot(x, y, 1); m.tensordot(x, y, dims=1); m.tensordot(x, y, ([2], [0]))", x=real(2, 2, 3),
        y=real(3, 2)),
    row("matmul", "m.tensordot(x, y, ([1, 0], [0, 2]))", x=real(2, 3, 2), y=real(3, 2, 2)),
    row("matmul", "m.addmm(x, y, z, beta=0.5, alpha=2); x.addmm(y, z, beta=0.5, alpha=2)", x=real(4), y=real(2, 3),
        z=real(3, 4)),
    row("matmul", "m.baddbmm(x, y, z); x.baddbmm(y, z)", x=real(2, 4), y=real(2, 2, 3), z=real(2, 3, 4)),
    row("roll", "m.cross(x, y); m.linalg.cross(x, y); x.cross(y, dim=-1)", "m.linalg.cross(x, y)", x=real(2, 3),
        y=real(2, 3)),
    row("roll", "m.cross(x, y, 0); x.cross(y, 0)", x=real(3, 2), y=real(3, 2)),
    *[row("p_norm", f"m.cdist(x, y, {p})", x=apart(2, 3, 2), y=apart(2, 4, 2, shift=0.2)) for p in (2.0, 1.0, 3.0)],
]  # fmt: skip

# Far from singular, with singular values far apart: 3 on the diagonal and more.
A = "(x + m.diag(m.tensor([3.0, 5.0, 8.0], dtype=x.dtype)))"
S = "(x @ x.mT + m.diag(m.tensor([3.0, 5.0, 8.0], dtype=x.dtype)))"
MATRICES = [
    row("inv", f"m.linalg.inv({A}); {A}.inverse()", x=real(2, 3, 3)),
    row("det", f"m.linalg.det({A}); {A}.det()", x=real(2, 3, 3)),
    row("det", "m.linalg.det(x * m.tensor([1.0, 1.0, 0.0], dtype=x.dtype))", x=real(3, 3), kinked=True),
    row("cofactors", f"op['cofactors']({A})", f"m.linalg.det({A})[..., None, None] * m.linalg.inv({A}).mT",
        x=real(2, 3, 3)),
    row("logabsdet", f"m.linalg.slogdet({A})[1]; op['logabsdet']({A})", x=real(2, 3, 3)),
    row("det_sign", "m.linalg.slogdet(x)[0]; op['det_sign'](x)", x=real(2, 3, 3), gradient=False),
    row("solve", f"m.linalg.solve({A}, y)", x=real(2, 3, 3), y=real(2, 3, 2)),
    row("solve", f"m.linalg.solve({A}, y)", x=real(3, 3), y=real(3)),
    row("solve", f"m.linalg.solve({A}, y, left=False)", x=real(3, 3), y=real(2, 3)),
    *[row("solve", f"m.linalg.solve_triangular({A}, y, upper={upper}, left={left}, unitriangular={unit})",
          x=real(3, 3), y=real(*shape))
      for upper, left, unit, shape in ((True, True, False, (3, 2)), (False, False, False, (2, 3)),
                                       (False, True, True, (3, 2)))],
    row("cholesky", f"m.linalg.cholesky({S})", x=real(2, 3, 3)),
    row("cholesky", f"m.linalg.cholesky({S}, upper=True)", x=real(3, 3)),
    *[row("svd", f"[abs(u) for u in m.linalg.svd(x + m.eye(*x.shape[-2:], dtype=x.dtype) * 3, full_matrices={full})]",
          x=real(*shape))
      for full, shape in ((False, (3, 3)), (False, (3, 2)), (False, (2, 2, 3)), (True, (3, 3)))],
    row("svdvals", "m.linalg.svdvals(x); m.linalg.svd(x).S", x=apart(2, 3, 2)),
    row("eigh", f"[abs(u) for u in m.linalg.eigh({S})]", x=real(2, 3, 3)),
    row("eigh", f"m.linalg.eigvalsh({S}, UPLO='U')", x=real(3, 3)),
    *[row("qr", "m.linalg.qr(x)", x=real(*shape)) for shape in ((3, 3), (2, 3, 2), (2, 3))],
    *[row("pinv", "m.linalg.pinv(x); x.pinverse()", x=real(*shape)) for shape in ((3, 3), (2, 3, 2), (2, 3))],
    *[row("svdvals", f"m.linalg.matrix_norm(x, {p})", x=apart(2, 3, 3)) for p in ("'nuc'", 2, -2)],
    *[row("p_norm" if p == "'fro'" else "amax", f"m.linalg.matrix_norm(x, {p}); m.linalg.norm(x, {p}, (-2, -1))",
          x=apart(2, 3, 3)) for p in ("'fro'", 1, -1, "np.inf", "-np.inf")],
    row("p_norm", "m.linalg.vector_norm(x, 3, 1, True); m.linalg.norm(x, 3, 1, True)", x=apart(2, 3)),
    row("p_norm", "m.linalg.norm(x)", x=real(2, 3)),
]  # fmt: skip

# Neither NumPy's nor PyTorch's linear algebra has float16.
ROWS = [*PRODUCTS, *(Row(**{**vars(r), "half": False}) for r in MATRICES)]
