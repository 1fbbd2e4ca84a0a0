"""What the Dockerfile says of the image it makes: its commands and its environment."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.support.processes import ROOT

Ignore = Callable[[str, list[str]], set[str]]

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")


def words(instruction: str) -> list[str]:
    """Give the command of the last such instruction, as the words it is made of."""
    lines = re.findall(rf"(?m)^{instruction}\b[^\[\n]*(\[.*\])$", TEXT)
    found: list[str] = json.loads(lines[-1])
    return found


def environment() -> dict[str, str]:
    """Give the variables that the image itself sets, those of the last stage."""
    last_stage = TEXT[TEXT.rindex("\nFROM ") :]
    lines = re.findall(r"(?m)^ENV (.+)$", last_stage)
    return dict(pair.split("=", 1) for line in lines for pair in line.split())


def copy_context(target: Path) -> None:
    """Copy what the builder gets to see: .dockerignore leaves out everything, then lets some in."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    left_out = shutil.ignore_patterns(*(line[3:] for line in lines if line.startswith("**/")))
    for line in lines:
        if line.startswith("!"):
            _copy(ROOT / line[1:], target / line[1:], ignore=left_out)


def _copy(source: Path, target: Path, *, ignore: Ignore) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=ignore)
    else:
        shutil.copy2(source, target)
