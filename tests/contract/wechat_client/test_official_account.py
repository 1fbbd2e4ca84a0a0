"""What the official account does beside writing: menu, codes, articles, pages, web logins."""

from datetime import timedelta

import pytest

from services.wechat import official_account, refusals
from services.wechat.client import AccountKeys
from services.wechat.gateway import Article, Media, Page
from services.wechat.official_account import OfficialAccountClient
from tests.support.simulator import MP_APPID, OA_APPID, Json, Simulator, User

PICTURE = Media("image/png", b"\x89PNG\r\n\x1a\n" + bytes(64))
MENU: list[Json] = [
    {"type": "view", "name": "征询草案", "url": "https://asi.example.cn/r/read-original"},
    {"name": "参与", "sub_button": [{"type": "click", "name": "提出意见", "key": "feedback"}]},
]
NOTICE = {"template_id": "n1", "title": "截止提醒", "content": "名称{{thing1.DATA}}"}


async def test_a_menu_is_set_read_and_taken_away(
    official: OfficialAccountClient, simulator: Simulator
) -> None:
    assert await official.menu() is None

    await official.set_menu(MENU)

    assert await official.menu() == MENU
    assert simulator.http.get("/simulator/menu").json()["button"] == MENU
    await official.delete_menu()
    assert await official.menu() is None


async def test_a_menu_that_breaks_a_rule_is_explained(official: OfficialAccountClient) -> None:
    with pytest.raises(refusals.WeChatError, match="at most 16 bytes") as refused:
        await official.set_menu([MENU[0] | {"name": "太长的菜单按钮名称"}])

    assert refused.value.errcode == 40018


async def test_codes_carry_their_scene_for_a_while_or_for_good(
    official: OfficialAccountClient, simulator: Simulator
) -> None:
    poster = await official.create_qr_code("poster-2026", lifetime=timedelta(days=30))
    card = await official.create_qr_code("card")

    person = simulator.user()
    simulator.act(person.openid_oa, "scan", url=poster.url)
    assert poster.lifetime == timedelta(days=30)
    assert card.lifetime is None
    assert poster.ticket != card.ticket


async def test_a_subscription_account_has_no_codes(
    official: OfficialAccountClient, simulator: Simulator
) -> None:
    simulator.account(type="subscription")

    with pytest.raises(refusals.NotEntitled):
        await official.create_qr_code("card")


async def test_a_draft_carries_the_link_to_the_original_and_is_published(
    official: OfficialAccountClient, simulator: Simulator
) -> None:
    cover = await official.add_cover(PICTURE)
    draft = await official.add_draft(
        Article(
            title="公开征询意见",
            author="ASI",
            content="<p>正文“引号”</p>",
            source_url="https://asi.example.cn/yuedu-yuanwen",
            cover_media_id=cover.media_id,
        )
    )

    token = simulator.token()
    kept = simulator.call("/cgi-bin/draft/get", token, media_id=draft)["news_item"][0]
    publication = await official.publication(await official.publish(draft))
    assert kept["content_source_url"] == "https://asi.example.cn/yuedu-yuanwen"
    assert kept["content"] == "<p>正文“引号”</p>"
    assert publication.state == "published"


async def test_a_refused_publication_names_the_articles(
    official: OfficialAccountClient, simulator: Simulator
) -> None:
    simulator.account(publish_status=2)
    cover = await official.add_cover(PICTURE)
    draft = await official.add_draft(
        Article(title="标题", content="正文", cover_media_id=cover.media_id)
    )

    publication = await official.publication(await official.publish(draft))

    assert (publication.state, publication.failed) == ("refused", (1,))
    assert publication.urls == ()


async def test_a_draft_without_a_cover_is_refused(official: OfficialAccountClient) -> None:
    with pytest.raises(refusals.MediaNotFound):
        await official.add_draft(Article(title="标题", content="正文", cover_media_id="none"))


