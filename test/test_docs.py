"""The documents' code runs, and prints what they say it prints."""

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
# A block of Python (indented in a list, perhaps) and, directly after it, what it prints.
BLOCK = re.compile(r"^(?P<indent> *)```python\n(?P<code>.*?)^ *```\n(?:^ *```text\n(?P<out>.*?)^ *```$)?", re.S | re.M)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_code_of_a_page_prints_what_the_page_says(page, registry):
    names = {"__name__": "__main__"}
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        indent = len(block["indent"])
        code = "\n".join(line[indent:] for line in block["code"].splitlines())
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(page), "exec"), names)
        if block["out"] is not None:
            expected = "\n".join(line[indent:] for line in block["out"].splitlines())
            assert printed.getvalue().strip() == expected.strip()


def test_the_pages_have_code_to_run():
    assert sum(len(BLOCK.findall(page.read_text(encoding="utf-8"))) for page in PAGES) >= 9


def test_links_between_pages_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
