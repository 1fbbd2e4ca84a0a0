"""What the sections of the standards are called, wherever people read it."""

from collections.abc import Callable, Iterable
from typing import Protocol

from models.bilingual import Bilingual
from models.vocabulary import Language
from services import texts

WHOLE = "all"
"""The code of a section that stands for the whole standard, or for not being sure."""


class Titled(Protocol):
    """A section as a round has it."""

    @property
    def standard(self) -> str:
        """Of which it is a part."""

    @property
    def version(self) -> str:
        """Of the standard."""

    @property
    def code(self) -> str:
        """Its number in that version, or WHOLE."""

    @property
    def title(self) -> Bilingual:
        """Its heading."""


def edition(standard: str, version: str) -> Bilingual:
    """Name a version of a standard: “PS V4”, or “CoC 现行版” where it has a name."""
    key = f"sections.versions.{version}"
    return _both(
        lambda language: texts.say(
            "sections.edition",
            language,
            standard=standard,
            version=texts.say(key, language) if texts.known(key) else version,
        )
    )


def named(section: Titled) -> Bilingual:
    """Name a section with its version, as the code alone says nothing: “PS V3 · 9 人权”."""
    return _named((section.standard, section.version, section.code), section.title)


def found(sections: Iterable[Titled], *, at: tuple[str, str, str]) -> Bilingual:
    """Name the section of a standard, version and code; without a title where none is left."""
    titles = (each.title for each in sections if (each.standard, each.version, each.code) == at)
    return _named(at, next(titles, Bilingual("")))


def _named(at: tuple[str, str, str], title: Bilingual) -> Bilingual:
    standard, version, code = at
    within = edition(standard, version)
    key = "untitled" if not title else "whole" if code == WHOLE else "titled"
    return _both(
        lambda language: texts.say(
            f"sections.{key}",
            language,
            edition=within.text(language),
            code=code,
            title=title.text(language),
        )
    )


def _both(say: Callable[[Language], str]) -> Bilingual:
    return Bilingual(say(Language.ZH), say(Language.EN))
