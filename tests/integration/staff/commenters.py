"""People who comment, and what is found of their comments at the desk."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx2
from sqlalchemy import func, select

from api.app import Application
from models import FeedbackImport
from models.vocabulary import FeedbackKind, FeedbackSource, Language
from services import audit, consents, feedback, visitors
from services.feedback import Content, Manner, Sender
from services.feedback_desk import log
from services.runtime.clock import utc_now
from services.wechat.gateway import Login
from tests.conftest import INSIDE_THE_ROUND
from tests.integration.staff.workers import Browser

IMPORT = "/staff/feedback/import"
_HIDDEN = re.compile(r'name="(form_token|form_key)" value="([^"]+)"')


@dataclass
class Commenters:
    """People who comment, each a visitor of their own."""

    application: Application
    receipts: list[str] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)

    async def say(
        self,
        comment: str,
        *,
        anonymous: bool = False,
        tokens: Sequence[str] = (),
        kind: FeedbackKind = FeedbackKind.COMMENT,
        now: datetime = INSIDE_THE_ROUND,
        **said: Any,
    ) -> str:
        """Send a comment; give its receipt."""
        parts = self.application.parts
        token, visitor_id = "", None
        async with parts.database.transaction() as db:
            if not anonymous:
                login = Login(openid=f"o{len(self.receipts)}", session_key="key", unionid=None)
                done = await visitors.log_in(
                    db,
                    login=login,
                    appid=parts.settings.mp_appid,
                    sealer=parts.sealer,
                    now=utc_now(),
                )
                token, visitor_id = done.token, done.visitor.id
            sent = await feedback.submit(
                db,
                content=Content(
                    **{
                        "language": Language.ZH,
                        "standard": "PS",
                        "version": "V4",
                        "section": "10",
                        "comment": comment,
                    }
                    | said
                ),
                manner=Manner(source=FeedbackSource.H5, kind=kind, attachments=tuple(tokens)),
                visitor_id=visitor_id,
                now=now,
            )
        self.receipts.append(sent.item.receipt)
        self.tokens[sent.item.receipt] = token
        return sent.item.receipt

    async def withdraw(self, receipt: str) -> None:
        """Have the sender take a comment back."""
        async with self.application.parts.database.transaction() as db:
            item = (await log.entry(db, receipt=receipt)).item
            sender = Sender(visitor_id=item.visitor_id)
            await feedback.withdraw(db, receipt=receipt, sender=sender, now=INSIDE_THE_ROUND)

    async def ask(self, client: httpx2.AsyncClient, receipt: str) -> httpx2.Response:
        """Have somebody look at their own comment."""
        token = self.tokens[receipt.partition("?")[0]]
        return await client.get(
            f"/v1/me/feedback/{receipt}", headers={"Authorization": f"Bearer {token}"}
        )


async def upload(
    browser: Browser, content: bytes, name: str = "form.xlsx", *, at: str = IMPORT
) -> httpx2.Response:
    """Send a filled-in form from the desk's page."""
    hidden = dict(_HIDDEN.findall((await browser.client.get(at)).text))
    return await browser.client.post(at, data=hidden, files={"file": (name, content)})


def path(receipt: str) -> str:
    """Give the address of an item at the desk."""
    return f"/staff/feedback/items/{receipt}"


async def page(browser: Browser, at: str) -> str:
    """Open a page that is there."""
    shown = await browser.client.get(at)
    assert shown.status_code == 200, at
    return shown.text


async def waiting_imports(application: Application) -> int:
    """Count the forms that were read and not confirmed."""
    async with application.parts.database.snapshot() as db:
        return await db.scalar(select(func.count()).select_from(FeedbackImport)) or 0


async def agreed_to(application: Application, *, receipt: str) -> set[str]:
    """Give what the sender of an item agreed to, as it is recorded."""
    async with application.parts.database.snapshot() as db:
        item = (await log.entry(db, receipt=receipt)).item
        return {kind.value for kind in await consents.agreed(db, about=item)}


async def acts(application: Application) -> list[str]:
    """Give what was done with feedback, the newest first."""
    async with application.parts.database.snapshot() as db:
        found = await audit.entries(db, most=50)
    return [entry.act for entry in found if entry.act.startswith("feedback.")]
