"""What pages of the content desk say of addresses and rules, in words that need no command line."""

from collections.abc import Iterable

from api.staff.webinar_settings import BEIJING
from models import LinkCheck
from models.vocabulary import Language
from services import mirror, texts
from services.errors import Refusal
from services.link_health import Standing
from services.link_rules import Misfit
from services.short_links import Destination
from services.texts import dates

_HEALTH = "pages.desk.content.health"


def health(check: LinkCheck | None, standing: Standing, language: Language) -> list[str]:
    """Say how an address outside was when it was looked at last."""
    if check is None:
        return [texts.say(f"{_HEALTH}.unchecked", language)]
    said = []
    if check.failing_since:
        key = "failing" if standing.failing else "wavering"
        since = dates.moment(check.failing_since.astimezone(BEIJING), language)
        reason = _reason(check, language)
        said.append(texts.say(f"{_HEALTH}.{key}", language, since=since, reason=reason))
    if standing.changed:
        said.append(texts.say(f"{_HEALTH}.changed", language))
    if standing.moved_to:
        said.append(texts.say(f"{_HEALTH}.moved", language, address=standing.moved_to))
    looked = dates.moment(check.checked_at.astimezone(BEIJING), language)
    last = texts.say(f"{_HEALTH}.last", language, looked=looked)
    return [*(said or [texts.say(f"{_HEALTH}.good", language)]), last]


def verdict(misfits: Iterable[Misfit], language: Language) -> str:
    """Say whether a rule fits, and if not why."""
    keys = [misfit.value for misfit in misfits] or ["fits"]
    separator = texts.say("pages.list_separator", language)
    return separator.join(texts.say(f"link_rules.{key}", language) for key in keys)


def outcome(found: Destination | Refusal, language: Language) -> str:
    """Say where a link leads, or why it does not."""
    return found.address if isinstance(found, Destination) else found.sentence(language)


def _reason(check: LinkCheck, language: Language) -> str:
    return texts.say(
        f"link_health.{check.outcome.value}",
        language,
        status=check.status or "",
        limit=mirror.LARGEST // 1024 // 1024,
    )
