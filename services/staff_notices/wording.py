"""How a notice to those who work here reads: numbers and times, nobody's name, nobody's words."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models import StaffNotice, Webinar
from models.vocabulary import Language, RegistrationState, StaffNoticeKind
from services import registrations, texts, webinars
from services.staff_notices.news import News
from services.staff_notices.ways import Words
from services.texts import dates

LANGUAGE = Language.ZH
"""Of the contacts in China, whose robot it is."""

COUNTED = ("messages", "feedback", "registrations", "closing", "pictures", "links")


async def words(db: AsyncSession, *, notice: StaffNotice, desk: str) -> Words | None:
    """Give how a notice reads now; None when what it is about is gone."""
    if notice.kind is StaffNoticeKind.NEWS:
        return of_news(News.of(notice.said), desk=desk)
    webinar = await db.get(Webinar, UUID(notice.said["webinar_id"]))
    if webinar is None or webinar.retired:
        return None
    return await _of_webinar(db, webinar, lead=notice.said["lead"], desk=desk)


def of_news(news: News, *, desk: str) -> Words:
    """Say what came in, in one sentence."""
    separator = _say("separator")
    counted = separator.join(
        _say(name, number=number) for name in COUNTED if (number := getattr(news, name))
    )
    lines = [_say("news", counted=counted), *_more(news), _say("desk", address=desk)]
    return Words(_say("subject", counted=counted), "\n".join(lines))


def trial(*, desk: str) -> Words:
    """Give what a test says."""
    return Words(_say("test_subject"), "\n".join([_say("test"), _say("desk", address=desk)]))


def _more(news: News) -> Iterator[str]:
    if news.waiting:
        yield _say("waiting", number=news.waiting)
    if news.closes_at:
        closes = webinars.in_beijing(datetime.fromisoformat(news.closes_at))
        yield _say("closes", moment=dates.moment(closes, LANGUAGE))


async def _of_webinar(db: AsyncSession, webinar: Webinar, *, lead: str, desk: str) -> Words:
    counts = (await registrations.counts(db)).get(webinar.id, {})
    facts = {
        "title": webinar.title.text(LANGUAGE),
        "moment": dates.moment(webinars.in_beijing(webinar.starts_at), LANGUAGE),
    }
    lines = [_say(f"webinar_{lead}", **facts)]
    if webinar.registered_here:
        numbers = {state.value: counts.get(state, 0) for state in RegistrationState}
        lines.append(_say("registered", **numbers))
    lines.append(_say("desk", address=f"{desk}/webinars/{webinar.slug}"))
    return Words(_say(f"webinar_{lead}_subject", **facts), "\n".join(lines))


def _say(key: str, **values: str | int) -> str:
    return texts.say(f"staff_notices.{key}", LANGUAGE, **values)
