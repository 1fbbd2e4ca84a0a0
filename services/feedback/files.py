"""What may be attached: told by the content, never by a name or by what the sender calls it."""

import hashlib
import struct
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from services.feedback import metadata
from services.feedback.refusals import (
    AttachmentTooLarge,
    AttachmentTypeRefused,
    AttachmentUnreadable,
    PictureTooLarge,
)

MEGABYTE = 1024 * 1024

MOST_PIXELS = 50_000_000
"""A phone's best camera; a picture is never unpacked here, but it will be elsewhere."""

SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "application/pdf": "pdf"}
"""The types that are taken, and how the names of such files end."""

_PDF_BEGINS, _PDF_ENDS = b"%PDF-", b"%%EOF"
_PDF_TAIL = 2048
_FORMATS = ("PNG", "JPEG")
_PICTURES = {"PNG": "image/png", "JPEG": "image/jpeg", "MPO": "image/jpeg"}
"""MPO is a JPEG with others behind it, of depth or of a burst, by phones: the first is kept."""


@dataclass(frozen=True)
class Checked:
    """A file that may be attached, as it is kept: pictures without what nobody sees."""

    content: bytes
    content_type: str
    sha256: str


def check(content: bytes, *, megabytes: int) -> Checked:
    """Make sure that a file may be attached. Takes a while: not for the event loop.

    Raises:
        AttachmentTooLarge, AttachmentTypeRefused, AttachmentUnreadable, PictureTooLarge
    """
    if len(content) > megabytes * MEGABYTE:
        raise AttachmentTooLarge(limit=megabytes)
    is_pdf = content.startswith(_PDF_BEGINS)
    kept, content_type = _checked_pdf(content) if is_pdf else _checked_picture(content)
    return Checked(kept, content_type, hashlib.sha256(kept).hexdigest())


def _checked_pdf(content: bytes) -> tuple[bytes, str]:
    if _PDF_ENDS not in content[-_PDF_TAIL:]:
        raise AttachmentUnreadable
    return content, "application/pdf"


def _checked_picture(content: bytes) -> tuple[bytes, str]:
    try:
        with Image.open(BytesIO(content), formats=_FORMATS) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise PictureTooLarge(limit=MOST_PIXELS // 1_000_000)
            kind = _PICTURES[str(picture.format)]
            orientation = _orientation(picture)
            picture.verify()
        kept = metadata.without(content, content_type=kind, orientation=orientation)
    except UnidentifiedImageError as error:
        raise AttachmentTypeRefused from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureTooLarge(limit=MOST_PIXELS // 1_000_000) from error
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        raise AttachmentUnreadable from error
    return kept, kind


def _orientation(picture: Image.Image) -> int:
    """Give how a JPEG is to be turned, 1 to 8; 1 is as it is, and as every PNG is."""
    if picture.format == "PNG":
        return 1
    found = picture.getexif().get(metadata.ORIENTATION, 1)
    return found if found in range(1, 9) else 1
