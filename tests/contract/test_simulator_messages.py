"""What the account may write to people: windows, typing, media."""

from typing import Any

import pytest

from tests.support.simulator import Json, Simulator, User

SEND = "/cgi-bin/message/custom/send"

TYPING = "/cgi-bin/message/custom/typing"

MINI_TYPING = "/cgi-bin/message/custom/business/typing"


@pytest.mark.parametrize(
    ("action", "body", "allowed", "seconds"),
    [
        ("messages", {"text": "你好"}, 5, 48 * 3600),
        ("follow", {}, 3, 60),
        ("scan", {"scene": "poster"}, 3, 60),
        ("menu", {"key": "ask"}, 3, 60),
        ("messages", {"text": "是", "menu_item": "1"}, 3, 60),
    ],
)
def test_what_a_person_does_opens_a_window(
    simulator: Simulator, user: User, action: str, body: Json, *, allowed: int, seconds: float
) -> None:
    simulator.advance(61)
    assert _send(simulator, user.openid_oa) == 45015

    simulator.act(user.openid_oa, action, **body)

    assert [_send(simulator, user.openid_oa) for _ in range(allowed)] == [0] * allowed
    assert _send(simulator, user.openid_oa) == 45047
    simulator.act(user.openid_oa, action, **body)
    simulator.advance(seconds - 2)
    assert _send(simulator, user.openid_oa) == 0
    simulator.advance(3)
    assert _send(simulator, user.openid_oa) == 45015


@pytest.mark.parametrize(
    ("action", "body", "allowed"),
    [("messages", {"text": "你好"}, 5), ("enter-session", {"session_from": "page"}, 2)],
)
def test_the_mini_program_has_windows_of_its_own(
    simulator: Simulator, user: User, action: str, body: Json, *, allowed: int
) -> None:
    assert _send(simulator, user.openid_mp, "mini-program") == 45015
    simulator.act(user.openid_mp, action, **body)

    sent = [_send(simulator, user.openid_mp, "mini-program") for _ in range(allowed + 1)]

    assert sent == [0] * allowed + [45047]


def test_windows_do_not_add_up(simulator: Simulator, user: User) -> None:
    """The last action rules: a menu tap after a message leaves three for a minute."""
    simulator.send(user.openid_oa, "你好")
    simulator.menu(user.openid_oa, "ask")

    sent = [_send(simulator, user.openid_oa) for _ in range(4)]

    assert sent == [0, 0, 0, 45047]


def test_a_link_in_the_menu_opens_no_window(simulator: Simulator, user: User) -> None:
    simulator.advance(61)

    simulator.act(user.openid_oa, "menu", key="https://example.com/", type="view")

    assert _send(simulator, user.openid_oa) == 45015


def test_leaving_closes_the_window(simulator: Simulator, user: User) -> None:
    simulator.send(user.openid_oa, "你好")
    simulator.unfollow(user.openid_oa)

    assert _send(simulator, user.openid_oa) == 45015


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"touser": "nobody"}, 40003),
        ({"msgtype": "sticker"}, 40008),
        ({"msgtype": "image"}, 44004),
        ({"text": {"content": ""}}, 44004),
        ({"text": {"content": "字" * 683}}, 45002),
        ({"msgtype": "image", "image": {"media_id": "none"}}, 40007),
        ({"msgtype": "news", "news": {"articles": [{}, {}]}}, 45008),
    ],
)
def test_a_message_is_checked_before_it_counts(
    simulator: Simulator, user: User, changed: Json, errcode: int
) -> None:
    body: Json = {
        "touser": user.openid_oa,
        "msgtype": "text",
        "text": {"content": "您好"},
    } | changed

    assert simulator.call(SEND, simulator.token(), **body)["errcode"] == errcode
    assert [_send(simulator, user.openid_oa) for _ in range(4)] == [0, 0, 0, 45047]


def test_the_message_arrives_with_everything_that_was_said(
    simulator: Simulator, user: User
) -> None:
    simulator.call(
        SEND,
        simulator.token(),
        touser=user.openid_oa,
        msgtype="text",
        text={"content": "“您好”"},
        customservice={"kf_account": "anna@asi"},
    )

    entry = simulator.inbox(user.openid_oa)[-1]

    assert (entry["kind"], entry["via"]) == ("text", "customer_service")
    assert entry["content"] == {"content": "“您好”", "customservice": {"kf_account": "anna@asi"}}
    assert entry["account"] == "official-account"


