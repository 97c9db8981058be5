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
    *[row("matmul", f"m.tensor([[1.0, -2.0], [0.5, 4.0]], dtype=x.dtype) @ {x}; "
          f"m.tensor([[1.0, -2.0], [0.5, 4.0]], dtype=x.dtype).{dot}({x})", x=real(2, *shape))
      for x, dot, shape in (("x.sin()", "mm", (3,)), ("x.sin()", "mv", ()))],
    row("dot", "np.dot(np.array([[1.0, -2.0], [0.5, 4.0]], x.dtype), x.sin())",
        torch="m.tensor([[1.0, -2.0], [0.5, 4.0]], dtype=x.dtype) @ x.sin()", x=real(2, 3)),
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
    row("pinv", "m.linalg.pinv(x + x.mT, hermitian=True)", x=real(2, 3, 3)),
    *[row("svdvals", f"m.linalg.matrix_norm(x, {p})", x=apart(2, 3, 3)) for p in ("'nuc'", 2, -2)],
    *[row("p_norm" if p == "'fro'" else "amax", f"m.linalg.matrix_norm(x, {p}); m.linalg.norm(x, {p}, (-2, -1))",
          x=apart(2, 3, 3)) for p in ("'fro'", 1, -1, "np.inf", "-np.inf")],
    row("p_norm", "m.linalg.vector_norm(x, 3, 1, True); m.linalg.norm(x, 3, 1, True)", x=apart(2, 3)),
    row("p_norm", "m.linalg.norm(x)", x=real(2, 3)),
]  # fmt: skip

# A text in x and y with the LU factors of A in it, and with the lower factor of S.
F = f"*m.linalg.lu_factor({A})"
C = f"m.linalg.cholesky({S})"
FACTORS = [
    *[
        row("lu", "m.linalg.lu(x); m.lu_unpack(*m.lu(x)); m.lu_unpack(*x.lu())", x=real(*shape))
        for shape in ((3, 3), (2, 4, 2), (2, 2, 4), (2, 1, 3, 3))
    ],
    row(
        "lu",
        "m.linalg.lu_factor(x)[0]; m.linalg.lu_factor_ex(x).LU; m.lu(x)[0]; x.lu(get_infos=True)[0]",
        x=real(40, 36),
    ),
    *[
        row("solve", f"m.linalg.lu_solve({F}, y, left={left}, adjoint={adjoint})", x=real(2, 3, 3), y=real(2, 3, 3))
        for left, adjoint in ((True, False), (True, True), (False, False), (False, True))
    ],
    row("solve", f"m.lu_solve(y, {F}); y.lu_solve({F})", f"m.linalg.lu_solve({F}, y)", x=real(3, 3), y=real(3, 2)),
    row("cholesky", f"m.linalg.cholesky_ex({S}).L; m.cholesky({S}); {S}.cholesky()", x=real(2, 3, 3)),
    row("cholesky", f"m.linalg.cholesky_ex({S}, upper=True)[0]; m.cholesky({S}, upper=True)", x=real(2, 3, 3)),
    row("cholesky", f"m.linalg.cholesky_ex({S})", x=real(2, 3, 3)),
    *[
        row(
            "solve",
            f"m.cholesky_solve(y, m.linalg.cholesky({S}, upper={upper}), {upper}); "
            f"y.cholesky_solve(m.linalg.cholesky({S}, upper={upper}), {upper})",
            x=real(3, 3),
            y=real(3, 2),
        )
        for upper in (False, True)
    ],
    *[
        row(
            "solve",
            f"m.cholesky_inverse(m.linalg.cholesky({S}, upper={upper}), {upper}); "
            f"m.linalg.cholesky({S}, upper={upper}).cholesky_inverse({upper})",
            x=real(2, 3, 3),
        )
        for upper in (False, True)
    ],
    *[
        row(
            "solve",
            f"m.triangular_solve(y, {A}, {upper}, {transpose}, {unit}); "
            f"y.triangular_solve({A}, {upper}, {transpose}, {unit})",
            # PyTorch's own warns that it is deprecated.
            f"m.linalg.solve_triangular({f'({A}).triu().mT' if transpose else A}, y, "
            f"upper={upper and not transpose}, unitriangular={unit}), {A}",
            x=real(3, 3),
            y=real(3, 2),
        )
        for upper, transpose, unit in ((True, False, False), (True, True, False), (False, False, True))
    ],
    row("inv", f"m.linalg.inv_ex({A}); (m.inverse({A}), m.linalg.inv_ex({A}).info)", x=real(2, 3, 3)),
    row("solve", f"m.linalg.solve_ex({A}, y)", x=real(2, 3, 3), y=real(2, 3)),
    row("solve", f"m.linalg.solve_ex({A}, y, left=False)", x=real(3, 3), y=real(2, 3)),
    row("matmul", "m.linalg.householder_product(x, y); m.orgqr(x, y); x.orgqr(y)", x=real(2, 4, 3), y=real(2, 2)),
    *[
        row(
            "matmul",
            f"m.ormqr(x, y, z, {left}, {transpose}); x.ormqr(y, z, {left}, {transpose})",
            x=real(4, 3),
            y=real(3),
            z=real(4, 4),
        )
        for left, transpose in ((True, False), (True, True), (False, False), (False, True))
    ],
    *[
        row("qr", f"m.qr(x, {some}); x.qr(some={some})", "m.linalg.qr(x)", x=real(*shape))
        for some, shape in ((True, (2, 3, 2)), (False, (3, 3)))
    ],
    *[
        row("svd", f"[abs(u) for u in m.svd(x, {some})]; [abs(u) for u in x.svd({some})]", x=real(3, 3))
        for some in (True, False)
    ],
    row("svdvals", "m.svd(x, compute_uv=False)", x=apart(2, 3, 2)),
]

