"""Masking: what those may see of a text who need not know whom it names."""

import re

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"(?<![\w.])\+?\d(?:[ -]?\d){6,}[Xx]?(?!\w)")
"""A telephone, an identity card, an account: seven digits and more."""

_SHOWN = 2
_HIDDEN = "•••"


def masked(text: str) -> str:
    """Hide mail addresses and long numbers, but for how they begin."""
    return _NUMBER.sub(_beginning, _MAIL.sub(_beginning, text))


def _beginning(match: re.Match[str]) -> str:
    return match[0][:_SHOWN] + _HIDDEN
