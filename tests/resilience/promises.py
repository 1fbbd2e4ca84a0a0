"""The list of promises: which tests prove them, and their figures, filled in by this program.

`python -m tests.resilience.promises tests` prints the tests that docs/notes/promises.md names;
`python -m tests.resilience.promises record short|long FILE` puts the figures of a run there.
"""

import json
import os
import platform
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from services.runtime.clock import utc_now
from tests.conftest import ROOT
from tests.support.figures import words

PAGE = ROOT / "docs" / "notes" / "promises.md"
COLUMNS = {"short": 3, "long": 4}
_TEST = re.compile(r"`(tests/[\w/]*/test_\w+\.py)(?:::(\w+))?`")
_ROW = re.compile(r"^\| *\d+ \|")


def tests(page: str) -> list[str]:
    """Give the tests a page names, each once: `file` or `file::name`; what helps them is none."""
    named = (f"{file}::{name}" if name else file for file, name in _TEST.findall(page))
    return list(dict.fromkeys(named))


def filled_in(page: str, kind: str, figures: list[dict[str, Any]], *, stamp: str) -> str:
    """Give a page with the figures of a run; bars that the run had none of keep theirs.

    Of figures with the same name the largest counts: tests with parameters tell several.
    """
    largest = {
        (figure["name"], figure["database"]): figure
        for figure in sorted(figures, key=lambda figure: figure["value"])
    }
    told = defaultdict(list)
    for figure in largest.values():
        told[figure["bar"]].append(words(figure))
    lines = [_row(line, COLUMNS[kind], told) for line in page.splitlines()]
    marked = [f"{kind}: {stamp}" if line.startswith(f"{kind}: ") else line for line in lines]
    return "\n".join(marked) + "\n"


def _row(line: str, column: int, told: dict[int, list[str]]) -> str:
    if not _ROW.match(line):
        return line
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    found = told.get(int(cells[0]))
    if found:
        cells[column] = "<br>".join(sorted(found))
    return f"| {' | '.join(cells)} |"


def machine() -> str:
    """Say when and on what the figures were measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{utc_now():%Y-%m-%d}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}"
        f" {platform.machine()}, Python {platform.python_version()},"
        f" load {os.getloadavg()[2]:.0f} on average"
    )


def main(verb: str, *given: str) -> None:
    """Do what the command line says."""
    page = PAGE.read_text(encoding="utf-8")
    if verb == "tests":
        sys.stdout.write("\n".join(tests(page)) + "\n")
        return
    kind, file = given
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    figures = [json.loads(line) for line in lines]
    PAGE.write_text(filled_in(page, kind, figures, stamp=machine()), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
