"""What the system refuses to do, as a tree of classes.

A refusal is a fact with a code, which is a promise, and a sentence in services/texts for people.
The kinds below decide the answer's status; the table of statuses is in api/problems.py.
"""

from typing import ClassVar

from models.vocabulary import Language
from services import texts


class Refusal(Exception):
    """The system will not do this, and says why."""

    code: ClassVar[str] = ""

    def __init__(self, **values: str | int) -> None:
        """Keep what the sentence mentions: never personal data, since a refusal may be logged."""
        self.values = values
        super().__init__(self.sentence(Language.EN))

    def sentence(self, language: Language) -> str:
        """Say in one or two sentences what is wrong and what to do."""
        return texts.say(f"refusals.{self.code}", language, **self.values)


class Malformed(Refusal):
    """What was asked cannot be understood."""


class Unauthorised(Refusal):
    """Whoever asks has to say first who they are."""


class Forbidden(Refusal):
    """It is understood, and not allowed."""


class NotFound(Refusal):
    """There is no such thing, or none that the asker may know of."""


class Conflict(Refusal):
    """It does not fit what is there already."""


class Gone(Refusal):
    """It was there and is no longer."""


class TooLarge(Refusal):
    """It is more than is taken at once."""


class TooMany(Refusal):
    """It was asked too often."""

    retry_after: int = 3600
    """Seconds after which asking again has a chance; most that is counted is counted by hours."""


class Unavailable(Refusal):
    """It cannot be done at the moment; later it may."""


class CannotStart(Refusal):
    """The installation is not fit to serve; whoever runs it must mend it first."""
