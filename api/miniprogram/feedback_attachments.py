"""Attachments of feedback: uploaded before it is sent, given out to its sender."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from api import downloads
from api.dependencies import Bearer, CurrentParts, Db, MachineNow
from api.miniprogram.senders import LoggedIn, WithCode
from api.problems import refusals
from miniprogram_contract import feedback_attachments as contract
from services import feedback, visitors
from services.feedback import attachments, files
from services.feedback import refusals as refused
from services.feedback.files import Checked

router = APIRouter(tags=["feedback"])

UPLOAD_PATH = "/v1/feedback-attachments"

FORM_BYTES = 64 * 1024
"""What a form may have around the file."""

NOT_A_FORM = 400
"""The status by which the framework says that it cannot read a form."""

_UPLOADING = (
    visitors.LoginRequired,
    refused.AttachmentMissing,
    refused.AttachmentTypeRefused,
    refused.AttachmentUnreadable,
    refused.AttachmentTooLarge,
    refused.PictureTooLarge,
    refused.TooManyUploads,
)
_FETCHING = (
    feedback.FeedbackNotFound,
    refused.AttachmentNotFound,
    refused.AttachmentHeld,
)
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in files.SUFFIXES}, "description": "The file."}
}


async def uploader(parts: CurrentParts, token: Bearer, now: MachineNow) -> UUID:
    """Give who uploads, in a transaction of its own: none is open while the file comes in.

    Raises:
        LoginRequired
    """
    appid = parts.settings.mp_appid
    async with parts.database.transaction() as db:
        return (await visitors.of_token(db, token=token, appid=appid, now=now)).id


Uploader = Annotated[UUID, Depends(uploader)]


async def sent_file(request: Request, parts: CurrentParts, uploader: Uploader) -> Checked:
    """Read and check the file of somebody who is logged in.

    The middleware ends a body that is too large; what is longer than fits in memory is on disk.

    Raises:
        AttachmentMissing, AttachmentTypeRefused, AttachmentUnreadable, AttachmentTooLarge,
        PictureTooLarge
    """
    del uploader
    megabytes = parts.settings.attachment_megabytes
    try:
        async with request.form(max_files=1, max_fields=8) as form:
            sent = form.get("file")
            if not isinstance(sent, UploadFile):
                raise refused.AttachmentMissing
            content = await sent.read(megabytes * files.MEGABYTE + 1)
    except HTTPException as error:
        if error.status_code == NOT_A_FORM:
            raise refused.AttachmentMissing from error
        raise
    return await run_in_threadpool(files.check, content, megabytes=megabytes)


SentFile = Annotated[Checked, Depends(sent_file)]


@router.post(
    UPLOAD_PATH.removeprefix("/v1"),
    status_code=201,
    responses=refusals(*_UPLOADING),
    openapi_extra=contract.UPLOAD_FORM,
)
async def upload_attachment(
    uploader: Uploader, sent: SentFile, parts: CurrentParts, now: MachineNow, db: Db
) -> contract.UploadedAttachment:
    """Upload a PNG, a JPEG or a PDF that is to be sent along with feedback within a day."""
    done = await attachments.take_in(
        db, checked=sent, visitor_id=uploader, index=parts.blind_index, now=now
    )
    return contract.UploadedAttachment(
        token=done.token,
        content_type=done.attachment.content_type,
        size_bytes=done.attachment.size_bytes,
        sha256=done.attachment.sha256,
        expires_at=done.expires_at,
    )


@router.get(
    "/me/feedback/{receipt}/attachments/{attachment_id}",
    response_class=Response,
    responses=_FILE | refusals(visitors.LoginRequired, *_FETCHING),
)
async def fetch_attachment(receipt: str, attachment_id: UUID, sender: LoggedIn, db: Db) -> Response:
    """Fetch a file of one of one's own items."""
    item = await feedback.own(db, receipt=receipt, sender=sender)
    return downloads.saved(await attachments.file(db, item=item, attachment_id=attachment_id))


@router.get(
    "/feedback/{receipt}/attachments/{attachment_id}",
    response_class=Response,
    responses=_FILE | refusals(*_FETCHING, refused.TooManyGuesses),
)
async def fetch_anonymous_attachment(
    receipt: str, attachment_id: UUID, sender: WithCode, db: Db
) -> Response:
    """Fetch a file of an anonymous item by its secret code."""
    item = await feedback.own(db, receipt=receipt, sender=sender)
    return downloads.saved(await attachments.file(db, item=item, attachment_id=attachment_id))
