"""What both accounts do: write to people, exchange files, ask about themselves."""

import pytest

from services.wechat import refusals
from services.wechat.gateway import Choice, Media, MiniProgram, OfficialAccount, Page
from services.wechat.mini_program import MiniProgramClient
from services.wechat.official_account import OfficialAccountClient
from tests.support.simulator import MP_APPID, Simulator, User

PICTURE = Media("image/png", b"\x89PNG\r\n\x1a\n" + bytes(64))
SEND = "/cgi-bin/message/custom/send"


async def test_the_clients_are_what_the_gateway_says(
    official: OfficialAccountClient, mini: MiniProgramClient
) -> None:
    doors: tuple[OfficialAccount, MiniProgram] = (official, mini)

    assert doors == (official, mini)


async def test_a_text_arrives_as_it_was_written(
    official: OfficialAccountClient, simulator: Simulator, user: User
) -> None:
    await official.send_text(user.openid_oa, '您好，<a href="https://example.cn">“草案”</a>\n😀')

    received = simulator.inbox(user.openid_oa)[-1]
    assert received["content"] == {"content": '您好，<a href="https://example.cn">“草案”</a>\n😀'}
    assert received["via"] == "customer_service"


async def test_characters_that_are_none_do_not_stop_a_message(
    official: OfficialAccountClient, simulator: Simulator, user: User
) -> None:
    await official.send_text(user.openid_oa, "a\ud800b")

    assert simulator.inbox(user.openid_oa)[-1]["content"] == {"content": "a?b"}


async def test_the_official_account_sends_cards_menus_and_pages(
    official: OfficialAccountClient, simulator: Simulator, user: User
) -> None:
    simulator.send(user.openid_oa, "你好")
    picture = await official.upload_media("image", PICTURE)

    await official.send_link(
        user.openid_oa,
        title="草案",
        description="第四版",
        url="https://asi.example.cn/r/draft",
        picture_url="https://asi.example.cn/static/share.png",
    )
    await official.send_image(user.openid_oa, picture.media_id)
    await official.send_choices(
        user.openid_oa, [Choice("1", "有帮助"), Choice("2", "没有")], head="评价", tail="谢谢"
    )
    await official.send_page(
        user.openid_oa,
        Page(title="报名", path="pages/x", thumb_media_id=picture.media_id, appid=MP_APPID),
    )

    link, image, menu, page = simulator.inbox(user.openid_oa)[-4:]
    assert link["content"]["articles"][0]["url"] == "https://asi.example.cn/r/draft"
    assert image["content"] == {"media_id": picture.media_id}
    assert menu["content"]["list"][0] == {"id": "1", "content": "有帮助"}
    assert page["content"]["appid"] == MP_APPID


async def test_the_mini_program_sends_links_and_pages(
    mini: MiniProgramClient, simulator: Simulator, user: User
) -> None:
    simulator.send(user.openid_mp, "你好")
    picture = await mini.upload_media("thumb", PICTURE)

    await mini.send_text(user.openid_mp, "您好")
    await mini.send_link(
        user.openid_mp,
        title="草案",
        description="",
        url="https://a.cn",
        picture_url="https://a.cn/p",
    )
    await mini.send_page(
        user.openid_mp, Page(title="报名", path="pages/x", thumb_media_id=picture.media_id)
    )

    kinds = [one["kind"] for one in simulator.inbox(user.openid_mp)[-3:]]
    assert kinds == ["text", "link", "miniprogrampage"]


async def test_a_message_outside_the_window_is_refused(
    official: OfficialAccountClient, simulator: Simulator
) -> None:
    stranger = simulator.user()

    with pytest.raises(refusals.WindowClosed) as refused:
        await official.send_text(stranger.openid_oa, "您好")

    assert refused.value.code == "wechat_window_closed"
    assert refused.value.errcode == 45015
    assert refused.value.rid


async def test_a_message_too_many_is_refused(official: OfficialAccountClient, user: User) -> None:
    for _ in range(3):
        await official.send_text(user.openid_oa, "您好")

    with pytest.raises(refusals.QuotaUsedUp) as refused:
        await official.send_text(user.openid_oa, "您好")

    assert refused.value.code == "wechat_quota_used_up"


