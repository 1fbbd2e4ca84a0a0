"""Words: what figures are called in a language."""

from collections.abc import Mapping
from dataclasses import dataclass

from models import Bilingual
from models.vocabulary import Language
from services import texts
from services.exports.tables import Cell
from services.figures.crowds import FEWEST
from services.figures.spans import Span
from services.visits import OTHER_CHANNEL

_MINUTE, _HOUR = 60, 3_600


@dataclass(frozen=True)
class Words:
    """The words of one board."""

    language: Language
    span: Span

    def say(self, part: str, **values: str | int) -> str:
        """Give a sentence or a head."""
        return texts.say(f"exports.figures.{part}", self.language, **values)

    def column(self, name: str) -> str:
        """Give the head of a column that tables of visits have too."""
        return texts.say(f"exports.columns.{name}", self.language)

    def channel(self, code: str, labels: Mapping[str, Bilingual]) -> str:
        """Give what a channel is called."""
        if code == OTHER_CHANNEL:
            return texts.say("exports.channels.other", self.language)
        if not code:
            return texts.say("exports.channels.unknown", self.language)
        return labels[code].text(self.language) if code in labels else code

    def few(self, count: int) -> Cell:
        """Give a number of people, or say that they are too few to be told apart."""
        return self.say("few", number=FEWEST) if 0 < count < FEWEST else count

    def lasted(self, seconds: int) -> str:
        """Say how long something took, as people do."""
        minutes = (seconds % _HOUR) // _MINUTE
        if seconds < _HOUR:
            return self.say("minutes", minutes=minutes)
        return self.say("hours", hours=seconds // _HOUR, minutes=minutes)
