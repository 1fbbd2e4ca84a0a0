"""What a person can do with their phone."""

import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wechat_simulator import login, media, menus, pictures, pushes, qr_codes, subscriptions, windows
from wechat_simulator.accounts import Account
from wechat_simulator.people import Person
from wechat_simulator.platform import Platform
from wechat_simulator.pushing import Pusher
from wechat_simulator.settings import MINI_PROGRAM, OFFICIAL_ACCOUNT, Kind

MOST_ASKED = 5
MEDIA = ("image", "voice", "video", "shortvideo")
ANSWERABLE = ("click", "scancode_push", "scancode_waitmsg")
"""Menu buttons that open a window."""
SUBJECT_EVENTS = (
    "user_info_modified", "user_authorization_revoke", "user_authorization_cancellation",
)  # fmt: skip
PLATFORM_OPENID = "oPlatformItself0000000000000"
Body = dict[str, Any]


class Impossible(Exception):
    """The person cannot do that; the text says why."""


@dataclass(frozen=True)
class Phone:
    """A person's phone, and by which of their names it was asked for."""

    platform: Platform
    pusher: Pusher
    person: Person
    openid: str

    @property
    def now(self) -> float:
        """Give the simulated time."""
        return self.platform.clock.now()

    @property
    def kind(self) -> Kind:
        """Tell which account this openid belongs to."""
        return self.person.account_of(self.openid)

    def account(self, kind: Kind) -> Account:
        """Find an account.

        Raises:
            Impossible: the environment names none
        """
        account = self.platform.account(kind)
        if account is None:
            message = f"There is no {kind}: set its variables in the environment."
            raise Impossible(message)
        return account

    def visit(self) -> None:
        """Be in the mini-program."""
        self.person.visited_at = self.now

    async def say(self, kind: Kind, type_: str, *, fields: Body, cause: str = "") -> Body:
        """Push what the person just did, and open the window that it opens."""
        account = self.account(kind)
        windows.open_window(self.person, kind, cause, now=self.now)
        tree = pushes.head(account, self.person.openid(kind), type_, at=self.now) | fields
        return (await self.pusher.push(account, self.person, tree)).described()

    async def do(self, fields: Body, *, cause: str = "") -> Body:
        """Push an event of the official account's."""
        return await self.say(OFFICIAL_ACCOUNT, "event", fields=fields, cause=cause)


async def follow(phone: Phone, body: Body) -> Body:
    """Follow the official account."""
    del body
    phone.account(OFFICIAL_ACCOUNT)
    phone.person.following = True
    return await phone.do(pushes.event("subscribe", ""), cause="follow")


async def unfollow(phone: Phone, body: Body) -> Body:
    """Leave it; its window closes with that."""
    del body
    phone.person.following = False
    phone.person.windows.pop(OFFICIAL_ACCOUNT, None)
    account = phone.account(OFFICIAL_ACCOUNT)
    head = pushes.head(account, phone.person.openid_oa, "event", at=phone.now)
    # The chat is gone with that, so nobody sees an answer.
    tree = head | pushes.event("unsubscribe", "")
    return (await phone.pusher.push(account, None, tree)).described()


async def write(phone: Phone, body: Body) -> Body:
    """Send a message to the account this openid belongs to."""
    kind = phone.kind
    if kind == OFFICIAL_ACCOUNT and not phone.person.following:
        message = "Only followers can write to an official account."
        raise Impossible(message)
    type_, fields = pushes.message(body, media_id=_medium(phone, body))
    phone.platform.deliver(phone.person, kind, kind=type_, via="sent", content=fields)
    fields["MsgId"] = phone.platform.message_id()
    if kind == MINI_PROGRAM:
        phone.visit()
    return await phone.say(
        kind, type_, fields=fields, cause="menu" if "menu_item" in body else "message"
    )


async def scan(phone: Phone, body: Body) -> Body:
    """Scan a code: one of the account's, one of the mini-program's, or any address."""
    url = str(body.get("url", ""))
    if "scene" not in body:
        found = qr_codes.find(phone.platform.state, url=url, now=phone.now)
        if found is None:
            return _elsewhere(phone, url)
        scene, ticket = found.scene, found.ticket
    else:
        scene = str(body["scene"])
        found = qr_codes.find(phone.platform.state, scene=scene, now=phone.now)
        ticket = found.ticket if found else f"simulated-{scene}"
    if phone.person.following:
        return await phone.do(pushes.event("SCAN", scene, Ticket=ticket), cause="scan")
    phone.account(OFFICIAL_ACCOUNT)
    phone.person.following = True
    fields = pushes.event("subscribe", f"qrscene_{scene}", Ticket=ticket)
    return await phone.do(fields, cause="scan")


async def tap(phone: Phone, body: Body) -> Body:
    """Tap a button of the menu; a phone may still show one that is gone."""
    key = str(body.get("key", ""))
    button = menus.find(phone.platform.state.menu, key) or {"type": "click", "key": key}
    button = button | ({"type": body["type"]} if "type" in body else {})
    fields = pushes.tapped(
        button, menu_id=phone.platform.state.menu_id, result=str(body.get("result", key))
    )
    cause = "menu" if button["type"] in ANSWERABLE else ""
    done = await phone.do(fields, cause=cause)
    return done | {name: button[name] for name in ("url", "pagepath") if name in button}