async def test_an_openid_of_nobody_is_refused(official: OfficialAccountClient, user: User) -> None:
    with pytest.raises(refusals.OpenidUnknown) as refused:
        await official.send_text(user.openid_mp, "您好")

    assert refused.value.code == "wechat_openid_unknown"
    assert user.openid_mp not in str(refused.value)


async def test_an_account_without_the_right_is_told_so(
    official: OfficialAccountClient, simulator: Simulator, user: User
) -> None:
    simulator.account(verified=False)

    with pytest.raises(refusals.NotEntitled) as refused:
        await official.send_text(user.openid_oa, "您好")

    assert refused.value.code == "wechat_not_entitled"


async def test_a_code_without_a_class_has_an_explanation(
    official: OfficialAccountClient, user: User
) -> None:
    with pytest.raises(refusals.WeChatError, match="at most 2,048 bytes") as refused:
        await official.send_text(user.openid_oa, "长" * 700)

    assert refused.value.code == "wechat_refused"
    assert refused.value.errcode == 45002


async def test_typing_shows_on_the_phone(
    official: OfficialAccountClient, mini: MiniProgramClient, simulator: Simulator, user: User
) -> None:
    simulator.send(user.openid_oa, "你好")
    simulator.send(user.openid_mp, "你好")

    await official.show_typing(user.openid_oa)
    await mini.show_typing(user.openid_mp)
    await mini.show_typing(user.openid_mp, typing=False)

    shown = simulator.http.get(f"/simulator/users/{user.openid_oa}/inbox").json()["typing"]
    assert shown == ["official-account"]


async def test_typing_needs_an_exchange(official: OfficialAccountClient, user: User) -> None:
    with pytest.raises(refusals.WeChatError) as refused:
        await official.show_typing(user.openid_oa)

    assert refused.value.errcode == 45080


async def test_a_file_comes_back_as_it_went(official: OfficialAccountClient) -> None:
    kept = await official.upload_media("image", PICTURE)

    assert await official.fetch_media(kept.media_id) == PICTURE
    assert kept.created_at is not None


async def test_a_file_that_begins_like_json_is_told_from_a_refusal(
    official: OfficialAccountClient,
) -> None:
    with pytest.raises(refusals.MediaNotFound) as refused:
        await official.fetch_media("nothing")

    assert refused.value.code == "wechat_media_not_found"
    assert refused.value.errcode == 40007


async def test_a_video_has_an_address_and_is_left_there(
    official: OfficialAccountClient,
) -> None:
    """Addresses that WeChat names are never followed."""
    kept = await official.upload_media("video", Media("video/mp4", b'{"video_url": "http://x"}'))

    with pytest.raises(refusals.MediaNotFound):
        await official.fetch_media(kept.media_id)


async def test_a_file_that_is_gone_after_three_days(
    official: OfficialAccountClient, simulator: Simulator
) -> None:
    kept = await official.upload_media("image", PICTURE)
    simulator.advance(3 * 86400 + 1)

    with pytest.raises(refusals.MediaNotFound):
        await official.fetch_media(kept.media_id)


async def test_templates_are_read(mini: MiniProgramClient, simulator: Simulator) -> None:
    simulator.account(
        "mini-program",
        templates=[
            {
                "template_id": "t1",
                "title": "会议开始提醒",
                "content": "主题{{thing1.DATA}}\n状态{{enum2.DATA}}",
                "choices": {"enum2": ["开始", "推迟"]},
            }
        ],
    )

    (found,) = await mini.templates()

    assert (found.id, found.title, found.long_term) == ("t1", "会议开始提醒", False)
    assert found.choices == {"enum2": ("开始", "推迟")}


async def test_callback_addresses_quota_and_calls_are_looked_up(
    official: OfficialAccountClient, simulator: Simulator
) -> None:
    with pytest.raises(refusals.OpenidUnknown) as refused:
        await official.send_text("oNobody", "您好")

    call = await official.look_up(refused.value.rid or "")
    quota = await official.quota(SEND)

    assert await official.callback_addresses() == ("127.0.0.1",)
    assert call.errcode == 40003
    assert quota.daily_limit == 500_000
    assert quota.left == quota.daily_limit - quota.used
    assert len(simulator.calls(SEND)) == 1


async def test_credentials_are_checked(official: OfficialAccountClient) -> None:
    await official.check_credentials()
