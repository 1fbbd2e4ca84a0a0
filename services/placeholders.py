"""Placeholders in the texts of a content pack: `{{name}}` or `{{name:slug}}`."""

import re
from collections.abc import Callable
from typing import NamedTuple

_PLACEHOLDER = re.compile(r"\{\{([a-z_]+)(?::([a-z0-9-]+))?\}\}")

PLAIN = frozenset({"opens", "deadline", "days_left"})
"""Placeholders that stand for something of the round."""

WITH_SLUG = frozenset({"link", "title", "webinar_time", "phone"})
"""Placeholders that stand for something of a link, a webinar or a card."""

OF_SCENE = frozenset({"scene_title", "scene_link"})
"""Placeholders that stand for what a scanned code leads to; in the answer to a scan only."""


class Placeholder(NamedTuple):
    """One placeholder of a text."""

    name: str
    slug: str
    """Empty where there is none."""


def found(text: str) -> list[Placeholder]:
    """Give the placeholders of a text, in their order."""
    return [Placeholder(match[1], match[2] or "") for match in _PLACEHOLDER.finditer(text)]


def filled(text: str, value: Callable[[Placeholder], str]) -> str:
    """Put in what `value` gives for each placeholder."""
    return _PLACEHOLDER.sub(lambda match: value(Placeholder(match[1], match[2] or "")), text)


def misspelt(text: str) -> bool:
    """Tell whether braces are left that are no placeholder."""
    rest = _PLACEHOLDER.sub("", text)
    return "{{" in rest or "}}" in rest
