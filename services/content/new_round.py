"""Starting the next round's content pack from an existing one."""

import re
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from services.content import reading
from services.errors import Conflict

FRESH = ("documents.toml", "webinars.toml")
"""Files that begin empty: their entries have addresses of their own, which are printed for good."""

ASLEEP = ("rules.toml", "replies.toml", "menu.toml", "posters.toml")
"""Files whose entries speak of days, documents and webinars of the old round: all comments."""


class NewRoundExists(Conflict):
    """The folder is there already."""

    code = "new_round_exists"


def create(
    source: Path, target: Path, *, slug: str, opens_at: datetime, closes_at: datetime
) -> None:
    """Copy a pack: sections, texts, contacts and lists stay, documents and webinars begin empty.

    Rules, replies and menu begin as comments, to be woken line by line. The comments at the top of
    the files, which explain them, stay as well. The result is a valid pack; a target that cannot
    become one is removed again.

    The new round shows from its opening on; `announced_at` can be set earlier by hand.

    Raises:
        NewRoundExists, PackInvalid
    """
    reading.read(source)
    if target.exists():
        raise NewRoundExists(folder=str(target))
    shutil.copytree(source, target)
    try:
        for name in FRESH:
            _rewrite(target / name, _opening_comment)
        for name in ASLEEP:
            if (target / name).exists():
                _rewrite(target / name, _commented)
        _rewrite(
            target / "round.toml",
            lambda text: _dated(text, slug=slug, opens_at=opens_at, closes_at=closes_at),
        )
        _rewrite(target / "feedback.toml", _without_documents)
        reading.read(target)
    except BaseException:
        shutil.rmtree(target)
        raise


def _rewrite(file: Path, change: Callable[[str], str]) -> None:
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")


def _opening_comment(text: str) -> str:
    lines = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            break
        lines.append(line)
    return "\n".join(lines).split("\n\n")[0] + "\n"


def _commented(text: str) -> str:
    """Keep every line, for staff to wake what fits the new round."""
    lines = text.splitlines()
    return "".join(f"{_as_comment(line)}\n" for line in lines)


def _as_comment(line: str) -> str:
    return line if line.startswith("#") or not line.strip() else f"# {line}"


def _dated(text: str, *, slug: str, opens_at: datetime, closes_at: datetime) -> str:
    # Instants of the old round say nothing about the new one.
    text = re.sub(r"(?m)^((?:announced|responding|published)_at = .*)$", r"# \1", text)
    values = {
        "slug": f'"{slug}"',
        # Loaded ahead of time, it must not take the start page before its day.
        "opens_at": f"{opens_at.isoformat()}\nannounced_at = {opens_at.isoformat()}",
        "closes_at": closes_at.isoformat(),
    }
    for key, value in values.items():
        text = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", text, count=1)
    return text


def _without_documents(text: str) -> str:
    """Take out what names a document of the old round, and leave a note of it."""
    return re.sub(r"(?m)^(document = .*)$", r"# \1", text)
