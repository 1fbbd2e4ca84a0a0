"""Documents as they travel."""

from datetime import datetime

from pydantic import Field

from miniprogram_contract.messages import Reply, Request
from models.vocabulary import DocumentKind, DocumentState, Language, OfficialState


class FindDocuments(Request):
    """Ask for a round's documents; whatever is given narrows the list."""

    consultation: str | None = Field(default=None, max_length=64)
    kind: DocumentKind | None = None
    standard: str | None = Field(default=None, max_length=20)
    version: str | None = Field(default=None, max_length=20)
    section: str | None = Field(default=None, max_length=20)
    language: Language | None = None
    lang: Language = Language.ZH


class File(Reply):
    """A copy that is served here, for wx.downloadFile and wx.openDocument."""

    url: str
    name: str
    file_type: str = Field(description="The fileType of wx.openDocument, such as pdf.")
    content_type: str
    size_bytes: int
    sha256: str
    mirrored_at: datetime


class Document(Reply):
    """A document; without url and file it is announced only, and the hub is the place to look."""

    slug: str
    kind: DocumentKind
    state: DocumentState
    title: str
    summary: str | None
    change_note: str | None
    standard: str | None
    version: str | None
    section: str | None
    language: Language | None
    original_name: str | None = Field(description="As announced, faults included.")
    url: str | None = Field(description="The official address.")
    official_state: OfficialState = Field(
        description="How the official address stood when it was looked at last; while it is failing"
        " offer file, when it is changed file may be out of date."
    )
    official_failing_since: datetime | None
    file: File | None
    earlier_files: list[File] = Field(description="Newest first.")
    page_url: str
    hub_url: str
