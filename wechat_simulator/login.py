"""Logging in from the mini-program: codes, session keys, phone numbers."""

import hmac
import secrets
from typing import Any

from wechat_simulator import quotas, tokens
from wechat_simulator.calls import MP, OK, Answer, Call, Endpoint, Limit, OpenCall, OpenEndpoint
from wechat_simulator.errors import Failure
from wechat_simulator.people import Person, new_person, new_session_key
from wechat_simulator.platform import Platform
from wechat_simulator.records import Code
from wechat_simulator.settings import MINI_PROGRAM

CODE_SECONDS = 300
LOGINS_PER_MINUTE = 100
DEVTOOLS = "微信开发者工具"
HOME_COUNTRY = "86"


def session(call: OpenCall) -> Answer:
    """`jscode2session`: what a login code is worth; a success has no errcode."""
    account = tokens.authenticated(call)
    if account.kind != MINI_PROGRAM:
        raise Failure(40013)
    if call.argument("grant_type") != "authorization_code":
        raise Failure(40002)
    person = _logging_in(call)
    if person.blocked:
        raise Failure(40226)
    quotas.spend(
        call.state,
        f"{MINI_PROGRAM} login {person.openid_mp}",
        "minute",
        allowed=LOGINS_PER_MINUTE,
        errcode=45011,
        now=call.now,
    )
    person.session_key, person.session_expired = new_session_key(), False
    person.visited_at = call.platform.clock.now()
    answer = {"session_key": person.session_key, "openid": person.openid_mp}
    return answer | ({"unionid": person.unionid} if account.bound else {})


def check_session(call: Call) -> Answer:
    """Tell whether a session key is the person's present one."""
    _session_of(call)
    return OK


def reset_session(call: Call) -> Answer:
    """Replace a session key."""
    person = _session_of(call)
    person.session_key = new_session_key()
    return OK | {"openid": person.openid_mp, "session_key": person.session_key}


def phone_number(call: Call) -> Answer:
    """Give the phone number that a code stands for."""
    openid = call.body.get("openid")
    code = take(call.platform, call.word("code"), "phone")
    if openid is not None and openid != code.openid:
        raise Failure(40029)
    country, _, number = code.detail.rpartition(" ")
    country = country or HOME_COUNTRY
    full = number if country == HOME_COUNTRY else f"+{country}{number}"
    return OK | {
        "phone_info": {
            "phoneNumber": full,
            "purePhoneNumber": number,
            "countryCode": country,
            "watermark": {"timestamp": int(call.now), "appid": call.account.appid},
        }
    }


def give(platform: Platform, purpose: Any, openid: str, *, detail: str = "") -> str:  # noqa: ANN401
    """Make a code that is worth something once, for five minutes."""
    text = secrets.token_urlsafe(24)
    platform.state.codes[text] = Code(
        purpose=purpose, openid=openid, issued_at=platform.clock.credentials(), detail=detail
    )
    return text


def take(platform: Platform, text: str, purpose: str) -> Code:
    """Use a code up.

    Raises:
        Failure: 40029 unknown, expired or of another kind; 40163 a login code used before
    """
    code = platform.state.codes.get(text)
    if code is None or code.purpose != purpose:
        raise Failure(40029)
    if code.used:
        raise Failure(40029 if purpose == "phone" else 40163)
    if platform.clock.credentials() - code.issued_at > CODE_SECONDS:
        raise Failure(40029)
    code.used = True
    return code


def _logging_in(call: OpenCall) -> Person:
    text = call.argument("js_code")
    if not text:
        raise Failure(41008)
    platform = call.platform
    if platform.settings.accepts_any_code and text not in platform.state.codes:
        return _developer(platform)
    return platform.named(take(platform, text, "login").openid)


def _developer(platform: Platform) -> Person:
    """Find the one person behind all codes of WeChat DevTools."""
    known = next((one for one in platform.state.people if one.nickname == DEVTOOLS), None)
    return known or platform.welcome(new_person(DEVTOOLS))


def _session_of(call: Call) -> Person:
    if call.query.get("sig_method") != "hmac_sha256":
        raise Failure(87008)
    person = call.person(call.query.get("openid", ""))
    if person.session_expired:
        raise Failure(87007)
    expected = hmac.new(person.session_key.encode(), b"", "sha256").hexdigest()
    if not hmac.compare_digest(expected, call.query.get("signature", "")):
        raise Failure(87009)
    return person


ENDPOINTS = (
    OpenEndpoint(path="/sns/jscode2session", run=session, content_type="text/plain"),
    Endpoint(path="/wxa/checksession", run=check_session, method="GET", accounts=MP),
    Endpoint(path="/wxa/resetusersessionkey", run=reset_session, method="GET", accounts=MP),
    Endpoint(
        path="/wxa/business/getuserphonenumber",
        run=phone_number,
        accounts=MP,
        right=lambda account: account.verified and account.type != "personal",
        limits=(Limit(period="minute", calls=60_000, errcode=45011),),
    ),
)
