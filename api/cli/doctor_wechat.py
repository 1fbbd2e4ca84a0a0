"""The doctor's look at WeChat: credentials, white list, our callback, the machine's clock."""

import hashlib
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

import httpx2

from api.background import doors
from api.cli.findings import Finding
from api.official_account.callback import PATHS
from models.vocabulary import Account, Language
from services import texts
from services.errors import Refusal
from services.runtime.clock import utc_now
from services.runtime.database import Database
from services.runtime.settings import AccountSettings, Settings

MOST_APART = timedelta(minutes=1)
"""WeChat takes signatures of some minutes' age; a clock that is off by one will be off by more."""

SECONDS = 5


async def findings(
    chosen: Settings, database: Database, language: Language
) -> AsyncIterator[Finding]:
    """Look at each account that is configured."""
    async with doors(chosen, database) as opened:
        for path, account in PATHS.items():
            known = chosen.account(account)
            subject = _subject(account)
            if known is None:
                detail = texts.say("doctor.not_configured", language)
                yield Finding(subject, ok=True, detail=detail)
                continue
            try:
                await opened.of(account).check_credentials()
                yield Finding(subject, ok=True, detail=texts.say("doctor.accepted", language))
            except Refusal as refusal:
                yield Finding(subject, ok=False, detail=refusal.sentence(language))
            yield await _callback(chosen.public_url + path, known, subject, language)
    if any(chosen.account(account) for account in Account):
        yield await _clock(chosen.wechat_api_url, language)


def _subject(account: Account) -> str:
    return account.value.replace("_", " ")


async def _callback(url: str, known: AccountSettings, subject: str, language: Language) -> Finding:
    """Ask our own callback for its echo, as WeChat's console does with the same token."""
    token, _ = known.pairs[0]
    timestamp, nonce = str(int(utc_now().timestamp())), secrets.token_hex(8)
    signed = "".join(sorted([token, timestamp, nonce])).encode()
    query = {
        "signature": hashlib.sha1(signed, usedforsecurity=False).hexdigest(),
        "timestamp": timestamp,
        "nonce": nonce,
        "echostr": nonce,
    }
    subject = f"{subject} callback"
    try:
        async with httpx2.AsyncClient(timeout=SECONDS) as client:
            answer = await client.get(f"{url}?{urlencode(query)}")
    except httpx2.HTTPError:
        detail = texts.say("doctor.callback_silent", language, url=url)
        return Finding(subject, ok=False, detail=detail)
    if answer.text != nonce:
        words = texts.say("doctor.callback_wrong", language, url=url, status=answer.status_code)
        return Finding(subject, ok=False, detail=words)
    return Finding(subject, ok=True, detail=url)


async def _clock(url: str, language: Language) -> Finding:
    try:
        async with httpx2.AsyncClient(timeout=SECONDS) as client:
            answer = await client.get(url)
        apart = abs(utc_now() - parsedate_to_datetime(answer.headers["date"]))
    except (httpx2.HTTPError, KeyError, ValueError):
        return Finding("clock", ok=True, detail=texts.say("doctor.clock_unknown", language))
    seconds = round(apart.total_seconds())
    key = "doctor.clock_right" if apart <= MOST_APART else "doctor.clock_wrong"
    return Finding(
        "clock", ok=apart <= MOST_APART, detail=texts.say(key, language, seconds=seconds)
    )
