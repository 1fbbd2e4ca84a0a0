"""The `asi` command, run in this process."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from api import cli


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed for programs."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Shell:
    """Runs commands and keeps what they print."""

    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Said:
        """Run one command to its end."""
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        code = ended.value.code if isinstance(ended.value.code, int) else 0
        return Said(code, *self.capsys.readouterr())
