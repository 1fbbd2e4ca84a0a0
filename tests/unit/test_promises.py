"""The page of promises names tests that there are, and takes figures."""

import re

from tests.conftest import ROOT
from tests.resilience import promises


def test_every_test_that_a_promise_names_is_there() -> None:
    named = promises.tests(promises.PAGE.read_text(encoding="utf-8"))

    assert len(named) > 40
    assert all("/test_" in name for name in named)
    assert [name for name in named if not _is_there(name)] == []


def test_figures_go_into_the_row_of_their_bar() -> None:
    page = "short: never\n| bar | promise | tests | short | long |\n| 5 | kept | `a` | | old |\n"
    told = {"bar": 5, "name": "worst", "value": 1.574, "unit": "s", "database": "sqlite"}

    made = promises.filled_in(page, "short", [told, told | {"value": 1.5}], stamp="today")

    assert "short: today\n" in made
    assert "| 5 | kept | `a` | worst (sqlite): 1.574 s | old |\n" in made


def _is_there(named: str) -> bool:
    name, _, test = named.partition("::")
    file = ROOT / name
    return file.is_file() and (
        not test or bool(re.search(rf"(?m)^ *(?:async )?def {test}\(", file.read_text("utf-8")))
    )
