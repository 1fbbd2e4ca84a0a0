"""Codes are asked for once; what is refused is said and leaves nothing; what ends is renewed."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta

import pytest

from api.cli import doctor_wechat_codes
from models import WeChatCode
from models.vocabulary import Language, WeChatCodeKind
from services import short_links
from services.conversations.work import Doors
from services.errors import Refusal
from services.runtime.settings import Settings
from services.wechat.gateway import Media, QrCode
from services.wechat.refusals import OutcomeUnknown
from services.wechat_codes import keeping
from services.wechat_codes.keeping import WeChatCodeInDoubt
from tests.integration.wechat_codes.house import (
    CODE,
    DAY,
    LINK,
    MINI_PROGRAM,
    OFFICIAL_ACCOUNT,
    QR,
    TEMPORARY,
    URL_LINK,
    House,
)

REFUSED = (
    (OFFICIAL_ACCOUNT, QR, 48001, "wechat_code_not_entitled", "已认证的服务号"),
    (URL_LINK, LINK, 40002, "wechat_code_not_entitled", "非个人主体"),
    (MINI_PROGRAM, CODE, 41030, "wechat_code_page_unknown", "pages/document/index"),
    (OFFICIAL_ACCOUNT, QR, 45029, "wechat_codes_used_up", "100000"),
    (MINI_PROGRAM, CODE, 40097, "wechat_code_arguments_refused", "d=ps-v4-draft"),
    (MINI_PROGRAM, CODE, 45009, "wechat_rate_limited", "每分钟"),
)


class Liar:
    """An account behind whose address somebody else answers."""

    async def create_qr_code(self, _scene: str, **_how: object) -> QrCode:
        return QrCode(ticket="t", url="", lifetime=None)

    async def code_picture(self, _scene: str, **_how: object) -> Media:
        return Media("image/jpeg", b"\xff\xd8\xff and no picture")

    async def url_link(self, **_how: object) -> str:
        return "javascript:alert(1)"


@pytest.mark.any_database
async def test_what_wechat_refuses_is_said_and_not_stored(house: House) -> None:
    for kind, path, errcode, code, words in REFUSED:
        house.simulator.fault(path=path, errcode=errcode)

        with pytest.raises(Refusal) as refusal:
            await house.issue(kind)

        said = refusal.value.sentence(Language.ZH)
        assert (refusal.value.code, words in said, str(errcode) in said) == (code, True, True)
        assert await house.kept() == []


@pytest.mark.any_database
async def test_each_kind_says_when_the_account_is_of_the_wrong_type(house: House) -> None:
    house.simulator.account(type="subscription")
    house.simulator.account("mini-program", type="foreign", pages=["pages/home/index"])

    refused = [await _code_of(house.issue(kind)) for kind in WeChatCodeKind]

    assert refused == [
        "wechat_code_not_entitled",
        "wechat_code_not_entitled",
        "wechat_code_page_unknown",
        "wechat_code_not_entitled",
    ]


@pytest.mark.any_database
async def test_what_cannot_be_made_is_refused_before_wechat_hears_of_it(house: House) -> None:
    async with house.database.transaction() as db:
        await short_links.set_disabled(db, slug="survey", disabled=True)
    without_accounts = replace(house, doors=Doors())

    refused = [
        await _code_of(house.issue(MINI_PROGRAM, "no-such-link")),
        await _code_of(house.issue(MINI_PROGRAM, "survey")),
        await _code_of(without_accounts.issue(MINI_PROGRAM)),
    ]

    assert refused == ["link_not_found", "link_disabled", "account_not_configured"]
    assert house.simulator.calls(CODE) == []
    assert await house.kept() == []


@pytest.mark.any_database
async def test_an_answer_that_is_no_code_is_not_kept(house: House) -> None:
    house.simulator.fault(path=CODE, huge=400)
    lies = replace(house, doors=Doors(official_account=Liar(), mini_program=Liar()))  # type: ignore[arg-type] # no more of a door is asked for

    refused = [
        await _code_of(house.issue(MINI_PROGRAM)),
        *[await _code_of(lies.issue(kind)) for kind in WeChatCodeKind],
    ]

    assert refused == 5 * ["wechat_answer_lost"]
    assert await house.kept() == []


async def test_a_permanent_code_is_not_asked_for_twice_in_doubt(house: House) -> None:
    house.simulator.fault(path=QR, effect=True, close=True)
    with pytest.raises(OutcomeUnknown):
        await house.issue(OFFICIAL_ACCOUNT)

    with pytest.raises(WeChatCodeInDoubt, match="may have been made") as doubt:
        await house.issue(OFFICIAL_ACCOUNT)
    made = await house.issue(OFFICIAL_ACCOUNT, again=True)

    assert doubt.value.code == "wechat_code_in_doubt"
    assert made.url is not None
    assert len(house.simulator.calls(QR)) == 2


async def test_two_who_ask_at_once_ask_wechat_once(house: House) -> None:
    both = [house.issue(OFFICIAL_ACCOUNT) for _ in range(2)]

    done = await asyncio.gather(*both, return_exceptions=True)

    assert len(house.simulator.calls(QR)) == 1
    assert any(isinstance(item, WeChatCode) for item in done)
    assert all(isinstance(item, WeChatCode | WeChatCodeInDoubt) for item in done)


async def test_codes_that_end_are_renewed_before_they_do(house: House) -> None:
    for kind in WeChatCodeKind:
        await house.issue(kind)
    before = {code.kind: code.url for code in await house.kept()}

    await house.wait(26 * DAY)
    early = {code.kind: code.url for code in await house.kept()}
    house.simulator.clock(house.clock.now + DAY)
    await house.wait(DAY)

    renewed = {code.kind: code for code in await house.kept()}
    others = {kind for kind, code in renewed.items() if code.url != before[kind]}
    assert early == before
    assert others == {TEMPORARY, URL_LINK}
    assert renewed[TEMPORARY].expires_at == house.clock.now + 30 * DAY


@pytest.mark.any_database
async def test_a_renewal_that_is_refused_is_tried_again_later(
    house: House, settings: Settings
) -> None:
    await house.issue(TEMPORARY)
    house.simulator.account(type="subscription")

    await house.wait(28 * DAY)
    (refused,) = await house.kept()
    # The doctor goes by the installation's clock, which is far past that day.
    told = [it async for it in doctor_wechat_codes.findings(settings, house.database, Language.ZH)]
    await house.wait(timedelta(hours=1))
    asked = len(house.simulator.calls(QR))
    house.simulator.account(type="service")
    await house.wait(timedelta(hours=6))

    (renewed,) = await house.kept()
    assert (refused.refusal, refused.url is None, asked) == ("wechat_code_not_entitled", False, 2)
    assert (renewed.refusal, renewed.made_at) == (None, house.clock.now)
    assert [(it.ok, "ps-v4-draft 的微信码（temporary）已过期" in it.detail) for it in told] == [
        (False, True)
    ]


@pytest.mark.any_database
async def test_a_code_that_was_taken_away_is_not_renewed(house: House) -> None:
    await house.issue(TEMPORARY)

    async with house.database.transaction() as db:
        await keeping.remove(db, kind=TEMPORARY, slug="ps-v4-draft")

    await house.wait(28 * DAY)
    assert len(house.simulator.calls(QR)) == 1


async def _code_of(issuing: Awaitable[object]) -> str:
    with pytest.raises(Refusal) as refusal:
        await issuing
    return refusal.value.code
