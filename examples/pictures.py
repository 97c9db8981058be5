"""How the examples' pictures look. They need matplotlib."""

from matplotlib.figure import Figure

INK, GREY, PALE, BLUE, RED = "#1a1a2e", "#9295a5", "#e4e6ee", "#2563d9", "#d3263f"


def new_figure(size):
    """A white figure of a size in inches."""
    figure = Figure(figsize=size, layout="constrained", facecolor="white")
    figure.get_layout_engine().set(w_pad=0.18, h_pad=0.14)
    return figure


def entitle(axes, title):
    """The title at the left above the axes."""
    axes.set_title(title, loc="left", color=INK, fontsize=13, fontweight="bold", pad=12)


def plain(axes, title, xlabel):
    """Axes for curves: a title, a pale grid, no frame."""
    entitle(axes, title)
    axes.set_xlabel(xlabel, color=INK)
    axes.grid(axis="y", color=PALE)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(GREY)
    axes.tick_params(which="both", length=0, labelcolor=INK)


def legend(axes, **options):
    """The legend without a frame."""
    axes.legend(labelcolor=INK, facecolor="white", edgecolor="white", framealpha=1, borderaxespad=0, **options)


def tiles(axes, images, columns, title):
    """Images (N, H, W) with values in [0, 1], dark on white, row by row on one pair of axes."""
    for place, image in enumerate(images):
        x, y = place % columns, place // columns
        axes.imshow(image, cmap="gray_r", vmin=0, vmax=1, extent=(x, x + 0.94, y + 0.94, y))
    axes.set(xlim=(0, columns), ylim=(-(-len(images) // columns), 0), aspect="equal")
    axes.axis("off")
    entitle(axes, title)
