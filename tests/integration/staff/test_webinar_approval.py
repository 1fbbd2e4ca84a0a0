"""The sessions' desk: deciding about registrations, and a message to all that goes by mail too."""

import re
from collections.abc import AsyncIterator

import pytest

from api.app import Application
from models.vocabulary import StaffRole
from services.runtime.settings import Settings
from tests.integration.staff.webinar_house import House
from tests.integration.staff.workers import Browser, browsing, hire
from tests.support.clocks import SetClock
from tests.support.mail_host import MailHost, mail_host

CHINA = "/staff/webinars/china"
FIELD = re.compile(r'name="(form_token|form_key|sequence)" value="([^"]+)"')


@pytest.fixture
async def mails() -> AsyncIterator[MailHost]:
    async with mail_host() as host:
        yield host


@pytest.fixture
def settings(settings: Settings, mails: MailHost) -> Settings:
    """A mail server is configured."""
    changes = {
        "smtp_url": type(settings.smtp_url)(f"smtp://127.0.0.1:{mails.port}"),
        "mail_from": "ASI <asi@example.org>",
    }
    return settings.model_copy(update=changes)


@pytest.fixture
def house(application: Application, clock: SetClock) -> House:
    return House(application, clock)


@pytest.mark.any_database
async def test_registrations_are_decided_upon(house: House, editor: Browser) -> None:
    await _decide_upon(editor)
    a, b, c = [
        await house.register(name, f"{number}@example.org")
        for number, name in enumerate(("甲", "乙", "丙"))
    ]

    waiting = (await editor.client.get(CHINA)).text
    approved = await editor.send(CHINA, f"{CHINA}/registrations/{a.id}/approve")
    wordless = await editor.send(
        CHINA, f"{CHINA}/registrations/{b.id}/decline", reason="other", words=" "
    )
    declined = await editor.send(
        CHINA, f"{CHINA}/registrations/{b.id}/decline", reason="full", words="下次优先。"
    )
    decided = await editor.send(
        CHINA, f"{CHINA}/registrations/{a.id}/decline", reason="full", words=""
    )
    seat = await editor.send(CHINA, f"{CHINA}/registrations/{c.id}/approve")
    page = (await editor.client.get(declined.headers["location"])).text
    file = await editor.send(CHINA, f"{CHINA}/export", kind=".csv", extent="masked")

    assert "3 份报名等待审核" in waiting
    assert approved.headers["location"].endswith("?done=approved")
    assert 'data-code="decline_words_missing"' in wordless.text
    assert 'data-code="registration_decided"' in decided.text
    assert "报名人数超出了可接待的人数。\n下次优先。" in page
    assert seat.status_code == 303
    assert await house.states() == {"甲": "confirmed", "乙": "declined", "丙": "waiting"}
    assert "未通过" in file.text
    acts = [act for act in await house.acts() if act.startswith("registration.")]
    assert acts == ["registration.approved", "registration.declined", "registration.approved"]
    assert await house.last_details("registration.declined") == {
        "webinar": "china",
        "reason": "full",
    }


@pytest.mark.any_database
async def test_who_only_reads_decides_nothing(
    application: Application, house: House, editor: Browser
) -> None:
    await _decide_upon(editor)
    a = await house.register("甲", "a@example.org")
    await hire(application, "val", StaffRole.VIEWER)
    async with browsing(application) as viewer:
        await viewer.log_in("val")
        masked = (await viewer.client.get(CHINA, params={"show": "pending"})).text
        refused = [
            await viewer.send(CHINA, f"{CHINA}/registrations/{a.id}/{deed}", reason="full")
            for deed in ("approve", "decline")
        ]

    assert ("甲**" in masked, masked.count("待审核</span>")) == (True, 1)
    assert [one.status_code for one in refused] == [403, 403]
    assert await house.states() == {"甲": "pending"}


@pytest.mark.any_database
async def test_a_message_to_all_goes_by_mail_where_there_is_a_server(
    house: House, editor: Browser
) -> None:
    for name in ("jia", "yi", "bing"):
        await house.register(name, f"{name}@example.org")
    await house.register("ding", "+8613800138003")
    page = f"{CHINA}/message"

    preview = await editor.send(page, show="confirmed", text="会议改到 17:00")
    hidden = dict(FIELD.findall(preview.text))
    said = {**hidden, "show": "confirmed", "text": "会议改到 17:00"}
    sent = [await editor.client.post(f"{page}/send", data=said) for _ in range(2)]
    result = (await editor.client.get(sent[0].headers["location"])).text
    offered = (await editor.client.get(page)).text

    for numbers in ("电子邮件：3 人", "无法送达：1 人", "发送给 3 人"):
        assert numbers in preview.text
    assert "jia@example.org; " not in preview.text
    assert {one.headers["location"] for one in sent} == {sent[0].headers["location"]}
    # The application's own worker may have sent some of them by now.
    counted = re.findall(r"电子邮件 (\d)；发送中 (\d)；失败 0，结果不明 0，没有途径 1", result)
    assert [int(mailed) + int(under_way) for mailed, under_way in counted] == [3, 3]
    assert "没有收到的人：1" in result
    assert sent[0].headers["location"].rpartition("=")[2] in offered


async def _decide_upon(editor: Browser) -> None:
    """Set at the desk that registrations need approval, with one seat."""
    page = f"{CHINA}/settings"
    hidden = dict(FIELD.findall((await editor.client.get(page)).text))
    done = await editor.client.post(page, data={**hidden, "seats": "1", "needs_approval": "on"})
    assert done.headers["location"] == f"{CHINA}?done=set"
