"""Every row of the table of ops against every check of the harness; and the harness against wrong rules."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from harness import ALONE, WITH_PEER
from table import ROWS, Row

by_id = {"argvalues": ROWS, "ids": [row.id for row in ROWS]}


def check_name(check: Any) -> str:
    return check.__name__.removeprefix("check_")


@pytest.mark.parametrize("row", **by_id)
@pytest.mark.parametrize("check", WITH_PEER, ids=check_name)
def test_against_pytorch(check: Any, row: Row, torch: Any) -> None:
    if row.torch is not None:
        check(row, torch)


@pytest.mark.parametrize("row", **by_id)
@pytest.mark.parametrize("check", ALONE, ids=check_name)
def test_alone(check: Any, row: Row) -> None:
    check(row)
