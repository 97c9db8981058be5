"""The rows of the ops of normalisation, attention, embedding, recurrent layers, and further activations."""

from table import apart, real, row, unary, whole

F = "m.nn.functional"
ROWS = [
    # activations
    unary("erf", "op['erf'](x)", real(3, 4), torch="m.erf(x)"),
    row("erf", "op['erf'](x * 4)", "m.erf(x * 4)", x=real(40)),
    unary("gelu", "op['gelu'](x)", real(3, 4), torch=f"{F}.gelu(x)"),
    unary("silu", "op['silu'](x)", real(3, 4), torch=f"{F}.silu(x)"),
    unary("gelu_tanh", "op['gelu_tanh'](x)", real(3, 4), torch=f"{F}.gelu(x, approximate='tanh')"),
    # normalisation
    row("normalise", "op['normalise'](x, w, b, (1,)); op['normalise'](x, w, b, (1,), 1e-5, [])",
        f"{F}.layer_norm(x, (4,), w, b)", x=real(3, 4), w=real(4), b=real(4)),
    row("normalise", "op['normalise'](x, None, None, (1, 2), 0.1)", f"{F}.layer_norm(x, (2, 4), eps=0.1)",
        x=real(3, 2, 4)),
    row("normalise", "op['normalise'](x, w.reshape(2, 1), b.reshape(2, 1), (0, 2), 1e-5, [])",
        f"{F}.batch_norm(x, None, None, w, b, True)", x=real(3, 2, 4), w=real(2), b=real(2)),
    row("rms_norm", "op['rms_norm'](x, w, (1,), 1e-6); op['rms_norm'](x, w, (1,), 1e-6, [])",
        f"{F}.rms_norm(x, (4,), w, 1e-6)", x=real(3, 4), w=real(4)),
    row("rms_norm", "op['rms_norm'](x, None, (1, 2), 0.1)", f"{F}.rms_norm(x, (2, 4), None, 0.1)", x=real(3, 2, 4)),
    # distance
    row("p_norm", "op['p_norm'](x)", "m.linalg.vector_norm(x)", x=real(3, 4)),
    row("p_norm", "op['p_norm'](x, 1.0, 1)", "m.linalg.vector_norm(x, 1.0, 1)", x=apart(3, 4)),
    row("p_norm", "op['p_norm'](x, 3.0, 0, True)", "m.linalg.vector_norm(x, 3.0, 0, True)", x=apart(3, 4)),
    row("p_norm", "op['p_norm'](x, np.inf, 1)", "m.linalg.vector_norm(x, np.inf, 1)", x=apart(3, 4)),
    row("p_norm", "op['p_norm'](x, -np.inf, 1)", "m.linalg.vector_norm(x, -np.inf, 1)", x=apart(3, 4)),
    row("p_norm", "op['p_norm'](x, 0.0, 1)", "m.linalg.vector_norm(x, 0.0, 1)", x=apart(3, 4), flat=True),
    row("p_norm", "op['p_norm'](x * 0, 2.0, 1)", "m.linalg.vector_norm(x * 0, 2.0, 1)", x=real(3, 4), kinked=True),
    # embedding
    row("embedding", "op['embedding'](w, i.value)", f"{F}.embedding(i, w)", w=real(5, 3), i=whole(0, 5, 2, 4)),
    row("embedding", "op['embedding'](w, i.value, (i.value != 2).astype(w.dtype))",
        f"{F}.embedding(i, w, padding_idx=2)", w=real(5, 3), i=whole(0, 5, 2, 4)),
    # attention
    row("attention", "op['attention'](q, k, v, None, 0.5); op['attention'](q, k, v, None, 0.5, None, [])",
        f"{F}.scaled_dot_product_attention(q, k, v, scale=0.5)", q=real(2, 3, 4), k=real(2, 5, 4), v=real(2, 5, 3)),
    row("attention", "op['attention'](q, k, v, a, 0.5, None, [])",
        f"{F}.scaled_dot_product_attention(q, k, v, a, scale=0.5)",
        q=real(2, 3, 4), k=real(2, 5, 4), v=real(2, 5, 3), a=real(3, 5)),
    row("attention", "op['attention'](q, k, v, None, 0.5, d.value.astype(q.dtype) * 2, [])",
        "((q @ k.mT * 0.5).softmax(-1) * d * 2) @ v",
        q=real(3, 4), k=real(5, 4), v=real(5, 2), d=whole(0, 2, 3, 5)),
    # dropout
    row("dropout", "op['dropout'](x, b.value.astype(np.uint8), 40, 2.0)", "x * 2.0 * (b >= 40)", x=real(3, 4),
        b=whole(0, 80, 3, 4)),
    # recurrent
    row("rnn", "op['rnn'](x, h, v, w, b); op['rnn'](x, h, v, w, b, False, None, [])",
        "m.rnn_tanh(x, h[None], [v, w, b, b * 0], True, 1, 0.0, False, False, False)[0]",
        x=real(3, 4, 5), h=real(4, 2), v=real(2, 5), w=real(2, 2), b=real(2)),
    row("rnn", "op['rnn'](x, h, v, w, None, True, None, [])",
        "m.rnn_relu(x, h[None], [v, w], False, 1, 0.0, False, False, False)[0]",
        x=apart(3, 4, 5), h=real(4, 2), v=real(2, 5), w=real(2, 2)),
    row("gru", "op['gru'](x, h, v, w); op['gru'](x, h, v, w, kept=[])",
        "m.gru(x, h[None], [v, w], False, 1, 0.0, False, False, False)[0]",
        x=real(3, 4, 5), h=real(4, 2), v=real(6, 5), w=real(6, 2)),
    row("gru", "op['gru'](x, h, v, w, b, c, None, [])",
        "m.gru(x, h[None], [v, w, b, c], True, 1, 0.0, False, False, False)[0]",
        x=real(3, 4, 5), h=real(4, 2), v=real(6, 5), w=real(6, 2), b=real(6), c=real(6)),
    row("lstm", "op['lstm'](x, h, c, v, w)[:24].reshape(3, 4, 2); "
        "op['lstm'](x, h, c, v, w, kept=[])[:24].reshape(3, 4, 2)",
        "m.lstm(x, (h[None], c[None]), [v, w], False, 1, 0.0, False, False, False)[0]",
        x=real(3, 4, 5), h=real(4, 2), c=real(4, 2), v=real(8, 5), w=real(8, 2)),
    row("lstm", "op['lstm'](x, h, c, v, w, b, p, None, [])[:12]",
        None,  # PyTorch warns of its own slowness here; test_sequence.py compares the layer
        x=real(3, 4, 5), h=real(4, 1), c=real(4, 2), v=real(8, 5), w=real(8, 1), b=real(8), p=real(1, 2)),
]  # fmt: skip
