"""Which addresses outside are looked at, and what whoever watches the service is told."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from api.cli import doctor_links
from models import Consultation, LinkCheck, LinkRule, Menu, ShortLink, Webinar
from models.vocabulary import Language, LinkOutcome, RuleTarget
from services import link_health
from services.link_health import LinkFigures, standing, targets
from services.runtime.database import Database
from services.runtime.settings import Settings
from tests.support.clocks import SetClock

pytestmark = pytest.mark.any_database

SURVEY = "https://www.surveymonkey.com/r/J8G8ZX7"
SITE = "https://aluminium-stewardship.org/"


async def _uses(database: Database, clock: SetClock) -> dict[str, tuple[str, ...]]:
    async with database.snapshot() as db:
        return {item.address: item.uses for item in await targets.every(db, now=clock.now)}


async def test_an_address_is_looked_at_while_readers_are_led_there(
    database: Database, clock: SetClock
) -> None:
    async with database.transaction() as db:
        await db.execute(update(Webinar).values(slides_url=SITE + "slides.pdf"))
        survey = await db.scalar(select(ShortLink).where(ShortLink.slug == "survey"))
        menu = await db.scalar(select(Menu))
        assert survey is not None
        assert menu is not None
        menu.buttons = [{"name": "a", "button": [{"name": "b", "url": SITE + "menu"}]}]
        rule = LinkRule(
            link_id=survey.id,
            key="later",
            position=0,
            clients=[],
            states=[],
            target_kind=RuleTarget.URL,
            target=SITE + "rule",
            ends_at=clock.now + timedelta(hours=1),
        )
        db.add(rule)

    during = await _uses(database, clock)
    async with database.snapshot() as db:
        closes_at = (await db.scalars(select(Consultation.closes_at))).one()
    clock.now = closes_at
    afterwards = await _uses(database, clock)

    assert during[SURVEY] == ("links/survey", "feedback/survey")
    assert during[SITE + "rule"] == ("links/survey",)
    assert during[SITE + "menu"] == ("menu/b",)
    assert SITE + "slides.pdf" not in during
    assert afterwards[SURVEY] == ("links/survey",)
    assert "webinars/china" in afterwards[SITE + "slides.pdf"]
    assert not {SITE + "rule", SITE + "menu"} & afterwards.keys()


def _check(clock: SetClock, failures: int) -> LinkCheck:
    return LinkCheck(
        address=SURVEY,
        outcome=LinkOutcome.STATUS if failures else LinkOutcome.GOOD,
        checked_at=clock.now,
        failures=failures,
        failing_since=clock.now if failures else None,
        status=404 if failures else 200,
    )


@pytest.mark.parametrize(("failures", "minutes"), [(0, 360), (1, 10), (2, 60)])
def test_what_fails_is_looked_at_sooner(clock: SetClock, failures: int, minutes: int) -> None:
    check, due = _check(clock, failures), clock.now + timedelta(minutes=minutes)

    assert not standing.is_due(check, due - timedelta(seconds=1))
    assert standing.is_due(check, due)
    assert standing.is_due(check, clock.now - timedelta(seconds=1))
    assert standing.of(check, copy_sha256=None).failing == (failures > 1)


async def test_the_doctor_misses_the_looks_in_production(
    settings: Settings, database: Database, clock: SetClock
) -> None:
    async with database.transaction() as db:
        db.add(_check(clock, 0))
    said = []
    for address in (settings.public_url, "https://asi.example.cn"):
        chosen = settings.model_copy(update={"public_url": address})
        said += [item async for item in doctor_links.findings(chosen, database, Language.EN)]

    assert [item.ok for item in said] == [True, False]
    assert "background jobs may not be running" in said[1].detail


async def test_figures_stay_when_the_database_is_away(
    database: Database, clock: SetClock, tmp_path: Path
) -> None:
    async with database.transaction() as db:
        db.add(_check(clock, 2))
    figures = LinkFigures(database, clock=clock)
    await figures.count()
    away = Database(f"sqlite:///{tmp_path / 'none' / 'none.db'}")
    figures._database = away  # noqa: SLF001 - it goes away under a running process
    await figures.count()
    await away.close()

    counted = {name: read() for name, read in figures.gauges.items()}
    async with database.snapshot() as db:
        watched = len(await link_health.report(db, now=clock.now))
    assert counted == {
        "asi_links_watched": watched,
        "asi_links_unchecked": watched - 1,
        "asi_links_failing": 1,
        "asi_links_changed": 0,
        "asi_links_moved": 0,
    }
