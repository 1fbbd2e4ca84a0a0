"""Attachments of feedback as they travel."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from miniprogram_contract.messages import Reply

AttachmentToken = Annotated[
    str,
    Field(
        min_length=32,
        max_length=32,
        pattern="^[A-Za-z0-9_-]+$",
        description="What an upload was answered with.",
    ),
]

UPLOAD_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
"""What `wx.uploadFile` with the name `file` sends."""


class UploadedAttachment(Reply):
    """A file that waits to be sent along with feedback."""

    token: str = Field(description="To be named in `attachments`, once; shown here only.")
    content_type: str = Field(description="What the content is, whatever it was sent as.")
    size_bytes: int
    sha256: str = Field(description="Of its bytes, in hexadecimal.")
    expires_at: datetime = Field(description="From then on it is gone if it was not sent along.")


EXAMPLES = {
    "upload_attachment": UploadedAttachment(
        token="Zk3mT0vYp2cQx8LrW5nB7dHsJ1fGuEaK",  # noqa: S106 - opens nothing
        content_type="image/jpeg",
        size_bytes=348_160,
        sha256="9b2f1c7d5e3a4b6c8d0e2f4a6b8c0d1e3f5a7b9c1d3e5f7a9b1c3d5e7f9a1b3c",
        expires_at=datetime(2026, 3, 3, 1, tzinfo=UTC),
    )
}