async def enter(phone: Phone, body: Body) -> Body:
    """Open the mini-program's customer-service chat."""
    phone.visit()
    fields = pushes.event("user_enter_tempsession", SessionFrom=str(body.get("session_from", "")))
    return await phone.say(MINI_PROGRAM, "event", fields=fields, cause="enter")


async def visit(phone: Phone, body: Body) -> Body:
    """Open the mini-program and do nothing there."""
    del body
    phone.visit()
    return {"visited_at": phone.now}


async def log_in(phone: Phone, body: Body) -> Body:
    """`wx.login`: get a code for the mini-program's server."""
    del body
    phone.account(MINI_PROGRAM)
    phone.visit()
    return {"code": login.give(phone.platform, "login", phone.person.openid_mp)}


async def give_phone(phone: Phone, body: Body) -> Body:
    """Consent to telling the phone number; gives the code that stands for it."""
    phone.visit()
    number = str(body.get("phone", "13800138000"))
    detail = f"{body.get('country_code', login.HOME_COUNTRY)} {number}"
    code = login.give(phone.platform, "phone", phone.person.openid_mp, detail=detail)
    return {"code": code}


async def subscribe(phone: Phone, body: Body) -> Body:
    """Answer the question for subscribe messages, or change one's mind in the settings."""
    account = phone.account(phone.kind)
    choices: dict[str, str] = body.get("template_ids", {})
    unknown = [one for one in choices if subscriptions.find(account, one) is None]
    if unknown or not 0 < len(choices) <= MOST_ASKED:
        message = f"Ask for 1 to {MOST_ASKED} templates of this account; unknown: {unknown}."
        raise Impossible(message)
    in_settings = bool(body.get("settings"))
    for template_id, choice in choices.items():
        _choose(phone.person, template_id, choice, in_settings=in_settings)
    name = "subscribe_msg_change_event" if in_settings else "subscribe_msg_popup_event"
    items = _choices(choices, in_settings=in_settings)
    if not items:
        return {"granted": phone.person.grants}
    done = await phone.say(phone.kind, "event", fields=pushes.listed(name, items))
    return done | {"granted": phone.person.grants}


async def happen(phone: Phone, body: Body) -> Body:
    """Let any event happen: `{"event", "fields"?}`; known ones have fields of their own."""
    name = str(body.get("event", ""))
    account = phone.account(phone.kind)
    fields = pushes.sample(name) | body.get("fields", {})
    if name not in SUBJECT_EVENTS:
        return await phone.say(phone.kind, "event", fields=fields)
    head = pushes.head(account, PLATFORM_OPENID, "event", at=phone.now)
    about = {
        "OpenID": phone.person.openid(phone.kind),
        "UnionID": phone.person.unionid,
        "AppID": account.appid,
    }
    return (await phone.pusher.push(account, None, head | about | fields)).described()


async def change(phone: Phone, body: Body) -> Body:
    """Change what the platform knows of the person: nickname, blocked, session_expired."""
    for name in ("nickname", "blocked", "session_expired"):
        if name in body:
            setattr(phone.person, name, body[name])
    return phone.person.names()


def is_typing(person: Person, now: float) -> list[str]:
    """Tell which accounts are typing to the person."""
    return [kind for kind, until in person.typing_until.items() if now < until]


def _medium(phone: Phone, body: Body) -> str:
    """Keep the file that goes with a message, so that its id can be fetched."""
    type_ = "image" if body.get("image") else str(body.get("type", ""))
    if type_ not in MEDIA:
        return ""
    given = body.get("image")
    content = base64.b64decode(given) if isinstance(given, str) else None
    return media.sent_by_person(phone.platform, phone.kind, type_, body=content)


def _elsewhere(phone: Phone, url: str) -> Body:
    """Tell what else a code's address is: a place in the mini-program, or a page."""
    address = pictures.read_mini_program_address(url)
    link = phone.platform.state.links.get(url)
    if link is not None:
        if link.expires_at is not None and phone.now >= link.expires_at:
            return {"expired": url}
        address = {"path": link.path, "query": link.query}
    return {"link": url} if address is None else {"mini_program": address}


def _choose(person: Person, template_id: str, choice: str, *, in_settings: bool) -> None:
    if choice == "accept" and not in_settings:
        person.grants[template_id] = person.grants.get(template_id, 0) + 1
    elif in_settings:
        person.grants.pop(template_id, None)


def _choices(choices: Mapping[str, str], *, in_settings: bool) -> list[Body]:
    """Give the event's list; the settings tell refusals only."""
    return [
        {"TemplateId": template_id, "SubscribeStatusString": choice}
        | ({} if in_settings else {"PopupScene": 0})
        for template_id, choice in choices.items()
        if not in_settings or choice == "reject"
    ]


Action = Callable[[Phone, Body], Awaitable[Body]]
ACTIONS: dict[str, Action] = {
    "follow": follow,
    "unfollow": unfollow,
    "messages": write,
    "scan": scan,
    "menu": tap,
    "enter-session": enter,
    "visit": visit,
    "login-code": log_in,
    "phone-code": give_phone,
    "subscribe": subscribe,
    "events": happen,
    "person": change,
}
