"""The doctor's look at notices: the templates as WeChat has them, and the mail server."""

from collections.abc import AsyncIterator, Iterator, Mapping

from api import background
from api.cli.findings import Finding
from models.vocabulary import Language, NoticeState
from services import texts, webinars
from services.conversations.work import Doors
from services.errors import Refusal
from services.notices import Templates, templates
from services.runtime.database import Database
from services.runtime.mail import Fate
from services.runtime.settings import Settings
from services.staff_notices import figures as staff_figures
from services.texts import dates

TEMPLATES = "notice templates"
MAIL = "mail"
STAFF = "staff notices"


async def findings(
    chosen: Settings, database: Database, language: Language
) -> AsyncIterator[Finding]:
    """Look at the ways notices go; nothing is sent to anybody."""
    try:
        known = templates.read(chosen.notice_templates)
        async with background.doors(chosen, database) as doors:
            for finding in await _templates(known, doors, language):
                yield finding
    except Refusal as refusal:
        yield Finding(TEMPLATES, ok=False, detail=refusal.sentence(language))
    yield await _mail(chosen, language)
    yield await _staff(chosen, database, language)


async def _templates(known: Templates, doors: Doors, language: Language) -> list[Finding]:
    if not known:
        return [Finding(TEMPLATES, ok=True, detail=texts.say("doctor.not_configured", language))]
    contents = {
        template.id: template.content
        for template in await doors.required_mini_program().templates()
    }
    faults = list(_faults(known, contents, language))
    if faults:
        return [Finding(TEMPLATES, ok=False, detail=fault) for fault in faults]
    detail = texts.say("doctor.templates_fit", language, count=len(known))
    return [Finding(TEMPLATES, ok=True, detail=detail)]


def _faults(known: Templates, contents: Mapping[str, str], language: Language) -> Iterator[str]:
    for kind, template in known.items():
        content = contents.get(template.template_id)
        if content is None:
            yield texts.say("doctor.template_missing", language, kind=kind.value)
        elif keys := templates.differing(template, content):
            named = ", ".join(keys)
            yield texts.say("doctor.template_differs", language, kind=kind.value, keys=named)


async def _staff(chosen: Settings, database: Database, language: Language) -> Finding:
    """Tell how the last one went: a look that sends one to the group would be no look."""
    ways = background.staff_ways(chosen)
    names = ", ".join(dict.fromkeys([*ways.first, *ways.mails]))
    if not names:
        return Finding(STAFF, ok=True, detail=texts.say("doctor.not_configured", language))
    async with database.snapshot() as db:
        last = await staff_figures.last(db)
    if last is None or last.finished_at is None:
        return Finding(STAFF, ok=True, detail=texts.say("doctor.staff_ready", language, ways=names))
    moment = dates.moment(webinars.in_beijing(last.finished_at), language)
    if last.state is NoticeState.SENT:
        detail = texts.say("doctor.staff_sent", language, ways=names, moment=moment)
        return Finding(STAFF, ok=True, detail=detail)
    reason = last.reason or last.state.value
    detail = texts.say("doctor.staff_failed", language, ways=names, moment=moment, reason=reason)
    return Finding(STAFF, ok=False, detail=detail)


async def _mail(chosen: Settings, language: Language) -> Finding:
    mailer = background.mailer(chosen)
    if mailer is None:
        return Finding(MAIL, ok=True, detail=texts.say("doctor.not_configured", language))
    outcome = await mailer.check()
    if outcome.fate is Fate.TAKEN:
        return Finding(MAIL, ok=True, detail=texts.say("doctor.mail_ready", language))
    reason = f"SMTP {outcome.code}" if outcome.code else texts.say("doctor.mail_silent", language)
    detail = texts.say("doctor.mail_failed", language, reason=reason)
    return Finding(MAIL, ok=False, detail=detail)
