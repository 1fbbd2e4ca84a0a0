"""Contact cards that change: pictures, withdrawn channels, cards in another's place, hours."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

import httpx2
import pytest
import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from api.app import Application
from models import ContactChannel, ContactPicture, ReplySettings
from models.vocabulary import ContactKind
from services import contact_cards, jobs, revisions
from services.contact_cards import cards, codes, pictures, work
from services.contact_cards.codes import Cut
from services.content import loading, reading
from services.errors import Refusal
from services.runtime.database import Database
from tests.conftest import INSIDE_THE_ROUND, PACK, PUBLIC_URL
from tests.support import wechat_engine, wechat_pictures
from tests.support.agents import CHROME, IOS_WECHAT
from tests.support.clocks import SetClock
from tests.support.wechat_pictures import GROUP, PERSON

CARD = "consultation-china"
OTHER = "asi-china"
NOW = INSIDE_THE_ROUND


@cache
def _cut(text: str, kind: ContactKind) -> Cut:
    return codes.cut(wechat_pictures.screen(text), kind=kind)


def _personal() -> Cut:
    return _cut(PERSON, ContactKind.WECHAT_PICTURE)


def _group() -> Cut:
    return _cut(GROUP, ContactKind.WECHAT_GROUP)


Change = Callable[[Callable[[AsyncSession], Awaitable[Any]]], Awaitable[None]]


@pytest.fixture
def change(application: Application) -> Change:
    """Does something in one transaction, and lets the edge notice."""

    async def changed(deed: Callable[[AsyncSession], Awaitable[Any]]) -> None:
        async with application.parts.database.transaction() as db:
            await deed(db)
        await application.edge.synchronise()

    return changed


async def _put(db: AsyncSession, *, slug: str = CARD, cut: Cut | None = None) -> ContactPicture:
    card = await contact_cards.by_slug(db, slug=slug)
    channel = await pictures.channel(db, card=card)
    return await pictures.put(db, channel=channel, cut=cut or _personal(), now=NOW)


async def _put_group(db: AsyncSession) -> None:
    """Make a card of which nothing is known but its group."""
    card = await contact_cards.by_slug(db, slug=CARD)
    for channel in await cards.channels(db, card=card):
        channel.retired = True
    group = ContactKind.WECHAT_GROUP
    db.add(ContactChannel(card_id=card.id, key="group", kind=group, position=0))
    await db.flush()
    await _put(db, cut=_group())


async def test_a_picture_is_on_the_page_and_in_the_api(
    client: httpx2.AsyncClient, change: Change
) -> None:
    await change(_put)

    card = (await client.get(f"/v1/contact-cards/{CARD}")).json()
    address = next(item["picture_url"] for item in card["channels"] if item["picture_url"])
    picture = await client.get(address)
    inside = await client.get(f"/contacts/{CARD}", headers={"User-Agent": IOS_WECHAT})
    outside = await client.get(f"/contacts/{CARD}", headers={"User-Agent": CHROME})

    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["cache-control"] == "no-cache"
    assert wechat_engine.decode(picture.content) == [PERSON]
    assert address.removeprefix(PUBLIC_URL) in inside.text
    assert ("长按识别，添加微信" in inside.text, "长按识别" in outside.text) == (True, False)
    assert inside.text.count("<img") == 1
    assert (await client.get(f"{PUBLIC_URL}/contact-pictures/{'0' * 64}.png")).status_code == 404


async def test_a_picture_on_two_cards_stays_where_one_of_them_goes(
    client: httpx2.AsyncClient, change: Change
) -> None:
    async def put_on_both(db: AsyncSession) -> None:
        other = await contact_cards.by_slug(db, slug=OTHER)
        picture = ContactKind.WECHAT_PICTURE
        db.add(ContactChannel(card_id=other.id, key="picture", kind=picture, position=9))
        await db.flush()
        for slug in (CARD, OTHER):
            await _put(db, slug=slug)

    async def drop_the_later(db: AsyncSession) -> None:
        (await contact_cards.by_slug(db, slug=OTHER)).retired = True

    await change(put_on_both)
    card = (await client.get(f"/v1/contact-cards/{CARD}")).json()
    address = next(item["picture_url"] for item in card["channels"] if item["picture_url"])
    await change(drop_the_later)

    assert (await client.get(address)).status_code == 200


@pytest.mark.any_database
async def test_a_withdrawn_card_keeps_no_picture_of_a_channel_that_a_pack_dropped(
    database: Database,
) -> None:
    async with database.transaction() as db:
        await _put_group(db)
        for channel in await cards.channels(db, card=await contact_cards.by_slug(db, slug=CARD)):
            channel.retired = True
        await db.flush()
        await contact_cards.withdraw(db, slug=CARD, now=NOW)

    async with database.snapshot() as db:
        (picture,) = await db.scalars(
            select(ContactPicture).options(undefer(ContactPicture.content))
        )
    assert (picture.content, picture.ended_at) == (None, NOW)


async def test_a_withdrawn_channel_is_gone_at_once_and_for_every_pack(
    application: Application, client: httpx2.AsyncClient, change: Change
) -> None:
    await change(_put)
    before = (await client.get(f"/v1/contact-cards/{CARD}")).json()
    address = next(item["picture_url"] for item in before["channels"] if item["picture_url"])
    for path in (address, f"/contacts/{CARD}", f"/contacts/{CARD}.vcf", f"/r/{CARD}"):
        assert (await client.get(path)).status_code in {200, 302}

    await change(lambda db: contact_cards.withdraw(db, slug=CARD, key="phone", now=NOW))
    await change(lambda db: contact_cards.withdraw(db, slug=CARD, key="wechat-picture", now=NOW))
    await change(lambda db: loading.load(db, pack=reading.read(PACK), now=NOW))

    card = (await client.get(f"/v1/contact-cards/{CARD}")).json()
    page = await client.get(f"/contacts/{CARD}")
    gone = await client.get(address)
    assert (card["channels"], card["phone_contact"]["mobile_phone_number"]) == ([], "")
    assert "13901145114" not in card["mecard"]
    assert "TEL" not in (await client.get(f"/contacts/{CARD}.vcf")).text
    assert "139 0114 5114" not in page.text
    assert "199 8700 3130" in page.text, "another number to compare"
    assert gone.status_code == 410
    assert "contact_picture_over" in gone.text
    assert (await client.get(f"/r/{CARD}")).headers["location"].endswith(f"/contacts/{CARD}")
    async with application.parts.database.snapshot() as db:
        assert list(await db.scalars(select(ContactPicture.content))) == [None]


@pytest.mark.any_database
async def test_a_replaced_card_says_so_and_shows_who_is_real(
    client: httpx2.AsyncClient, change: Change
) -> None:
    await client.get(f"/contacts/{OTHER}")
    await change(lambda db: contact_cards.replace(db, slug=OTHER, successor=CARD, now=NOW))

    page = await client.get(f"/contacts/{OTHER}")
    answer = await client.get(f"/v1/contact-cards/{OTHER}")
    vcard = await client.get(f"/contacts/{OTHER}.vcf")

    assert page.status_code == 200
    assert "这个二维码已更换" in page.text
    assert 'href="tel:+8613901145114"' in page.text
    assert "19987003130" not in page.text
    assert (answer.status_code, answer.json()["code"]) == (410, "contact_card_replaced")
    assert vcard.status_code == 410
    await change(lambda db: contact_cards.restore(db, slug=OTHER))
    assert "刘女士" in (await client.get(f"/contacts/{OTHER}")).text


async def test_a_card_replaced_twice_leads_to_the_last_one_and_never_in_a_circle(
    database: Database,
) -> None:
    async with database.transaction() as db:
        await contact_cards.replace(db, slug=OTHER, successor=CARD, now=NOW)
        card = await contact_cards.by_slug(db, slug=CARD)
        old = await contact_cards.by_slug(db, slug=OTHER)
        card.withdrawn_at, card.replaced_by_id = NOW, old.id
        await db.flush()

        standing = await contact_cards.standing(db, slug=OTHER)

    assert (standing.contact, standing.successor, standing.real) == (None, None, [])


@pytest.mark.any_database
async def test_a_withdrawn_card_shows_the_others(
    client: httpx2.AsyncClient, change: Change
) -> None:
    await change(lambda db: contact_cards.withdraw(db, slug=OTHER, now=NOW))

    page = await client.get(f"/contacts/{OTHER}")

    assert page.status_code == 410
    assert "这张联络名片已失效" in page.text
    assert 'href="tel:+8613901145114"' in page.text
    assert "刘女士" not in page.text


@pytest.mark.any_database
async def test_a_groups_code_dies_and_its_page_stays(
    client: httpx2.AsyncClient, clock: SetClock, change: Change
) -> None:
    await change(_put_group)
    page = await client.get(f"/contacts/{CARD}")
    card = (await client.get(f"/v1/contact-cards/{CARD}")).json()
    address = card["channels"][0]["picture_url"]
    assert (await client.get(address)).status_code == 200

    clock.set("2026-03-09T09:00:00+08:00")
    over = await client.get(f"/contacts/{CARD}")

    assert "有效期至2026年3月9日（星期一）09:00（北京时间）" in page.text
    assert "199 8700 3130" in page.text, "a card without a phone shows a number to compare"
    assert "群二维码已过期" in over.text
    assert (await client.get(address)).status_code == 410


@pytest.mark.any_database
async def test_staff_are_warned_two_days_before_and_when_it_is_over(
    database: Database, clock: SetClock
) -> None:
    async with database.transaction() as db:
        await _put_group(db)
    runner = jobs.runner(database, jobs.Registry(work.kinds(), work.SCHEDULES), clock=clock)

    said = []
    for instant in (
        "2026-03-07T08:59:00+08:00",
        "2026-03-07T09:00:00+08:00",
        "2026-03-08T09:00:00+08:00",
        "2026-03-09T09:00:00+08:00",
        "2026-03-10T09:00:00+08:00",
    ):
        clock.set(instant)
        async with database.transaction() as db:
            await jobs.enqueue(db, work.WARN, key=instant)
        with structlog.testing.capture_logs() as logs:
            await runner.run_due()
        said.append([item["event"] for item in logs if item["event"].startswith("contact_")])

    assert said == [[], ["contact_picture_ending"], [], ["contact_picture_over"], []]


async def test_two_pictures_put_in_at_once_follow_one_another(database: Database) -> None:
    cuts = [_cut(f"{PERSON}{number}", ContactKind.WECHAT_PICTURE) for number in range(3)]

    async def put(cut: Cut) -> None:
        async with database.transaction() as db:
            await _put(db, cut=cut)

    await asyncio.gather(*map(put, cuts))

    async with database.snapshot() as db:
        found = list(await db.scalars(select(ContactPicture).order_by(ContactPicture.version)))
    assert [picture.version for picture in found] == [1, 2, 3]
    assert [picture.ended_at is None for picture in found] == [False, False, True]


@pytest.mark.any_database
async def test_hours_open_and_close_a_page(
    client: httpx2.AsyncClient, clock: SetClock, change: Change
) -> None:
    async def told(db: AsyncSession) -> None:
        settings = await db.scalar(select(ReplySettings))
        assert settings is not None
        settings.hours = {
            "time_zone": "Asia/Shanghai",
            "weekdays": [1, 2, 3, 4, 5],
            "begins": "09:00",
            "ends": "18:00",
            "holidays": ["2026-03-03"],
            "make_up_days": [],
        }
        await revisions.bump(db)

    await change(told)

    clock.set("2026-03-02T17:59:59+08:00")
    assert "现在有人答复" in (await client.get(f"/contacts/{CARD}")).text
    clock.set("2026-03-02T18:00:00+08:00")
    page = (await client.get(f"/contacts/{CARD}")).text
    hours = (await client.get(f"/v1/contact-cards/{CARD}")).json()["working_hours"]
    assert "下次联络时间：2026年3月4日（星期三）09:00（北京时间）" in page
    assert (hours["is_open"], hours["changes_at"]) == (False, "2026-03-04T09:00:00+08:00")


@pytest.mark.any_database
async def test_what_does_not_fit_is_refused_and_changes_nothing(database: Database) -> None:
    async def late(db: AsyncSession) -> None:
        await _put_group(db)
        card = await contact_cards.by_slug(db, slug=CARD)
        group = await pictures.channel(db, card=card)
        until = NOW + codes.GROUP_LASTS * 2
        await pictures.put(db, channel=group, cut=_group(), valid_until=until, now=NOW)

    refusals: dict[str, Callable[[AsyncSession], Awaitable[Any]]] = {
        "contact_picture_time_unfit": late,
        "contact_channel_not_found": lambda db: _put(db, slug=OTHER),
        "contact_card_not_found": lambda db: contact_cards.by_slug(db, slug="nobody"),
        "contact_picture_not_found": lambda db: pictures.shown(db, sha256="0", now=NOW),
        "contact_successor_unfit": lambda db: contact_cards.replace(
            db, slug=CARD, successor=CARD, now=NOW
        ),
    }
    for code, deed in refusals.items():
        with pytest.raises(Refusal) as refused:
            async with database.transaction() as db:
                await deed(db)
        assert refused.value.code == code
    async with database.snapshot() as db:
        assert list(await db.scalars(select(ContactPicture))) == []