COMPOSED = [
    row("matrix_exp", "m.linalg.matrix_exp(x); m.matrix_exp(x); x.matrix_exp()", x=real(2, 3, 3)),
    row("matrix_exp", "m.matrix_exp(x * m.tensor([3.0, 0.1], dtype=x.dtype)[:, None, None])", x=real(2, 3, 3)),
    *[row("matmul" if n > 1 else "inv" if n < 0 else "where",
          f"m.linalg.matrix_power({A}, {n}); m.matrix_power({A}, {n}); {A}.matrix_power({n})", x=real(2, 3, 3),
          flat=not n) for n in (0, 1, 2, 5, -1, -3)],
    *[row("svdvals", f"m.linalg.cond(x, {p})", x=apart(2, 3, 2)) for p in (None, 2, -2)],
    *[row("inv", f"m.linalg.cond({A}, {p})",
          f"m.linalg.matrix_norm({A}, {p}) * m.linalg.matrix_norm(m.linalg.inv({A}), {p})",
          x=real(2, 3, 3))
      for p in ("'fro'", "'nuc'", 1, -1, "np.inf", "-np.inf")],
    row("logabsdet", f"m.logdet({A}); {A}.logdet(); m.slogdet({A})[1]; {A}.slogdet().logabsdet; m.det({A}).log()",
        x=real(2, 3, 3)),
    row("logabsdet", "m.logdet(x * m.tensor([-1.0, 1.0, 1.0], dtype=x.dtype))", x=real(5, 3, 3), kinked=True),
    *[row("pinv", "m.linalg.lstsq(x, y)[0]; m.linalg.lstsq(x, y, driver='gelsd').solution", x=real(*a), y=real(*b))
      for a, b in (((4, 2), (4, 3)), ((2, 3, 3), (2, 3, 1)), ((2, 4), (2, 3)), ((2, 4, 2), (2, 4)))],
    row("pinv", "m.linalg.lstsq(x, y, driver='gelss')[:2]; m.linalg.lstsq(x, y, None, driver='gelsd')[:2]",
        x=real(2, 4, 2), y=real(2, 4, 3)),
    row("pinv", "m.linalg.lstsq(x, y, driver='gels')", x=real(4, 2), y=real(4, 3)),
    row("matmul", "m.linalg.multi_dot([x, y, z]); m.linalg.multi_dot((x, y, z))", x=real(2, 4), y=real(4, 3),
        z=real(3, 5)),
    row("matmul", "m.linalg.multi_dot([x, y, y, z])", x=real(3), y=real(3, 3), z=real(3)),
    row("inv", "m.linalg.tensorinv(x.reshape(2, 2, 4) + m.eye(4, dtype=x.dtype).reshape(2, 2, 4) * 4, 2)",
        x=real(4, 4)),
    row("inv", "m.linalg.tensorinv(x.reshape(4, 2, 2) + m.eye(4, dtype=x.dtype).reshape(4, 2, 2) * 4, ind=1)",
        x=real(4, 4)),
    row("solve", "m.linalg.tensorsolve(x + m.eye(4, dtype=x.dtype).reshape(2, 2, 4) * 4, y)", x=real(2, 2, 4),
        y=real(2, 2)),
    row("solve", "m.linalg.tensorsolve(x + m.eye(4, dtype=x.dtype).reshape(2, 4, 2) * 4, y, dims=(1,))",
        x=real(2, 4, 2), y=real(2, 2)),
    row("cumprod", "m.linalg.vander(x); m.linalg.vander(x, N=3)", x=real(2, 3)),
    row("cumprod", "m.linalg.vander(x, N=5)", x=real(2)),
    row("cumprod", "m.linalg.vander(x, N=2)", x=real()),
    row("cumprod", "m.vander(x)", "m.linalg.vander(x).flip(-1)", x=real(3)),
    row("cumprod", "m.vander(x, 4, True); m.vander(x, increasing=True, N=4)", "m.linalg.vander(x, N=4)", x=real(3)),
    row("mul", "m.linalg.vecdot(x, y)", x=real(2, 3), y=real(3)),
    row("mul", "m.linalg.vecdot(x, y, dim=0)", x=real(3, 2), y=real(3, 2)),
    row("matmul", "m.linalg.matmul(x, y)", x=real(2, 3), y=real(3, 4)),
    row("diagonal", "m.linalg.diagonal(x); m.linalg.diagonal(x, offset=0, dim1=1, dim2=2)", x=real(2, 3, 4)),
    row("diagonal", "m.linalg.diagonal(x, offset=-1, dim1=0)", x=real(3, 2, 4)),
    row("svdvals", "m.nuclear_norm(x)", "m.linalg.matrix_norm(x, 'nuc')", x=apart(3, 3)),
    row("svdvals", "m.nuclear_norm(x, dim=(0, 2), keepdim=True)",
        "m.linalg.matrix_norm(x, 'nuc', (0, 2), True)", x=apart(3, 2, 3)),
    row("p_norm", "m.frobenius_norm(x, dim=(-2, -1)); m.linalg.matrix_norm(x)", "m.linalg.matrix_norm(x)",
        x=apart(2, 3, 3)),
    row("p_norm", "m.frobenius_norm(x, dim=1, keepdim=True)", "m.linalg.vector_norm(x, 2, 1, True)", x=apart(2, 3, 3)),
    row("pinv", "m.pinverse(x); x.pinverse()", x=real(2, 3)),
    row("svdvals", "m.linalg.matrix_rank(x); m.linalg.matrix_rank(x, rtol=1e-3)", x=real(2, 3, 2), gradient=False),
    row("svdvals", "m.linalg.matrix_rank(x @ x.mT, atol=1.0, hermitian=True)", x=real(2, 3, 2), gradient=False),
]  # fmt: skip

MATRICES += [*FACTORS, *COMPOSED]

# Neither NumPy's nor PyTorch's linear algebra has float16.
ROWS = [*PRODUCTS, *(Row(**{**vars(r), "half": False}) for r in MATRICES)]

NOT_OPS = {
    "test_linalg.py": "geqrf",
    "test_spectrogram.py": "istft stft",
    "test_complex.py": """complex complex64 complex128 cfloat cdouble fft polar view_as_complex view_as_real imag real
        conj complex_numbers""",
}
