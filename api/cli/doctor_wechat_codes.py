"""The doctor's look at WeChat's codes: those that end soon and could not be renewed."""

from collections.abc import AsyncIterator

from api.cli.findings import Finding
from models.vocabulary import Language
from services import texts
from services.runtime.clock import installation_clock
from services.runtime.database import Database
from services.runtime.settings import Settings
from services.wechat_codes import keeping

SUBJECT = "wechat codes"


async def findings(
    chosen: Settings, database: Database, language: Language
) -> AsyncIterator[Finding]:
    """Look at the codes that WeChat made; nothing is asked of WeChat."""
    now = installation_clock(chosen)()
    async with database.snapshot() as db:
        codes = await keeping.every(db)
    unwell = [code for code in codes if code.refusal or code.made_at is None]
    for code in unwell:
        over = code.expires_at is not None and now >= code.expires_at
        reason = code.refusal or "unknown"
        key = "doctor.wechat_code_over" if over else "doctor.wechat_code_refused"
        said = texts.say(key, language, kind=code.kind.value, slug=code.slug, reason=reason)
        yield Finding(SUBJECT, ok=False, detail=said)
    if not unwell:
        detail = texts.say("doctor.wechat_codes_fine", language, count=len(codes))
        yield Finding(SUBJECT, ok=True, detail=detail)
