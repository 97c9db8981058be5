"""How wide a text is: estimated for DejaVu Sans, the widest of the common fonts, so that it fits in any of them."""

from __future__ import annotations

FONT = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"

# Characters by their width in hundredths of the font's size.
_BY_WIDTH = {
    30: "'ijlIJ",
    36: " ,.:;/\\|f",
    42: "()[]!rt·-",
    54: "*_sz?",
    62: 'cvxykTYaeoLFP`"',
    65: "0123456789$bdghnpquSE{}",
    71: "ABCKRVXZ",
    79: "DGHNOQU&",
    90: "+<=>~#^Mw×±−→",
    100: "@W…%m",
}
WIDTH: dict[str, float] = {letter: width / 100 for width, letters in _BY_WIDTH.items() for letter in letters}


def width_of(text: str, size: float, bold: bool = False) -> float:
    """The width of a text, estimated from above."""
    return sum(WIDTH.get(letter, 1.0) for letter in text) * size * (1.12 if bold else 1.0)


def shortened(text: str, size: float, most: float, bold: bool = False) -> str:
    """The text with its middle left out, if it is wider than `most`."""
    if width_of(text, size, bold) <= most:
        return text
    keep = len(text)
    while keep > 2 and width_of(f"{text[: keep // 2]}…{text[-(keep // 2) :]}", size, bold) > most:
        keep -= 1
    return f"{text[: keep // 2]}…{text[-(keep // 2) :]}"
