"""Commenting on a draft in a browser, and what became of it; no script is needed."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from itertools import groupby
from typing import Annotated, Any
from unicodedata import normalize

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api import problems, proxies
from api.dependencies import Db, Now, ReadDb
from api.pages import forms, opened
from api.pages.callers import Caller, CurrentCaller, CurrentReader
from api.pages.counted import Counted
from api.pages.forms import Form, Sent, SentForm, Told
from api.pages.introductions import Introduced
from api.pages.opened import Opened
from miniprogram_contract import feedback as contract
from models import Consultation, Section
from models.bilingual import Bilingual
from models.vocabulary import FeedbackSource, RoundState
from services import consents, consultations, feedback, section_names, visitors
from services.errors import Refusal
from services.feedback import Changes, Content, Manner, Sender, Standing
from services.feedback import content as contents

router = APIRouter(include_in_schema=False)

CONSENTS = tuple(contents.CONSENTS)
CHECKS = ("anonymous", *CONSENTS)
"""The boxes of the form."""

_SAID = {field.name for field in fields(Content)} - {"language", "attachments"}
"""What the form asks for, of all that feedback says."""

_OPEN = (RoundState.OPEN, RoundState.CLOSING_SOON)


def opened_here(request: Request, caller: CurrentCaller) -> Opened | None:
    """Give the anonymous item that is open in the browser."""
    return opened.of(request, caller.parts, now=caller.now)


OpenedHere = Annotated[Opened | None, Depends(opened_here)]


def sender(receipt: str, reader: CurrentReader, known: OpenedHere) -> Sender:
    """Give whoever asks for an item: by its code, where that is open, or else as its visitor."""
    if known is not None and known.receipt == receipt:
        return Sender(secret=known.secret)
    return Sender(visitor_id=reader.id if reader else None)


Asking = Annotated[Sender, Depends(sender, scope="function")]


@router.get("/feedback/new", dependencies=[Introduced, Counted])
async def show_form(caller: CurrentCaller, now: Now, db: ReadDb, section: str = "") -> HTMLResponse:
    """Show the form; `section` names one to begin with."""
    form = forms.shown(caller, values={"section": section})
    return await _form_page(db, caller=caller, form=form, now=now)


@router.post("/feedback/new")
async def submit(form: Sent, now: Now, db: Db) -> Response:
    """Take feedback, and go to its receipt."""
    caller = form.caller

    async def take() -> Told:
        body = form.given().read(contract.SubmitFeedback, checks=CHECKS, **_asked_as_section(form))
        visitor_id = None
        if not body.anonymous:
            token, at = caller.browser.token, caller.now
            visitor_id = (await visitors.settled(db, token=token, now=at)).id
        done = await feedback.submit(
            db,
            content=Content(
                **body.model_dump(include=_SAID), language=contents.language_of(body.comment)
            ),
            manner=Manner(source=FeedbackSource.H5, channel=caller.view.channel),
            visitor_id=visitor_id,
            now=now,
            asked_in=caller.language,
        )
        return Told(_path(done.item.receipt), visitor_id=visitor_id, secret=done.secret)

    async def again(form: Form) -> Response:
        return await _form_page(db, caller=caller, form=form, now=now)

    return await form.handled(db, deed=take, again=again, leave=lambda told: _leave(caller, told))


@router.get("/feedback/open")
async def show_open(caller: CurrentCaller, now: Now, db: ReadDb) -> HTMLResponse:
    """Ask for receipt and secret code."""
    return await _open_page(db, caller=caller, form=forms.shown(caller), now=now)


@router.post("/feedback/open")
async def open_by_code(request: Request, form: Sent, now: Now, db: ReadDb) -> Response:
    """Open an anonymous item to whoever has its code."""
    caller, address = form.caller, proxies.client_address(request.scope)
    receipt = normalize("NFKC", form.values.get("receipt", "")).strip().upper()
    tried = Opened(receipt, form.values.get("secret", "").strip()[: forms.LONGEST_CODE])
    try:
        form.require_fresh()
        await opened.require_right(
            caller.parts, tried, address=address, now=now, machine_now=caller.now
        )
    except Refusal as refusal:
        page = await _open_page(db, caller=caller, form=form.refused(refusal), now=now)
        return problems.saying_when(page, refusal)
    return _leave(caller, Told(_path(receipt), secret=tried.secret))


@router.get("/feedback/items/{receipt}")
async def show(
    receipt: str, asking: Asking, caller: CurrentCaller, known: OpenedHere, now: Now, db: ReadDb
) -> HTMLResponse:
    """Show one item to its sender; its secret code too, while the browser has it."""
    standing = await feedback.show(db, receipt=receipt, sender=asking, now=now)
    return await _item_page(
        db,
        "feedback_item.html",
        caller=caller,
        standing=standing,
        secret=known.secret if known and asking.secret else "",
    )


@router.get("/feedback/items/{receipt}/change")
async def show_change(
    receipt: str, asking: Asking, caller: CurrentCaller, now: Now, db: ReadDb
) -> HTMLResponse:
    """Show what was said, to be changed."""
    standing = await feedback.show(db, receipt=receipt, sender=asking, now=now)
    form = forms.shown(caller, values=_said(standing))
    return await _change_page(db, caller=caller, standing=standing, form=form)


@router.post("/feedback/items/{receipt}/change")
async def change(receipt: str, form: Sent, asking: Asking, now: Now, db: Db) -> Response:
    """Change what was said; what it said before is kept as a version."""
    caller = form.caller
    standing = await feedback.show(db, receipt=receipt, sender=asking, now=now)

    async def make() -> Told:
        asked = _asked_as_section(form)
        body = form.read(contract.ChangeFeedback, checks=CONSENTS, **asked)
        language = contents.language_of(body.comment) if body.comment else None
        changes = Changes(**body.model_dump(include=_SAID), language=language)
        await feedback.change(
            db,
            receipt=receipt,
            changes=changes,
            sender=asking,
            now=now,
            asked_in=caller.language,
        )
        return Told(_path(receipt), visitor_id=standing.item.visitor_id)

    async def again(form: Form) -> Response:
        return await _change_page(db, caller=caller, standing=standing, form=form)

    return await form.handled(db, deed=make, again=again)


@router.get("/feedback/items/{receipt}/withdraw")
async def show_withdraw(
    receipt: str, asking: Asking, caller: CurrentCaller, now: Now, db: ReadDb
) -> HTMLResponse:
    """Ask whether it is really to be withdrawn."""
    standing = await feedback.show(db, receipt=receipt, sender=asking, now=now)
    form = forms.shown(caller)
    return await _item_page(
        db, "feedback_withdraw.html", caller=caller, standing=standing, form=form
    )


@router.post("/feedback/items/{receipt}/withdraw")
async def withdraw(receipt: str, form: Sent, asking: Asking, now: Now, db: Db) -> Response:
    """Withdraw an item: its number stays, what it said goes."""
    standing = await feedback.show(db, receipt=receipt, sender=asking, now=now)

    async def take_back() -> Told:
        await feedback.withdraw(db, receipt=receipt, sender=asking, now=now)
        return Told(_path(receipt), visitor_id=standing.item.visitor_id)

    async def again(shown: Form) -> Response:
        return await _item_page(
            db, "feedback_withdraw.html", caller=form.caller, standing=standing, form=shown
        )

    return await form.handled(db, deed=take_back, again=again)


async def _form_page(
    db: AsyncSession, *, caller: Caller, form: Form, now: datetime
) -> HTMLResponse:
    consultation = await consultations.current(db, now=now)
    standing = consultations.standing(consultation, now)
    return caller.page(
        "feedback_new.html",
        status=form.faults.status,
        round=standing,
        is_open=standing.state in _OPEN,
        form=form,
        **await around_form(db, consultation),
    )


async def _open_page(
    db: AsyncSession, *, caller: Caller, form: Form, now: datetime
) -> HTMLResponse:
    consultation = await consultations.current(db, now=now)
    return caller.page(
        "feedback_open.html",
        status=form.faults.status,
        form=form,
        publisher=await consultations.publisher(db, consultation_id=consultation.id),
    )


async def _change_page(
    db: AsyncSession, *, caller: Caller, standing: Standing, form: Form
) -> HTMLResponse:
    return await _item_page(db, "feedback_change.html", caller=caller, standing=standing, form=form)


async def _item_page(
    db: AsyncSession,
    template: str,
    *,
    caller: Caller,
    standing: Standing,
    form: Form | None = None,
    **context: Any,  # noqa: ANN401 - whatever the template needs
) -> HTMLResponse:
    consultation = await db.get_one(Consultation, standing.item.consultation_id)
    return caller.page(
        template,
        status=form.faults.status if form else 200,
        standing=standing,
        path=_path(standing.item.receipt),
        form=form,
        **await around_form(db, consultation),
        **context,
    )


async def around_form(db: AsyncSession, consultation: Consultation) -> dict[str, Any]:
    """Give what the forms for feedback need beside themselves."""
    vocabulary = await consultations.vocabulary(db, consultation_id=consultation.id)
    told = await consents.wording(db, consultation_id=consultation.id)
    terms: dict[str, list[Any]] = {}
    for term in vocabulary.terms:
        terms.setdefault(term.term_set.value, []).append(term)
    return {
        "publisher": await consultations.publisher(db, consultation_id=consultation.id),
        "channels": vocabulary.feedback_channels,
        "sections": vocabulary.sections,
        "parts": list(_by_version(vocabulary.sections)),
        "terms": terms,
        "consents": {kind.value: said for kind, said in told.sentences.items()},
        "boxes": {name: kind.value for name, kind in contents.CONSENTS.items()},
    }


def _by_version(sections: list[Section]) -> Iterator[tuple[Bilingual, list[Section]]]:
    for version, listed in groupby(sections, key=lambda one: (one.standard, one.version)):
        yield section_names.edition(*version), list(listed)


def _asked_as_section(form: SentForm) -> dict[str, str | None]:
    """Take apart what one list gives: standard, version and code together name a section."""
    typed = form.values.get("section", "")
    if not typed:
        return {"section": None}
    standard, _, rest = typed.partition("/")
    version, _, code = rest.partition("/")
    return {"standard": standard, "version": version, "section": code}


def _said(standing: Standing) -> dict[str, str | None]:
    content = contents.of_version(standing.latest)
    said: dict[str, str | None] = {
        name: value
        for name, value in contents.columns(content).items()
        if isinstance(value, str) and name not in {"language", "standard", "version"}
    }
    ticked = {name: "on" if getattr(content, name) else None for name in CONSENTS}
    return said | ticked | {"section": f"{content.standard}/{content.version}/{content.section}"}


def _leave(caller: Caller, told: Told) -> Response:
    """Go to an item's page; the browser takes along what opens an anonymous one."""
    response = caller.go(told.to)
    if told.secret is not None:
        found = Opened(told.to.rpartition("/")[2], told.secret)
        opened.remember(response, found, caller.parts, now=caller.now)
    return response


def _path(receipt: str) -> str:
    return f"/feedback/items/{receipt}"
