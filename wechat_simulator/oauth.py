"""Web log-ins of the official account: consent, codes and their tokens."""

import secrets
from html import escape
from urllib.parse import urlencode, urlsplit, urlunsplit

from wechat_simulator import login, tokens
from wechat_simulator.accounts import Account
from wechat_simulator.calls import OK, Answer, Bytes, OpenCall, OpenEndpoint
from wechat_simulator.errors import Failure
from wechat_simulator.people import Person
from wechat_simulator.records import WebSession
from wechat_simulator.settings import OFFICIAL_ACCOUNT

LIFETIME = 7200
RENEWABLE_SECONDS = 30 * 86400
SCOPES = ("snsapi_base", "snsapi_userinfo")
FOUND = 302
AUTHORIZE = "/connect/oauth2/authorize"
PERSON = "simulator_openid"
"""Query argument or cookie that tells whose phone the browser is on."""
REFUSING = "simulator_refuse"


def authorize(call: OpenCall) -> Answer:
    """Send the browser back with a code, or with the state alone when consent is refused.

    The person is named by the phone; without a name everybody here is offered.
    """
    account = call.platform.account_by_appid(call.argument("appid"))
    if account is None or account.kind != OFFICIAL_ACCOUNT or not account.is_verified_service:
        return _page("该公众号没有网页授权能力，错误码：10005")
    target = urlsplit(call.argument("redirect_uri"))
    if not _is_listed(account, target.hostname):
        return _page("redirect_uri 参数错误，错误码：10003")
    scope = call.argument("scope")
    if call.argument("response_type") != "code" or scope not in SCOPES:
        return _page("Scope 参数错误或没有 Scope 权限，错误码：10005")
    person = call.platform.person(call.argument(PERSON))
    if person is None:
        return _choice(call)
    back = {"state": call.argument("state")}
    if not call.argument(REFUSING):
        code = login.give(call.platform, "oauth", person.openid_oa, detail=scope)
        back = {"code": code} | back
    query = "&".join(filter(None, (target.query, urlencode(back))))
    location = urlunsplit(target._replace(query=query, fragment=""))
    return Bytes(b"", "text/html", headers={"location": location}, status=FOUND)


def access_token(call: OpenCall) -> Answer:
    """Give what a web log-in's code is worth."""
    account = tokens.authenticated(call)
    if not account.is_verified_service or account.kind != OFFICIAL_ACCOUNT:
        raise Failure(48001)
    if call.argument("grant_type") != "authorization_code":
        raise Failure(40002)
    if not call.argument("code"):
        raise Failure(41008)
    code = login.take(call.platform, call.argument("code"), "oauth")
    session = WebSession(
        token=_token(),
        refresh_token=_token(),
        openid=code.openid,
        scope=code.detail,
        expires_at=call.now + LIFETIME,
        renewable_until=call.now + RENEWABLE_SECONDS,
    )
    call.state.web_sessions.append(session)
    answer = _session(session)
    if session.scope == "snsapi_userinfo" and account.bound:
        answer["unionid"] = call.platform.named(code.openid).unionid
    return answer


def refresh(call: OpenCall) -> Answer:
    """Renew a web log-in; its refresh token changes too."""
    given = call.argument("refresh_token")
    session = next((one for one in call.state.web_sessions if one.refresh_token == given), None)
    if session is None or call.now >= session.renewable_until:
        raise Failure(40030)
    session.token, session.refresh_token = _token(), _token()
    session.expires_at = call.now + LIFETIME
    return _session(session)


def check(call: OpenCall) -> Answer:
    """Tell whether a token is good for a person."""
    _of_person(call)
    return OK


def person(call: OpenCall) -> Answer:
    """Give name and picture, if the person consented to that."""
    session, person = _of_person(call)
    if session.scope != "snsapi_userinfo":
        raise Failure(48001)
    return {
        "openid": session.openid,
        "nickname": person.nickname,
        "sex": 0,
        "province": "",
        "city": "",
        "country": "",
        "headimgurl": "",
        "privilege": [],
        "unionid": person.unionid,
    }


def _of_person(call: OpenCall) -> tuple[WebSession, Person]:
    token = call.argument("access_token")
    session = next((one for one in call.state.web_sessions if one.token == token), None)
    if session is None:
        raise Failure(40001)
    if call.now >= session.expires_at:
        raise Failure(42001)
    if session.openid != call.argument("openid"):
        raise Failure(40003)
    return session, call.platform.named(session.openid)


def _session(session: WebSession) -> dict[str, object]:
    return {
        "access_token": session.token,
        "expires_in": LIFETIME,
        "refresh_token": session.refresh_token,
        "openid": session.openid,
        "scope": session.scope,
    }


def _is_listed(account: Account, host: str | None) -> bool:
    """A host is listed exactly; parents and children do not count."""
    return bool(host) and (not account.oauth_hosts or host in account.oauth_hosts)


def _choice(call: OpenCall) -> Bytes:
    items = "".join(
        f'<li><a href="?{escape(urlencode({**call.query, PERSON: one.openid_oa}))}">'
        f"{escape(one.nickname)}</a></li>"
        for one in call.state.people
    )
    return _page(f"以谁的身份继续？<ul>{items}</ul>")


def _page(text: str) -> Bytes:
    body = f"<!doctype html><html lang=zh-CN><meta charset=utf-8><title>微信</title><p>{text}</p>"
    return Bytes(body.encode(), "text/html; charset=utf-8")


def _token() -> str:
    return secrets.token_urlsafe(66)


ENDPOINTS = (
    OpenEndpoint(path=AUTHORIZE, run=authorize),
    OpenEndpoint(path="/sns/oauth2/access_token", run=access_token, content_type="text/plain"),
    OpenEndpoint(path="/sns/oauth2/refresh_token", run=refresh, content_type="text/plain"),
    OpenEndpoint(path="/sns/auth", run=check, content_type="text/plain"),
    OpenEndpoint(path="/sns/userinfo", run=person, content_type="text/plain"),
)