async def test_a_notice_spends_a_permit(
    official: OfficialAccountClient, simulator: Simulator, user: User
) -> None:
    simulator.account(templates=[NOTICE])
    simulator.act(user.openid_oa, "subscribe", template_ids={"n1": "accept"})
    send = official.send_notice

    await send(user.openid_oa, template_id="n1", values={"thing1": "草案"}, url="https://a.cn")

    assert simulator.inbox(user.openid_oa)[-1]["content"]["page"] == "https://a.cn"
    page = Page(title="", path="pages/x", thumb_media_id="", appid=MP_APPID)
    with pytest.raises(refusals.NotSubscribed) as refused:
        await send(user.openid_oa, template_id="n1", values={"thing1": "草案"}, page=page)
    assert refused.value.code == "wechat_not_subscribed"


async def test_a_value_that_breaks_its_rule_names_the_field(
    official: OfficialAccountClient, simulator: Simulator, user: User
) -> None:
    simulator.account(templates=[NOTICE])

    with pytest.raises(refusals.ValueRefused, match="thing1") as refused:
        await official.send_notice(
            user.openid_oa, template_id="n1", values={"thing1": "长" * 21}, url=""
        )

    assert refused.value.code == "wechat_value_refused"


async def test_an_unknown_template_is_refused(official: OfficialAccountClient, user: User) -> None:
    with pytest.raises(refusals.TemplateUnknown) as refused:
        await official.send_notice(user.openid_oa, template_id="n9", values={})

    assert refused.value.code == "wechat_template_unknown"


async def test_pages_are_signed_with_one_ticket(
    official: OfficialAccountClient, simulator: Simulator
) -> None:
    signed = [await official.sign_page(f"https://a.cn/?p={number}#top") for number in range(3)]

    assert len(simulator.calls("/cgi-bin/ticket/getticket")) == 1
    assert {one.appid for one in signed} == {OA_APPID}
    assert len({one.nonce for one in signed}) == 3


def test_the_signature_is_the_one_of_the_documentation() -> None:
    ticket = (
        "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    )

    signed = official_account.js_signature(
        ticket,
        OA_APPID,
        "http://mp.weixin.qq.com?params=value#fragment",
        nonce="Wm3WZYTPz0wzccnW",
        timestamp=1414587457,
    )

    assert signed.signature == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


async def test_a_web_login_tells_who_it_is_once(
    official: OfficialAccountClient, simulator: Simulator, user: User
) -> None:
    code = _consent(simulator, user)

    known = await official.log_in(code)

    assert (known.openid, known.unionid, known.snapshot) == (user.openid_oa, None, False)
    assert user.openid_oa not in repr(known)
    with pytest.raises(refusals.CodeUsed):
        await official.log_in(code)


async def test_an_account_without_a_menu_or_of_wrong_keys_says_which(
    official: OfficialAccountClient, simulator: Simulator
) -> None:
    wrong = official_account.connect(AccountKeys(OA_APPID, "wrong"), official.client.around)

    with pytest.raises(refusals.CredentialsRefused) as refused:
        await wrong.check_credentials()

    await wrong.aclose()
    assert refused.value.code == "wechat_credentials_refused"
    assert refused.value.errcode == 40125
    simulator.account(allowed_addresses=["203.0.113.7"])
    with pytest.raises(refusals.NotInWhitelist, match=r"127\.0\.0\.1") as turned_away:
        await official.check_credentials()
    assert turned_away.value.code == "wechat_address_refused"
    assert turned_away.value.values["address"] == "127.0.0.1"


def _consent(simulator: Simulator, user: User) -> str:
    answer = simulator.http.get(
        "/connect/oauth2/authorize",
        params={
            "appid": OA_APPID,
            "redirect_uri": "https://asi.example.cn/oauth",
            "response_type": "code",
            "scope": "snsapi_base",
            "state": "s",
            "simulator_openid": user.openid_oa,
        },
    )
    return answer.headers["location"].partition("code=")[2].partition("&")[0]
