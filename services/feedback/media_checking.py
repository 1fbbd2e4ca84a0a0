"""The jobs of pictures' checks: asking WeChat to look, and hearing what it found."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

from models import Push
from models.vocabulary import Account, CheckReason
from services.feedback import media_checks
from services.feedback.checking import MAY_YET_ANSWER, NO_END, again
from services.feedback.media_checks import Errand
from services.jobs import Kind, Run
from services.runtime.sealing import Sealer
from services.wechat import pushes
from services.wechat.gateway import MiniProgram
from services.wechat.refusals import WeChatError

HEAR = "hear_media_check"
"""The kind of job that takes notice of an outcome that was pushed."""

Address = Callable[[UUID, datetime], str]
"""Gives the address of a check's picture, good from an instant on for a while."""


def kinds(door: MiniProgram | None, sealer: Sealer, address: Address) -> list[Kind]:
    """Give the kinds of job; `door` is None without a mini-program."""
    return [
        Kind(
            name=media_checks.CHECK_PICTURE,
            run=partial(check_picture, door=door, sealer=sealer, address=address),
            attempts=NO_END,
        ),
        Kind(name=HEAR, run=hear),
    ]


async def check_picture(
    run: Run, *, door: MiniProgram | None, sealer: Sealer, address: Address
) -> None:
    """Have one picture checked; asked twice, the last number counts."""
    check_id = UUID(str(run.payload["check_id"]))
    async with run.step() as db:
        errand = await media_checks.errand(db, check_id=check_id, sealer=sealer, now=run.now)
    if errand is None:
        async with run.closing():
            return
    outcome = await _outcome(run, door, errand, url=address(check_id, run.now))
    async with run.closing() as db:
        if isinstance(outcome, CheckReason):
            await media_checks.give_up(db, check_id=check_id, reason=outcome, now=run.now)
        else:
            await media_checks.asked(db, check_id=check_id, trace_id=outcome, now=run.now)


async def hear(run: Run) -> None:
    """Take notice of a pushed outcome; then nothing is kept of whom the push named."""
    async with run.closing() as db:
        row = await db.get(Push, int(run.payload["push_id"]), with_for_update=True)
        if row is None or row.body is None or row.account is not Account.MINI_PROGRAM:
            return
        push = pushes.read(row.body.encode())
        if isinstance(push, pushes.MediaChecked) and push.trace_id:
            await media_checks.answered(db, push=push, now=run.now)
            row.openid = row.body = None


async def _outcome(
    run: Run, door: MiniProgram | None, errand: Errand, *, url: str
) -> str | CheckReason:
    if door is None:
        return CheckReason.IMPOSSIBLE
    try:
        return await door.check_media(url, kind="image", openid=errand.openid)
    except MAY_YET_ANSWER as refusal:
        raise again(run, refusal) from refusal
    except WeChatError:
        return CheckReason.REFUSED
