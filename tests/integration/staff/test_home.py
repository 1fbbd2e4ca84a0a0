"""The first page says what waits, and a form sent too late loses nothing."""

import re

import pytest

from api.app import Application
from models.vocabulary import StaffRole
from tests.conftest import INSIDE_THE_ROUND
from tests.integration.staff import commenters
from tests.integration.staff.commenters import Commenters
from tests.integration.staff.talks import write
from tests.integration.staff.workers import Browser, browsing, hire

pytestmark = pytest.mark.any_database

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
ANSWER = "感谢您的意见，\n我们会研究“分级要求”。"


async def test_what_waits_is_said_and_led_to(
    application: Application, people: Commenters, editor: Browser
) -> None:
    nothing = await commenters.page(editor, "/staff")
    await people.say("请给出过渡期。")
    await write(application.parts.database, "请问怎么报名？", at=INSIDE_THE_ROUND)
    page = await commenters.page(editor, "/staff")
    await hire(application, "vera", StaffRole.VIEWER)
    async with browsing(application) as viewer:
        await viewer.log_in("vera")
        theirs = await commenters.page(viewer, "/staff")

    assert "目前没有需要处理的事项" in nothing
    assert "1 个会话等待人工答复" in page
    assert re.search(r'href="/staff/feedback\?unanswered=on".{,200}1 条待答复', page, re.DOTALL)
    # What one may not do does not wait for one, nor is there a way to what one may not see.
    assert ("待答复</span>" in theirs, "/staff/jobs" in theirs) == (False, False)
    assert "1 个会话等待人工答复" in theirs


async def test_a_form_sent_after_the_session_keeps_what_was_written(
    people: Commenters, editor: Browser
) -> None:
    at = commenters.path(await people.say("请给出过渡期。"))
    typed = {"seen": "0", "disposition": "accepted", "response_zh": ANSWER, "response_en": ""}
    shown = await editor.client.get(at)
    token = dict(re.findall(r'name="(form_token|form_key)" value="([^"]+)"', shown.text))
    await editor.send("/staff", "/staff/log-out")

    late = await editor.client.post(at, data=token | typed)
    elsewhere = await editor.client.post(
        at, data=token | typed, headers={"Sec-Fetch-Site": "cross-site"}
    )
    secret = await editor.client.post("/staff/account/password", data={"password": "x"})
    await editor.log_in("edith")
    again = await editor.client.post(at, data=dict(HIDDEN.findall(late.text)))

    assert late.status_code == 401
    assert "登录已过期" in late.text
    assert ANSWER in late.text.replace("&#34;", '"')
    assert (elsewhere.status_code, secret.status_code) == (303, 303)
    # form_stale: filled in, and one tap from being saved
    assert (again.status_code, 'data-code="form_stale"' in again.text) == (422, True)
    assert "我们会研究“分级要求”。" in again.text
