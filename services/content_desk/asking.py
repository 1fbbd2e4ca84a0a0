"""“What would be answered?”: the account's own rulebook asked by staff. Nothing is sent or kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from models.vocabulary import Language, RoundState
from services import consultations
from services.conversations import chat_feedback, keywords, rulebooks
from services.conversations.auto_replies import Answer, Talk
from services.conversations.chat_feedback import ReplyLinks
from services.conversations.keywords import Keyed
from services.wechat import pushes
from services.wechat.replies import TextReply, cut


class Occasion(StrEnum):
    """What a visitor does."""

    MESSAGE = "message"
    FOLLOW = "follow"
    SCAN = "scan"
    MENU = "menu"


@dataclass(frozen=True)
class Considered:
    """A rule that a message calls for."""

    rule: Keyed
    word: str
    """Its longest word in the message, as words are compared."""

    in_force: bool


@dataclass(frozen=True)
class Told:
    """What would be answered, and why."""

    at: datetime
    state: RoundState | None
    """Of the round that is current then."""

    answer: Answer
    language: Language
    considered: Sequence[Considered] = ()
    """The first to win first."""

    open: bool | None = None
    """Whether somebody would be there; None where no hours are told."""

    @property
    def text(self) -> str:
        """What a text reply says, as WeChat would show it."""
        reply = self.answer.reply
        return cut(reply.text) if isinstance(reply, TextReply) else ""


async def ask(
    db: AsyncSession, *, occasion: Occasion, said: str, at: datetime, links: ReplyLinks
) -> Told:
    """Tell what the account would answer somebody it has not talked with lately.

    `said` is the message, the scene of a code, or the key of a button's rule.
    """
    book = await rulebooks.load(db, now=at, link=links)
    announced = await consultations.rounds(db, now=at)
    message = occasion is Occasion.MESSAGE
    called = book.lexicon.called(chat_feedback.wish(said)) if message else []
    english = message and keywords.is_english(said)
    return Told(
        at=at,
        state=consultations.state(announced[0], at) if announced else None,
        answer=book.answer(_push(occasion, said), Talk(), at),
        language=Language.EN if english else Language.ZH,
        considered=[Considered(rule, word, rule.holds(at)) for rule, word in called],
        open=book.hours.open_at(at) if book.hours else None,
    )


def _push(occasion: Occasion, said: str) -> pushes.Push:
    match occasion:
        case Occasion.MESSAGE:
            return pushes.TextMessage(name="text", text=said)
        case Occasion.FOLLOW:
            return pushes.Followed(name="subscribe")
        case Occasion.SCAN:
            return pushes.Scanned(name="SCAN", scene=said)
        case Occasion.MENU:
            return pushes.MenuClicked(name="CLICK", menu_key=said)
