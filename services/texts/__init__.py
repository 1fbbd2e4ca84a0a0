"""Every sentence people see, by key and language. The content pack's texts are not here."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from models.vocabulary import Language


def say(key: str, language: Language, **values: str | int) -> str:
    """Give a sentence with its placeholders filled in.

    Raises:
        KeyError: there is no such sentence, or a value for it is missing: a fault of ours.
    """
    return table(language)[key].format_map(values)


def known(key: str) -> bool:
    """Tell whether there is such a sentence."""
    return key in table(Language.ZH)


@cache
def table(language: Language) -> Mapping[str, str]:
    """Give all sentences of a language; the keys are the TOML tables' names, joined by dots."""
    source = files(__name__).joinpath(f"{language.value}.toml").read_text(encoding="utf-8")
    return dict(_flat(tomllib.loads(source), ""))


def _flat(node: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in node.items():
        if isinstance(value, str):
            yield prefix + name, value
        else:
            yield from _flat(value, f"{prefix}{name}.")
