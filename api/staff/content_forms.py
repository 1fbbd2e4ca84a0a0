"""What the forms of the content desk have in common: moments, who acts, and a file with a form."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from shutil import copyfileobj
from tempfile import NamedTemporaryFile
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import Field, StringConstraints
from starlette.datastructures import UploadFile

from api.pages import forms
from api.pages.forms import Form, SentForm
from api.staff.callers import DeskCaller, Permitted, Staff
from api.staff.webinar_settings import BEIJING
from miniprogram_contract.messages import Request as Message
from services.content_desk import By, ContentChanged, deeds
from services.content_desk.deeds import State
from services.errors import Malformed
from services.staff_accounts import Permission

Seen = Annotated[str, Field(max_length=64)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]

LONGEST_FILE_NAME = 200


class UploadMissing(Malformed):
    """No file was chosen."""

    code = "upload_missing"


class Deed(Message):
    """A button that does one thing to what was shown."""

    seen: Seen
    sure: bool = False


def by(staff: Staff, now: datetime) -> By:
    """Give somebody of ours as they act."""
    return By(actor=staff.account.login, now=now, at=staff.caller.now)


def typed(instant: datetime | None) -> str:
    """Give an instant the way a field takes it, on Beijing's clock, with the seconds it has."""
    if instant is None:
        return ""
    local = instant.astimezone(BEIJING)
    return f"{local:%Y-%m-%dT%H:%M:%S}" if local.second else f"{local:%Y-%m-%dT%H:%M}"


def anew(shown: Form, state: State, said: Mapping[str, str]) -> tuple[Form, dict[str, str]]:
    """Give a refused form again; it knows now what somebody else has set, which is told beside.

    `said` is what stands now, the way fields take it. Sent once more, the form wins.
    """
    form = replace(shown, values={**shown.values, "seen": deeds.version(state)})
    if shown.faults.code != ContentChanged.code:
        return form, {}
    differing = {
        name: value
        for name, value in said.items()
        if value != shown.values.get(name, "").replace("\r\n", "\n")
    }
    return form, differing


Uploader = Annotated[Staff, Depends(Permitted(Permission.EDIT_CONTENT))]


@dataclass(frozen=True)
class SentFile:
    """A form, and the file that came with it."""

    form: SentForm
    path: Path
    """Where the file lies until the request is done."""

    name: str
    """What its sender calls it: without folders, not longer than is kept."""

    size: int
    """Bytes; 0 where no file was chosen."""

    def require_some(self) -> Path:
        """Give where the file lies.

        Raises:
            UploadMissing
        """
        if not self.size:
            raise UploadMissing(field="upload")
        return self.path


async def uploaded(
    request: Request, caller: DeskCaller, staff: Uploader
) -> AsyncIterator[SentFile]:
    """Give the form and the file that an editor sent, if a page of ours sent them.

    Raises:
        FormFromElsewhere
    """
    folder = staff.caller.parts.settings.files_dir
    folder.mkdir(parents=True, exist_ok=True)
    # The request keeps what was read of it: the form is parsed once, here, with its one file.
    sent = (await request.form(max_files=1, max_fields=8)).get("upload")
    with NamedTemporaryFile(dir=folder) as kept:
        name, size = "", 0
        if isinstance(sent, UploadFile):
            await run_in_threadpool(copyfileobj, sent.file, kept)
            kept.flush()
            name, size = _name(sent.filename or ""), sent.size or 0
        yield SentFile(await forms.taken(request, caller), Path(kept.name), name, size)


Uploaded = Annotated[SentFile, Depends(uploaded)]


def _name(said: str) -> str:
    name = PurePosixPath("".join(filter(str.isprintable, said)).replace("\\", "/"))
    stem = name.stem[: LONGEST_FILE_NAME - len(name.suffix)]
    return f"{stem}{name.suffix}"[:LONGEST_FILE_NAME] or "file"
