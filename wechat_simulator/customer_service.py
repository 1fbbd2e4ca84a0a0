"""Messages that the account writes by itself, and “is typing”."""

from typing import Any

from wechat_simulator import media, windows
from wechat_simulator.calls import OK, Answer, Call, Endpoint, Limit
from wechat_simulator.errors import Failure
from wechat_simulator.settings import MINI_PROGRAM, OFFICIAL_ACCOUNT, Kind

LONGEST_TEXT = 2048
TYPING_SECONDS = 15
EXCHANGE_SECONDS = 30
OFFICIAL_BRANCHES = (
    "text", "image", "voice", "video", "music", "news", "mpnews", "mpnewsarticle", "msgmenu",
    "wxcard", "miniprogrampage",
)  # fmt: skip
MINI_PROGRAM_BRANCHES = ("text", "image", "link", "miniprogrampage")
MEDIA_FIELDS = ("media_id", "thumb_media_id")


def send(call: Call) -> Answer:
    """Send a message, within the person's window."""
    person = call.person(call.word("touser"))
    kind, content = _content(call)
    windows.spend(person, call.account.kind, now=call.now)
    call.platform.deliver(
        person, call.account.kind, kind=kind, via="customer_service", content=content
    )
    return OK


def official_typing(call: Call) -> Answer:
    """Show that the official account is typing."""
    return _typing(call, OFFICIAL_ACCOUNT)


def mini_program_typing(call: Call) -> Answer:
    """Show that the mini-program's customer service is typing."""
    return _typing(call, MINI_PROGRAM)


def _typing(call: Call, owner: Kind) -> Answer:
    """Show or hide it on the person's phone, for 15 seconds."""
    if call.account.kind != owner:
        raise Failure(40200)
    person = call.person(call.word("touser"))
    command = call.word("command")
    if command not in {"Typing", "CancelTyping"}:
        raise Failure(45072)
    kind, now = call.account.kind, call.now
    if now - person.exchanged_at.get(kind, 0.0) > EXCHANGE_SECONDS:
        raise Failure(45080)
    if command == "CancelTyping":
        person.typing_until.pop(kind, None)
        return OK
    if now < person.typing_until.get(kind, 0.0):
        raise Failure(45081)
    person.typing_until[kind] = now + TYPING_SECONDS
    return OK


def _content(call: Call) -> tuple[str, dict[str, Any]]:
    kind = call.word("msgtype")
    is_mini = call.account.kind == MINI_PROGRAM
    content = call.body.get(kind)
    if kind not in (MINI_PROGRAM_BRANCHES if is_mini else OFFICIAL_BRANCHES):
        raise Failure(40008)
    if not isinstance(content, dict) or not content:
        raise Failure(44004)
    if kind == "text":
        _check_text(content)
    if kind == "news" and len(content.get("articles", [])) != 1:
        raise Failure(45008)
    for name in MEDIA_FIELDS:
        if name in content and media.find(call.state, content[name], now=call.now) is None:
            raise Failure(40007)
    extra = {
        name: call.body[name] for name in ("customservice", "aimsgcontext") if name in call.body
    }
    return kind, content | extra


def _check_text(content: dict[str, Any]) -> None:
    text = content.get("content", "")
    if not isinstance(text, str) or not text:
        raise Failure(44004)
    if len(text.encode()) > LONGEST_TEXT:
        raise Failure(45002)


ENDPOINTS = (
    Endpoint(
        path="/cgi-bin/message/custom/send",
        run=send,
        right=lambda account: account.verified,
        limits=(Limit(period="day", calls=500_000),),
    ),
    Endpoint(
        path="/cgi-bin/message/custom/typing",
        run=official_typing,
        right=lambda account: account.verified,
    ),
    Endpoint(path="/cgi-bin/message/custom/business/typing", run=mini_program_typing),
)
