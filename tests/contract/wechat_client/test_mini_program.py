"""What the mini-program does beside writing: logins, subscribe messages, codes, links, checks."""

from datetime import timedelta

import pytest

from services.runtime.clock import utc_now
from services.wechat import refusals
from services.wechat.mini_program import MiniProgramClient
from tests.support.simulator import Simulator, User

REMINDER = {
    "template_id": "r1",
    "title": "会议开始提醒",
    "content": "主题{{thing1.DATA}}\n时间{{time2.DATA}}",
}
VALUES = {"thing1": "网络研讨会", "time2": "2026-03-09 16:00"}
OFFENDING = "违规测试"


async def test_a_login_code_tells_who_it_is_once(
    mini: MiniProgramClient, simulator: Simulator, user: User
) -> None:
    code = simulator.act(user.openid_mp, "login-code")["code"]

    known = await mini.log_in(code)

    assert (known.openid, known.unionid) == (user.openid_mp, user.unionid)
    assert known.session_key not in repr(known)
    with pytest.raises(refusals.CodeUsed) as refused:
        await mini.log_in(code)
    assert refused.value.code == "wechat_code_used"
    assert simulator.calls("/cgi-bin/stable_token") == [], "a login needs no token"


async def test_a_made_up_code_is_invalid(mini: MiniProgramClient) -> None:
    with pytest.raises(refusals.CodeInvalid) as refused:
        await mini.log_in("made-up")

    assert refused.value.code == "wechat_code_invalid"


async def test_a_person_at_risk_does_not_log_in(
    mini: MiniProgramClient, simulator: Simulator, user: User
) -> None:
    simulator.act(user.openid_mp, "person", blocked=True)
    code = simulator.act(user.openid_mp, "login-code")["code"]

    with pytest.raises(refusals.UserBlocked) as refused:
        await mini.log_in(code)

    assert refused.value.code == "wechat_user_blocked"


async def test_a_phone_number_is_given_for_a_code(
    mini: MiniProgramClient, simulator: Simulator, user: User
) -> None:
    code = simulator.act(user.openid_mp, "phone-code", phone="13901145114")["code"]

    found = await mini.phone_number(code)

    assert (found.number, found.country_code) == ("13901145114", "86")
    assert found.number not in repr(found)
    with pytest.raises(refusals.CodeInvalid):
        await mini.phone_number(code)


async def test_a_reminder_spends_a_permit(
    mini: MiniProgramClient, simulator: Simulator, user: User
) -> None:
    simulator.account("mini-program", templates=[REMINDER])
    simulator.act(user.openid_mp, "subscribe", template_ids={"r1": "accept"})

    await mini.send_subscription(
        user.openid_mp, template_id="r1", values=VALUES, page="pages/webinar"
    )

    assert simulator.inbox(user.openid_mp)[-1]["content"]["page"] == "pages/webinar"
    with pytest.raises(refusals.NotSubscribed):
        await mini.send_subscription(user.openid_mp, template_id="r1", values=VALUES)


async def test_a_reminder_for_a_page_that_is_not_released_is_refused(
    mini: MiniProgramClient, simulator: Simulator, user: User
) -> None:
    simulator.account("mini-program", templates=[REMINDER], pages=["pages/home"])

    with pytest.raises(refusals.PageUnknown) as refused:
        await mini.send_subscription(
            user.openid_mp, template_id="r1", values=VALUES, page="pages/none"
        )

    assert refused.value.code == "wechat_page_unknown"


async def test_a_code_is_a_picture_or_a_refusal(mini: MiniProgramClient) -> None:
    """The same endpoint answers with bytes or with JSON."""
    picture = await mini.code_picture("r=draft&ch=poster", page="pages/document")

    assert picture.content_type in {"image/jpeg", "image/png"}
    assert picture.content[:2] in {b"\xff\xd8", b"\x89P"}
    with pytest.raises(refusals.WeChatError) as refused:
        await mini.code_picture("汉字")
    assert refused.value.errcode == 40129


async def test_a_url_link_leads_into_the_mini_program(mini: MiniProgramClient) -> None:
    until = utc_now().replace(microsecond=0) + timedelta(days=20)

    link = await mini.url_link(path="pages/document", query="slug=draft", expires_at=until)

    target = await mini.url_link_target(link)
    assert (target.path, target.query) == ("pages/document", "slug=draft")
    assert target.expires_at == until
    assert target.created_at < until


async def test_a_foreign_account_has_no_url_links(
    mini: MiniProgramClient, simulator: Simulator
) -> None:
    simulator.account("mini-program", type="foreign")

    with pytest.raises(refusals.WeChatError) as refused:
        await mini.url_link(path="pages/x", query="", expires_at=utc_now() + timedelta(days=1))

    assert refused.value.errcode in {40002, 48001, 85407}


@pytest.mark.parametrize(
    ("text", "suggestion"), [("很好的草案", "pass"), (OFFENDING, "risky"), ("复核测试", "review")]
)
async def test_a_text_is_judged(
    mini: MiniProgramClient, simulator: Simulator, user: User, text: str, suggestion: str
) -> None:
    simulator.act(user.openid_mp, "visit")

    found = await mini.check_text(text, openid=user.openid_mp)

    assert found.suggestion == suggestion
    assert found.trace_id


async def test_a_text_is_judged_only_soon_after_a_visit(
    mini: MiniProgramClient, simulator: Simulator, user: User
) -> None:
    simulator.act(user.openid_mp, "visit")
    simulator.advance(2 * 3600 + 1)

    with pytest.raises(refusals.VisitTooOld) as refused:
        await mini.check_text("很好", openid=user.openid_mp)

    assert refused.value.code == "wechat_visit_too_old"


async def test_a_picture_is_given_to_be_judged(
    mini: MiniProgramClient, simulator: Simulator, user: User
) -> None:
    simulator.act(user.openid_mp, "visit")

    trace = await mini.check_media(
        "http://127.0.0.1:1/picture.png", kind="image", openid=user.openid_mp
    )

    assert trace
