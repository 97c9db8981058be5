"""The notebooks run, print what is stored in them, and their solutions are right.

`train_MNIST.ipynb` is stored without outputs, and is in test_examples.py.
"""

import re
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parent.parent / "examples"
NAMES = ["tensor_from_nothing", "broadcasting", "mlp_to_gpt"]
SOLUTION = re.compile(r"<details>.*?</details>", re.S)
CODE = re.compile(r"```python\n(.*?)```", re.S)
NUMBER = re.compile(r"-?\d+\.?\d*(?:e[+-]?\d+)?")

pytestmark = pytest.mark.filterwarnings("default")  # of the notebooks' own machinery


def stored(name):
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def code_of(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(cell):
    return "".join(o.text for o in cell.outputs if o.output_type == "stream" and o.name == "stdout")


def pictures(notebook, kind):
    """The pictures of a kind among the outputs: `image/png`, `image/svg+xml`."""
    return [o.data[kind] for cell in code_of(notebook) for o in cell.outputs if kind in o.get("data", {})]


def solutions(notebook):
    """The code of the exercises' solutions."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return [code for part in SOLUTION.findall(text) for code in CODE.findall(part)]


def execute(name, more=()):
    """The notebook with the outputs of a run of now, and cells with `more` code at its end."""
    notebook = stored(name)
    for cell in code_of(notebook):
        cell.outputs, cell.execution_count = [], None
    notebook.cells += [nbformat.v4.new_code_cell(source) for source in more]
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(FOLDER)}}).execute()
    return notebook


def assert_same_output(new, old):
    """Cells that printed the same words, and numbers that are the same but for rounding; source code may change."""
    if "getsource(engine" in old.source:
        return
    new, old = printed(new), printed(old)
    assert NUMBER.sub("#", new) == NUMBER.sub("#", old)
    new_numbers, old_numbers = ([float(number) for number in NUMBER.findall(text)] for text in (new, old))
    assert new_numbers == pytest.approx(old_numbers, rel=2e-2, abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_notebook_is_stored_with_its_outputs(name):
    notebook, path = stored(name), FOLDER / f"{name}.ipynb"
    nbformat.validate(notebook)
    assert path.stat().st_size < 400_000
    assert notebook.metadata.kernelspec.name == "python3"
    code = code_of(notebook)
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))  # run once, from the top
    outputs = [o for cell in code for o in cell.outputs]
    assert not any(o.output_type == "error" or o.get("name") == "stderr" for o in outputs)
    assert not re.search(r"/(?:home|root|tmp|Users|usr)/", path.read_text(encoding="utf-8"))
    for svg in pictures(notebook, "image/svg+xml"):
        assert ElementTree.fromstring(svg).tag.endswith("svg")
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    headings = {line.lstrip("# ").replace(" ", "-") for line in text.splitlines() if line.startswith("#")}
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
        assert target[1:] in headings if target.startswith("#") else (FOLDER / target).exists(), target


def test_tensor_from_nothing():
    old = stored("tensor_from_nothing")
    new = execute("tensor_from_nothing", solutions(old))
    # What the finite differences leave is rounding, and differs; the errors' size is asserted instead.
    differences = re.compile(r"^(a \+ row|a / b|a @ matrix|exp and log|wrong tanh) +(\S+)$", re.M)
    for a, b in zip(code_of(new), code_of(old), strict=False):
        found = dict(differences.findall(printed(a)))
        assert all((float(error) > 0.1) == (name == "wrong tanh") for name, error in found.items())
        assert all(float(error) < 1e-6 for name, error in found.items() if name != "wrong tanh")
        if not found:
            assert_same_output(a, b)
    said = "\n".join(map(printed, code_of(new)))
    assert int(re.search(r"^(\d+) lines$", said, re.M)[1]) < 100
    assert said.count("the same to the last bit: True") == 3
    assert len(pictures(new, "image/png")) == 3
    assert len(pictures(new, "image/svg+xml")) == 2
    assert [printed(cell).strip() for cell in code_of(new)[-4:]] == [
        "True", "True", "True", "the graph was freed by the first backward pass",
    ]  # fmt: skip


def test_broadcasting():
    old = stored("broadcasting")
    new = execute("broadcasting", solutions(old))
    for a, b in zip(code_of(new), code_of(old), strict=False):
        assert_same_output(a, b)
    assert pictures(new, "image/svg+xml") == pictures(old, "image/svg+xml")
    assert len(pictures(new, "image/svg+xml")) == 11
    assert len(pictures(new, "image/png")) == 2
    assert [printed(cell).strip() for cell in code_of(new)[-6:]] == [
        "(5, 4, 3) (5, 3, 3) (4, 1)", "[[0.0], [0.0], [0.0]]", "(5, 7)", "10 [10.] [1.]\n20 [20.] [1.]", "True", "True",
    ]  # fmt: skip


def table_of(notebook):
    """Model -> (parameters, loss, perplexity), as the notebook prints it."""
    (text,) = (printed(cell) for cell in code_of(notebook) if printed(cell).startswith("model "))
    rows = re.findall(r"^(.+?) +([\d,]+) +([\d.]+) +([\d.]+)$", text, re.M)
    return {name: (int(n.replace(",", "")), float(loss), float(perplexity)) for name, n, loss, perplexity in rows}


def test_mlp_to_gpt(monkeypatch):
    old = stored("mlp_to_gpt")
    monkeypatch.setenv("NOTEBOOK_STEPS", "12")
    new = execute("mlp_to_gpt", solutions(old))
    assert table_of(new).keys() == table_of(old).keys()
    said = "\n".join(map(printed, code_of(new)))
    assert "as picograd's own: True" in said
    assert "places whose logits changed: [25] of 26" in said
    assert len(pictures(new, "image/png")) == 3  # two of attention, and the losses
    assert len(pictures(new, "image/svg+xml")) == 1  # the graph of a block
    vanishing = [float(size) for size in re.search(r"^plain +(.*)$", said, re.M)[1].split()]
    assert vanishing[0] < vanishing[-1] / 50
    kept = [float(size) for size in re.search(r"^residual +(.*)$", said, re.M)[1].split()]
    assert max(kept) < 2 * min(kept)


def test_mlp_to_gpt_holds_what_it_says():
    table = table_of(stored("mlp_to_gpt"))
    loss = {name: row[1] for name, row in table.items()}
    parameters = {name: row[0] for name, row in table.items()}
    assert min(loss, key=loss.get) == "GPT"
    assert max(loss, key=loss.get) == "3 blocks"  # worse than the table
    falling = ["bigram table", "causal average", "self-attention", "heads", "+ residual, layer norm", "GPT"]
    assert sorted(falling, key=loss.get, reverse=True) == falling
    assert abs(loss["MLP with embedding"] - loss["MLP"]) < 0.05
    assert loss["MLP"] < loss["causal average"]
    assert parameters["MLP with embedding"] < 0.6 * parameters["MLP"]  # half of them
    steps = {a: loss[a] - loss[b] for a, b in zip(list(loss), list(loss)[1:], strict=False)}
    assert steps["bigram table"] == max(steps[name] for name in steps if name != "3 blocks")
