"""The rows of the losses' ops, whose formulas stand in ops/loss.py; test_losses.py goes through all their arguments."""

from table import Input, between, real, row, unary, whole


def chances(*shape: int) -> Input:
    """Probabilities, away from 0 and 1."""
    return between(0.1, 0.9, *shape)


F = "m.nn.functional"
ROWS = [
    row("nll_loss", f"{F}.nll_loss(x, t)", x=real(4, 3), t=whole(0, 3, 4)),
    row("nll_loss", f"{F}.nll_loss(x, t, reduction='none')", x=real(4, 3), t=whole(0, 3, 4)),
    row("cross_entropy", f"{F}.cross_entropy(x, t)", x=real(4, 3), t=whole(0, 3, 4)),
    row("cross_entropy", f"{F}.cross_entropy(x, t, reduction='sum')", x=real(4, 3, 2), t=whole(0, 3, 4, 2)),
    row("soft_cross_entropy", f"{F}.cross_entropy(x, y)", x=real(4, 3), y=chances(4, 3)),
    unary("softplus", f"{F}.softplus(x)", real(3, 4)),
    row("binary_cross_entropy", f"{F}.binary_cross_entropy(x.sigmoid(), y.sigmoid())", x=real(3, 4), y=real(3, 4)),
    row("binary_cross_entropy_with_logits", f"{F}.binary_cross_entropy_with_logits(x, y)", x=real(3, 4),
        y=chances(3, 4)),
]  # fmt: skip
