"""Access tokens: two families that know nothing of each other, and who may have one."""

import re
import secrets
from ipaddress import ip_address, ip_network
from math import ceil
from typing import Literal

from wechat_simulator import quotas
from wechat_simulator.accounts import Account
from wechat_simulator.calls import Answer, OpenCall, OpenEndpoint
from wechat_simulator.errors import Failure
from wechat_simulator.records import Token
from wechat_simulator.settings import Kind
from wechat_simulator.state import State

LIFETIME = 7200
OVERLAP = 300
"""Seconds for which an old token and its successor both work."""
FORCED_APART = 30
FORCED_PER_DAY = 20
CLASSIC_PER_DAY = 2000
STABLE_PER_MINUTE = 10_000
STABLE_PER_DAY = 500_000
SHAPE = re.compile(r"\d{2}_[A-Za-z0-9_-]{128}")


def account_of(state: State, text: str, *, now: float) -> Kind:
    """Tell whose token this is.

    Raises:
        Failure: 41001 none, 40014 malformed, 40001 unknown or superseded, 42001 expired
    """
    if not text:
        known = [one.kind for one in state.accounts if one.open_api]
        if known:
            return known[0]
        raise Failure(41001)
    if not SHAPE.fullmatch(text):
        raise Failure(40014)
    token = state.tokens.get(text)
    if token is None or (token.dies_at is not None and now >= token.dies_at):
        raise Failure(40001)
    if now >= token.expires_at:
        raise Failure(42001)
    return token.account


def classic(call: OpenCall) -> Answer:
    """`/cgi-bin/token`: a new token each time; the one before works for five more minutes."""
    account = _owner(call)
    _allow(call, account, "/cgi-bin/token", period="day", calls=CLASSIC_PER_DAY)
    return _answer(_succeed(call, account, "classic", overlap=OVERLAP), call.now)


def stable(call: OpenCall) -> Answer:
    """`/cgi-bin/stable_token`: the same token until its last five minutes."""
    if call.method != "POST":
        raise Failure(43002)
    account = _owner(call)
    path = "/cgi-bin/stable_token"
    _allow(call, account, path, period="minute", calls=STABLE_PER_MINUTE)
    _allow(call, account, path, period="day", calls=STABLE_PER_DAY)
    present = _present(call.state, account, "stable", now=call.now)
    if call.body.get("force_refresh") is True:
        return _answer(_forced(call, account, present), call.now)
    if present is not None and present.expires_at - call.now > OVERLAP:
        return _answer(present, call.now)
    return _answer(_succeed(call, account, "stable", overlap=OVERLAP), call.now)


def _forced(call: OpenCall, account: Account, present: Token | None) -> Token:
    last = call.state.forced_at.get(account.kind)
    if present is not None and last is not None and call.now - last < FORCED_APART:
        return present
    _allow(call, account, "/cgi-bin/stable_token?force", period="day", calls=FORCED_PER_DAY)
    call.state.forced_at[account.kind] = call.now
    return _succeed(call, account, "stable", overlap=0)


def _owner(call: OpenCall) -> Account:
    if call.argument("grant_type") != "client_credential":
        raise Failure(40002)
    account = authenticated(call)
    if account.frozen:
        raise Failure(40243)
    if account.allowed_addresses and not _is_allowed(call.client, account.allowed_addresses):
        text = f"invalid ip {call.client} ipv6 ::ffff:{call.client}, not in whitelist"
        raise Failure(40164, text)
    return account


def authenticated(call: OpenCall, *, appsecret: str = "secret") -> Account:
    """Find the account whose app id and secret these are.

    Raises:
        Failure: 41002, 41004, 40013, 40125
    """
    appid, secret = call.argument("appid"), call.argument(appsecret)
    if not appid:
        raise Failure(41002)
    if not secret:
        raise Failure(41004)
    account = call.platform.account_by_appid(appid)
    if account is None:
        raise Failure(40013)
    if not secrets.compare_digest(secret.encode(), account.secret.encode()):
        raise Failure(40125)
    return account


def _allow(
    call: OpenCall, account: Account, path: str, *, period: Literal["minute", "day"], calls: int
) -> None:
    allowed = account.quotas.get(path, {}).get(period, calls)
    errcode = 45011 if period == "minute" else 45009
    name = f"{account.kind} {path}"
    quotas.spend(call.state, name, period, allowed=allowed, errcode=errcode, now=call.now)


def _succeed(
    call: OpenCall, account: Account, family: Literal["classic", "stable"], *, overlap: int
) -> Token:
    """Make a token that takes the present one's place."""
    now = call.now
    for token in call.state.tokens.values():
        if token.account == account.kind and token.family == family:
            token.dies_at = min(token.dies_at or now + overlap, now + overlap)
    made = Token(
        text=f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(96)}",
        account=account.kind,
        family=family,
        issued_at=now,
        expires_at=now + LIFETIME,
    )
    call.state.tokens[made.text] = made
    return made


def _present(
    state: State, account: Account, family: Literal["classic", "stable"], *, now: float
) -> Token | None:
    return next(
        (
            token
            for token in state.tokens.values()
            if token.account == account.kind
            and token.family == family
            and token.dies_at is None
            and now < token.expires_at
        ),
        None,
    )


def _answer(token: Token, now: float) -> Answer:
    return {"access_token": token.text, "expires_in": min(LIFETIME, ceil(token.expires_at - now))}


def _is_allowed(client: str, allowed: list[str]) -> bool:
    return any(ip_address(client) in ip_network(network, strict=False) for network in allowed)


ENDPOINTS = (
    OpenEndpoint(path="/cgi-bin/token", run=classic),
    OpenEndpoint(path="/cgi-bin/stable_token", run=stable, method="ANY"),
)
