"""Clients: WeChat's people are told from bots."""

import pytest

from models.vocabulary import ClientKind
from services import clients
from tests.support import agents

KINDS = [
    (agents.IOS_WECHAT, ClientKind.WECHAT),
    (agents.ANDROID_WECHAT, ClientKind.WECHAT),
    (agents.MINI_PROGRAM, ClientKind.MINI_PROGRAM),
    (agents.MINI_PROGRAM_REQUEST, ClientKind.MINI_PROGRAM),
    (agents.DESKTOP_WECHAT, ClientKind.WECHAT_DESKTOP),
    (agents.WECOM, ClientKind.WECOM),
    (agents.CRAWLER, ClientKind.BOT),
    (agents.CHROME, ClientKind.BROWSER),
    ("", ClientKind.BOT),
    (agents.IOS_WECHAT + " robot", ClientKind.WECHAT),
    *((agent, ClientKind.BROWSER) for agent in agents.PEOPLE.values()),
    *((agent, ClientKind.BOT) for agent in agents.PROGRAMS.values()),
]


@pytest.mark.parametrize(("agent", "kind"), KINDS)
def test_a_client_is_told_by_its_user_agent(agent: str, kind: ClientKind) -> None:
    assert clients.kind(agent) is kind


def test_a_mini_programs_own_request_is_no_browser_page() -> None:
    assert clients.is_wechat_browser(agents.IOS_WECHAT)
    assert not clients.is_wechat_browser(agents.MINI_PROGRAM_REQUEST)


def test_only_android_downloads_a_pdf_without_a_word() -> None:
    assert clients.is_android_wechat(agents.ANDROID_WECHAT)
    assert not clients.is_android_wechat(agents.IOS_WECHAT)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (agents.IOS_WECHAT, "WeChat · iPhone"),
        (agents.ANDROID_WECHAT, "WeChat · Android"),
        (agents.WECOM, "WeCom · iPhone"),
        (agents.PEOPLE["Safari on a Mac"], "Safari · Mac"),
        (agents.PEOPLE["Edge"], "Edge · Windows"),
        (agents.CHROME, "Chrome · Linux"),
        ("", ""),
    ],
)
def test_a_client_is_named_as_its_user_does(agent: str, name: str) -> None:
    assert clients.named(agent) == name
