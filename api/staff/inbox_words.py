"""The inbox in words: what may still be sent, who waits for how long, what came of an answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.pages.rendering import BEIJING
from models import Conversation, Delivery, Message
from models.vocabulary import DeliveryState, Language, MessageKind
from services import texts
from services.conversations.quota import Standing
from services.inbox import masking
from services.texts import dates

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Words:
    """Says it in one language, as of one instant, to somebody who may see contacts or not."""

    language: Language
    now: datetime
    plain: bool
    """Whether contacts in what visitors wrote are shown."""

    def window(self, standing: Standing, conversation: Conversation) -> str:
        """Say what may still be sent, and for how long."""
        if standing.closes_at is None:
            closes_at = conversation.window_closes_at
            used_up = closes_at is not None and self.now < closes_at
            return self._say("window.used_up" if used_up else "window.shut")
        last = standing.closes_at - self.now
        return self._say("window.open", count=standing.left, time=self.span(last))

    def span(self, time: timedelta) -> str:
        """Say how long something takes, in its largest unit and never longer than it is."""
        if time >= 3 * _DAY:
            return self._say("spans.days", number=time // _DAY)
        if time >= _HOUR:
            return self._say("spans.hours", number=time // _HOUR)
        return self._say("spans.minutes", number=max(time // timedelta(minutes=1), 0))

    def at(self, instant: datetime) -> str:
        """Say when something was said, by Beijing's clock and without seconds."""
        local = instant.astimezone(BEIJING).replace(second=0)
        return dates.written("dates.in_a_chat", local, self.language)

    def urgent(self, standing: Standing) -> bool:
        """Tell whether the window shuts within hours, or its last message is left."""
        closes_at = standing.closes_at
        return closes_at is not None and (closes_at - self.now < 6 * _HOUR or standing.left == 1)

    def waiting(self, conversation: Conversation) -> str:
        """Say since when somebody waits; nothing where nobody does."""
        since = conversation.waiting_since
        return self._say("waiting", time=self.span(self.now - since)) if since else ""

    def visitor(self, conversation: Conversation) -> str:
        """Name a visitor whose name nobody has told us."""
        account = self._say(f"accounts.{conversation.account.value}")
        return self._say("visitor", mark=conversation.id.hex[:4].upper(), account=account)

    def text(self, message: Message) -> str:
        """Give what was said, or name what is no text."""
        said = message.text or ""
        if message.kind is MessageKind.TEXT:
            return self.shown(said) if said else self._say("erased")
        kind = self._say(f"kinds.{message.kind.value}")
        return f"[{kind}] {self.shown(said)}".rstrip()

    def shown(self, text: str) -> str:
        """Give a text as it may be seen."""
        return text if self.plain else masking.masked(text)

    def delivery(self, delivery: Delivery) -> str:
        """Say how far a message of ours has come, and why no further."""
        state = self._say(f"states.{delivery.state.value}")
        if delivery.state is not DeliveryState.FAILED:
            return state
        key = f"wechat.errors.{delivery.errcode}"
        if delivery.errcode is None:
            return self._say("not_configured", state=state)
        known = key if texts.known(key) else "wechat.errors.other"
        reason = texts.say(known, self.language)
        return self._say("failed", state=state, reason=reason, errcode=delivery.errcode)

    def _say(self, key: str, **values: str | int) -> str:
        return texts.say(f"pages.desk.inbox.{key}", self.language, **values)
