"""Figures: what a test measured against a bar, printed in one line each at the end of the run.

A plugin of pytest. Where FIGURES_FILE names a file, each figure is also a line of JSON there, from
which `python -m tests.resilience.promises record` fills in docs/notes/promises.md.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FILE = "FIGURES_FILE"
PROPERTY = "figure"

Tell = Callable[..., None]


@pytest.fixture
def figure(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Tell:
    """Tells one figure of a bar: `figure(5, "worst write", 1.57, "s")`."""
    parameters = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    database = str(parameters.get("engine", ""))

    def tell(bar: int, name: str, value: float, unit: str = "") -> None:
        told = {"bar": bar, "name": name, "value": value, "unit": unit, "database": database}
        record_property(PROPERTY, told | {"test": request.node.nodeid})

    return tell


class Collector:
    """Collects the figures of all workers in the process that began the run."""

    def __init__(self) -> None:
        self.figures: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "teardown":
            return
        for name, told in report.user_properties:
            if name == PROPERTY and isinstance(told, dict):
                self.figures.append(told)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.figures:
            return
        self.figures.sort(key=lambda told: (told["bar"], told["name"], told["database"]))
        terminalreporter.section("figures")
        for told in self.figures:
            terminalreporter.write_line(line(told))
        if file := os.environ.get(FILE):
            with Path(file).open("a", encoding="utf-8") as kept:
                kept.writelines(json.dumps(told) + "\n" for told in self.figures)


def line(told: dict[str, Any]) -> str:
    """Gives a figure as it is read."""
    return f"bar {told['bar']:>2}  {words(told)}"


def words(told: dict[str, Any]) -> str:
    """Gives name, value and database."""
    value = f"{told['value']:,.4g}" if isinstance(told["value"], float) else f"{told['value']:,}"
    unit = f" {told['unit']}" if told["unit"] else ""
    database = f" ({told['database']})" if told["database"] else ""
    return f"{told['name']}{database}: {value}{unit}"


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Collector())