def test_sending_needs_a_verified_account(simulator: Simulator, user: User) -> None:
    simulator.account(verified=False)

    assert _send(simulator, user.openid_oa) == 48001


def test_typing_needs_an_exchange_and_lasts_fifteen_seconds(
    simulator: Simulator, user: User
) -> None:
    token = simulator.token()

    def typing(command: str = "Typing", path: str = TYPING) -> int:
        answer = simulator.call(path, token, touser=user.openid_oa, command=command)
        return int(answer["errcode"])

    assert typing() == 45080
    simulator.send(user.openid_oa, "在吗")
    assert typing("Sing") == 45072
    assert [typing(), typing()] == [0, 45081]
    assert _typing_shown(simulator, user) == ["official-account"]
    assert typing("CancelTyping") == 0
    assert _typing_shown(simulator, user) == []
    assert typing() == 0
    _send(simulator, user.openid_oa)
    assert typing() == 0
    simulator.advance(16)
    assert typing() == 0
    assert typing(path=MINI_TYPING) == 40200
    simulator.advance(31)
    assert typing() == 45080


def test_media_are_kept_for_three_days(simulator: Simulator, user: User) -> None:
    token = simulator.token()
    uploaded = _upload(simulator, token, "/cgi-bin/media/upload", type_="image").json()
    sent = simulator.call(
        SEND,
        token,
        touser=user.openid_oa,
        msgtype="image",
        image={"media_id": uploaded["media_id"]},
    )
    fetched = _fetch(simulator, token, uploaded["media_id"])

    assert set(uploaded) == {"type", "media_id", "created_at"}
    assert sent["errcode"] == 0
    assert (fetched.content, fetched.headers["content-type"]) == (b"picture", "image/png")
    simulator.advance(3 * 86400 + 1)
    assert _fetch(simulator, simulator.token(), uploaded["media_id"]).json()["errcode"] == 40007


def test_a_medium_belongs_to_one_account(simulator: Simulator) -> None:
    uploaded = _upload(simulator, simulator.token(), "/cgi-bin/media/upload", type_="image").json()

    fetched = _fetch(simulator, simulator.token("mini-program"), uploaded["media_id"])

    assert fetched.json()["errcode"] == 40007


def test_uploads_are_checked(simulator: Simulator) -> None:
    token = simulator.token()
    path = "/cgi-bin/media/upload"

    assert _upload(simulator, token, path, type_="poem").json()["errcode"] == 40004
    assert _upload(simulator, token, path, type_="image", content=b"").json()["errcode"] == 41005
    too_large = bytes(10 * 1024 * 1024 + 1)
    assert (
        _upload(simulator, token, path, type_="image", content=too_large).json()["errcode"] == 45001
    )
    bare = simulator.http.post(path, params={"access_token": token, "type": "image"})
    assert bare.json()["errcode"] == 41005
    other = simulator.http.post(
        path,
        params={"access_token": token, "type": "image"},
        files={"other": ("a.png", b"x", "image/png")},
    )
    assert other.json()["errcode"] == 41005


def test_what_people_send_can_be_fetched(simulator: Simulator, user: User) -> None:
    simulator.act(user.openid_oa, "messages", image=True)
    simulator.act(user.openid_oa, "messages", type="voice")
    token = simulator.token()
    sent = simulator.http.get(
        f"/simulator/users/{user.openid_oa}/inbox", params={"sent": 1}
    ).json()["items"]

    picture, voice = (_fetch(simulator, token, one["content"]["MediaId"]) for one in sent[-2:])

    assert picture.content.startswith(b"\x89PNG")
    assert voice.content.startswith(b"#!AMR")


def _send(simulator: Simulator, openid: str, kind: str = "official-account") -> int:
    body: Json = {"touser": openid, "msgtype": "text", "text": {"content": "您好"}}
    return int(simulator.call(SEND, simulator.token(kind), **body)["errcode"])


def _upload(
    simulator: Simulator, token: str, path: str, *, type_: str, content: bytes = b"picture"
) -> Any:
    return simulator.http.post(
        path,
        params={"access_token": token, "type": type_},
        files={"media": ("a.png", content, "image/png")},
    )


def _fetch(simulator: Simulator, token: str, media_id: str) -> Any:
    params = {"access_token": token, "media_id": media_id}
    return simulator.http.get("/cgi-bin/media/get", params=params)


def _typing_shown(simulator: Simulator, user: User) -> list[str]:
    path = f"/simulator/users/{user.openid_oa}/inbox"
    found: list[str] = simulator.http.get(path).json()["typing"]
    return found
