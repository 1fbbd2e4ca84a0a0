"""The doctor's look at what limits who asks too much: are clients known, are counts shared."""

from collections.abc import AsyncIterator

from valkey.exceptions import ValkeyError

from api.cli.findings import Finding
from models.vocabulary import Language
from services import texts
from services.runtime.database import Database
from services.runtime.limiting import SharedWindows
from services.runtime.settings import Settings


async def findings(
    chosen: Settings, database: Database, language: Language
) -> AsyncIterator[Finding]:
    """Tell whether clients can be told apart, and whether processes count together."""
    if chosen.production:
        named = ", ".join(str(network) for network in chosen.trusted_proxies)
        detail = named or texts.say("doctor.proxies_unnamed", language)
        yield Finding("trusted proxies", ok=bool(named), detail=detail)
    if url := chosen.valkey_url.get_secret_value():
        yield await _valkey(url, language)
    elif not database.is_sqlite:
        yield Finding("limits", ok=True, detail=texts.say("doctor.limits_not_shared", language))


async def _valkey(url: str, language: Language) -> Finding:
    shared = SharedWindows(url)
    try:
        await shared.ping()
    except (ValkeyError, OSError, TimeoutError) as error:
        reason = type(error).__name__
        detail = texts.say("doctor.valkey_silent", language, reason=reason)
        return Finding("valkey", ok=False, detail=detail)
    finally:
        await shared.close()
    return Finding("valkey", ok=True, detail=texts.say("doctor.valkey_answers", language))
