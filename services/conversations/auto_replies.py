"""Automatic replies: what the content pack says, prepared for now, chosen in microseconds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.vocabulary import AnswerKind, ReplyPart
from services.conversations import chat_feedback, keywords
from services.conversations.chat_feedback import Drafting
from services.conversations.keywords import Lexicon
from services.wechat import pushes
from services.wechat.replies import Reply
from services.working_hours import Hours


@dataclass(frozen=True)
class Talk:
    """What bears on an answer of the conversation that a push belongs to."""

    default_replied_at: datetime | None = None
    person_until: datetime | None = None
    """Until then a person is answering."""


@dataclass(frozen=True)
class Answer:
    """What a push is answered with, and why."""

    reply: Reply | None = None
    kind: AnswerKind = AnswerKind.NONE
    rule: str | None = None


@dataclass(frozen=True)
class Spoken:
    """A prepared reply in both languages."""

    zh: Reply
    en: Reply

    def to(self, text: str) -> Reply:
        """Give it in the language of a message."""
        return self.en if keywords.is_english(text) else self.zh


NOTHING = Answer()

FEEDBACK = "chat_feedback"
"""Stands for a rule's key where no rule of the pack has answered."""


@dataclass(frozen=True)
class Rulebook:
    """All replies of the current round as they are now; a new one is loaded when that changes."""

    revision: int
    valid_from: datetime
    valid_until: datetime
    """The next instant of the round, of a webinar, or midnight: texts change there."""

    cooldown: timedelta = timedelta(0)
    hours: Hours | None = None
    lexicon: Lexicon = field(default_factory=Lexicon)
    hand_over: frozenset[str] = frozenset()
    replies: Mapping[tuple[ReplyPart, str], Spoken] = field(default_factory=dict)
    """By part, and by the rule's key where the part is `rule`, else by an empty text."""

    scanned: Callable[[str], Spoken | None] = lambda _scene: None
    """Gives the answer to a scanned scene, None for one that leads nowhere of ours."""

    drafting: Drafting | None = None
    """Takes feedback from the chat; None while no comments are taken."""

    def covers(self, now: datetime) -> bool:
        """Tell whether it says what is right at an instant; clocks may be moved back."""
        return self.valid_from <= now < self.valid_until

    def answer(self, push: pushes.Push, talk: Talk, now: datetime) -> Answer:
        """Choose what a push is answered with; nothing while a person is answering."""
        if talk.person_until is not None and now < talk.person_until:
            return NOTHING
        answer = NOTHING
        match push:
            case pushes.Followed(scene=None) | pushes.SessionEntered():
                answer = self._said(ReplyPart.WELCOME, AnswerKind.WELCOME)
            case pushes.Followed(scene=scene) | pushes.Scanned(scene=scene):
                answer = self._scanned(scene or "")
            case pushes.MenuClicked():
                answer = self._ruled(push.menu_key, "")
            case pushes.TextMessage():
                answer = self._written(push, talk, now)
            case pushes.Message() | pushes.UnknownPush() if _is_said(push):
                answer = self._default("", talk, now)
            case _:
                pass
        return answer

    def _said(self, part: ReplyPart, kind: AnswerKind, text: str = "") -> Answer:
        spoken = self.replies.get((part, ""))
        return Answer(spoken.to(text), kind) if spoken else NOTHING

    def _written(self, push: pushes.TextMessage, talk: Talk, now: datetime) -> Answer:
        drafted = self.drafting and self.drafting.reply(push.text, key=push.key)
        if drafted:
            return Answer(drafted, AnswerKind.RULE, FEEDBACK)
        key = self.lexicon.chosen(chat_feedback.wish(push.text), now=now)
        return self._ruled(key, push.text) if key else self._default(push.text, talk, now)

    def _scanned(self, scene: str) -> Answer:
        spoken = self.scanned(scene)
        if spoken is None:
            return self._said(ReplyPart.WELCOME, AnswerKind.WELCOME)
        return Answer(spoken.zh, AnswerKind.RULE, scene)

    def _ruled(self, key: str, text: str) -> Answer:
        spoken = self.replies.get((ReplyPart.RULE, key))
        if spoken is None:
            return NOTHING
        kind = AnswerKind.HAND_OVER if key in self.hand_over else AnswerKind.RULE
        return Answer(spoken.to(text), kind, key)

    def _default(self, text: str, talk: Talk, now: datetime) -> Answer:
        last = talk.default_replied_at
        if last is not None and last <= now < last + self.cooldown:
            return NOTHING
        if self.hours is not None and not self.hours.open_at(now):
            away = self._said(ReplyPart.OUT_OF_HOURS, AnswerKind.OUT_OF_HOURS, text)
            if away is not NOTHING:
                return away
        return self._said(ReplyPart.DEFAULT, AnswerKind.DEFAULT, text)


def _is_said(push: pushes.Push) -> bool:
    """Tell whether somebody said something, of a kind that is not known here perhaps."""
    return isinstance(push, pushes.Message) or "MsgId" in push.fields
