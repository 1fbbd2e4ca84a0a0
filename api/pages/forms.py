"""Forms that need no script: what is shown, what is sent, and how it is done once.

A form carries a signature over the cookie's token, so that no other site can send it in a reader's
name, and a key of its own: sent twice by a double tap or a reload, it is done once and answered
alike. What was typed is shown again with whatever is wrong beside it.
"""

import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Request
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import UploadFile
from starlette.responses import Response

from api import problems
from api.pages.callers import SEE_OTHER, Caller, CurrentCaller
from api.pages.faults import NONE, Faults, FormSentBefore, FormStale
from miniprogram_contract.messages import Request as Message
from services import idempotency
from services.errors import Forbidden, Refusal
from services.idempotency import Kept
from services.runtime import limiting
from services.runtime.limiting import TooManyRequests

TOKEN = "form_token"  # noqa: S105 - a field's name
KEY = "form_key"
_SIGNED = "readers.form"
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
_KEY_BYTES = 16

LONGEST_CODE = 64
"""Characters of a typed code that are looked at."""
_OURS = {"same-origin", "none"}

M = TypeVar("M", bound=Message)


class FormFromElsewhere(Forbidden):
    """The form was sent by a page of another site."""

    code = "form_from_elsewhere"


@dataclass(frozen=True)
class Told:
    """What a deed leads to; kept, and told again when the form is sent again."""

    to: str
    """The path to go to."""

    visitor_id: UUID | None = None
    """Whose the kept answer is, for it to go when they do; None for an anonymous deed."""

    secret: str | None = field(default=None, repr=False)
    """What opens the thing that was done to whoever did it."""


@dataclass(frozen=True)
class Form:
    """A form as it is shown."""

    token: str = field(repr=False)
    key: str
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    faults: Faults = NONE


@dataclass(frozen=True)
class SentForm:
    """A form that somebody sent."""

    caller: Caller
    path: str
    values: Mapping[str, str] = field(repr=False)
    """What was typed; a field that was left empty is here as an empty text."""

    token: str = field(repr=False)
    key: str
    hindrance: Refusal | None = None
    """What stands against it, whatever is in it: told beside what was typed."""

    def read(
        self, message: type[M], *, checks: tuple[str, ...] = (), **values: str | bool | None
    ) -> M:
        """Give what was typed as a message of the contract, under the contract's rules.

        `checks` are the boxes, which browsers send only where they are ticked. `values` stand in
        for what is asked here in another way; None leaves a field out.

        Raises:
            ValidationError
        """
        said: dict[str, Any] = dict(self.values)
        said |= {name: name in self.values for name in checks} | values
        return message.model_validate({k: v for k, v in said.items() if v is not None})

    def given(self) -> "SentForm":
        """Leave out what was left empty: for a new thing, nothing typed is nothing said."""
        kept = {name: value for name, value in self.values.items() if value.strip()}
        return replace(self, values=kept)

    def require_fresh(self) -> None:
        """Make sure that the form was made for this browser, and that it sends no flood of them.

        Raises:
            FormStale, TooManyRequests
        """
        if self.hindrance is not None:
            raise self.hindrance
        signer, token = self.caller.parts.signer, self.caller.browser.token
        known = signer.confirms(token, self.token, about=_SIGNED)
        if not (known and _KEY.fullmatch(self.key)):
            raise FormStale

    def refused(self, error: Refusal | ValidationError) -> Form:
        """Give the form as it is shown again, with what was typed and what is wrong with it."""
        faults = Faults.of(error, self.caller.language)
        return shown(self.caller, values=self.values, faults=faults)

    async def handled(
        self,
        db: AsyncSession,
        *,
        deed: Callable[[], Awaitable[Told]],
        again: Callable[[Form], Awaitable[Response]],
        leave: Callable[[Told], Response] | None = None,
    ) -> Response:
        """Do what the form asks for, once, and go where it leads; or show it again.

        Nothing of a deed that was refused stays, though the request's transaction goes on.
        """
        try:
            self.require_fresh()
            async with db.begin_nested():
                told = await self._once(db, deed)
        except (Refusal, ValidationError) as error:
            return problems.saying_when(await again(self.refused(error)), error)
        return leave(told) if leave else self.caller.go(told.to)

    async def _once(self, db: AsyncSession, deed: Callable[[], Awaitable[Told]]) -> Told:
        parts, owner = self.caller.parts, self.caller.browser.owner
        asked = json.dumps([self.path, sorted(self.values.items())]).encode()
        digest = parts.blind_index.of(asked.hex(), about="idempotent_answers.request_digest")
        try:
            kept = await idempotency.begin(
                db,
                owner=owner,
                key=self.key,
                request=digest,
                sealer=parts.sealer,
                now=self.caller.now,
            )
        except idempotency.IdempotencyKeyReused as error:
            raise FormSentBefore from error
        if kept is None:
            told = await deed()
            body = {"to": told.to, "secret": told.secret}
            kept = Kept(status=SEE_OTHER, body=json.dumps(body).encode())
            await idempotency.keep(
                db,
                owner=owner,
                key=self.key,
                answer=kept,
                sealer=parts.sealer,
                visitor_id=told.visitor_id,
            )
        return Told(**json.loads(kept.body))


def shown(
    caller: Caller, *, values: Mapping[str, str | None] | None = None, faults: Faults = NONE
) -> Form:
    """Give a form to be shown to a caller, with a key of its own."""
    return Form(
        token=caller.parts.signer.sign(caller.browser.token, about=_SIGNED),
        key=secrets.token_urlsafe(_KEY_BYTES),
        values={name: value for name, value in (values or {}).items() if value is not None},
        faults=faults,
    )


async def sent(request: Request, caller: CurrentCaller) -> SentForm:
    """Give the form that a reader sent, if a page of ours sent it.

    Raises:
        FormFromElsewhere
    """
    return await taken(request, caller)


async def taken(request: Request, caller: Caller) -> SentForm:
    """Give the form that a caller sent, if a page of ours sent it.

    Raises:
        FormFromElsewhere
    """
    if not is_ours(request, caller.parts.urls.base):
        raise FormFromElsewhere
    async with request.form(max_files=0) as typed:
        # No text of ours holds a NUL, and PostgreSQL refuses even to compare with one.
        values = {
            name: value.replace("\0", "")
            for name, value in typed.items()
            if not isinstance(value, UploadFile)
        }
    token, key = values.pop(TOKEN, ""), values.pop(KEY, "")
    hindrance = await _hindrance(caller)
    return SentForm(caller, request.url.path, values, token, key, hindrance)


Sent = Annotated[SentForm, Depends(sent)]


async def _hindrance(caller: Caller) -> TooManyRequests | None:
    """Count a form before any transaction begins."""
    browser = caller.browser
    limit = limiting.FORMS_OF_STAFF if browser.cookie.of_staff else limiting.FORMS_OF_BROWSER
    try:
        await caller.parts.limiter.take(limit, browser.token)
    except TooManyRequests as refusal:
        return refusal
    return None


def is_ours(request: Request, origin: str) -> bool:
    """Look at what browsers themselves say of where a form comes from; old ones say nothing."""
    site, named = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    return named in {None, origin} if site is None else site in _OURS
