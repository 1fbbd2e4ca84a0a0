"""Ways to those who work here: the group robot, or mail where there is none or it fails."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.vocabulary import NoticeState
from services.runtime.mail import Fate, Mail, Mailer
from services.wechat import refusals
from services.wechat.group_robot import SURELY_NOT_SAID, GroupRobot
from services.wechat.refusals import WeChatError

ROBOT = "robot"
_MAIL = "mail-"

_BY_FATE = {
    Fate.TAKEN: NoticeState.SENT,
    Fate.NOT_NOW: NoticeState.PLANNED,
    Fate.REFUSED: NoticeState.FAILED,
    Fate.UNKNOWN: NoticeState.UNKNOWN,
}


@dataclass(frozen=True)
class Outcome:
    """What came of one call."""

    state: NoticeState
    """`sent` or `unknown`; `planned` when another time may do; `failed` when none ever will."""

    reason: str | None = None


@dataclass(frozen=True)
class Words:
    """A notice as it is read."""

    subject: str
    text: str


@dataclass(frozen=True)
class Ways:
    """What those who work here are told with."""

    robot_url: str | None = field(repr=False)
    """The group robot's address, its key and all."""

    mailer: Mailer | None
    addresses: Sequence[str] = field(repr=False)
    """Of those who work here, for mail; their order is what a way's name counts by."""

    desk: str
    """Where the desk is."""

    every: timedelta = timedelta(minutes=10)
    """News of so long are one message."""

    quiet: bool = True
    """Whether news wait for the working hours."""

    @property
    def first(self) -> list[str]:
        """Give the ways a notice goes at first: none where nothing is configured."""
        return [ROBOT] if self.robot_url else self.mails

    @property
    def mails(self) -> list[str]:
        """Give the ways by mail, one for each address."""
        if self.mailer is None:
            return []
        return [f"{_MAIL}{number}" for number, _ in enumerate(self.addresses, start=1)]

    async def carry(self, way: str, words: Words, *, id_: str, now: datetime) -> Outcome:
        """Make the one call; no transaction may be open."""
        if way == ROBOT:
            return await self._say(words)
        number = int(way.removeprefix(_MAIL))
        if self.mailer is None or number > len(self.addresses):
            return Outcome(NoticeState.FAILED, "not_configured")
        to = self.addresses[number - 1]
        mail = Mail(id=id_, to=to, subject=words.subject, text=words.text)
        done = await self.mailer.send(mail, now=now)
        return Outcome(_BY_FATE[done.fate], f"smtp_{done.code}" if done.code else None)

    async def _say(self, words: Words) -> Outcome:
        if not self.robot_url:
            return Outcome(NoticeState.FAILED, "not_configured")
        robot = GroupRobot(self.robot_url)
        try:
            await robot.say(words.text)
        except refusals.OutcomeUnknown:
            return Outcome(NoticeState.UNKNOWN, "answer_lost")
        except SURELY_NOT_SAID as refusal:
            return Outcome(NoticeState.PLANNED, _why(refusal))
        except WeChatError as refusal:
            return Outcome(NoticeState.FAILED, _why(refusal))
        finally:
            await robot.aclose()
        return Outcome(NoticeState.SENT)


def _why(refusal: WeChatError) -> str:
    return refusal.code if refusal.errcode is None else f"errcode_{refusal.errcode}"
