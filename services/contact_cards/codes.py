"""WeChat's codes in pictures: found, cut out, read again."""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO

from PIL import Image, ImageOps

from models.vocabulary import ContactKind
from services import picture_codes
from services.contact_cards.refusals import PictureForeign, PictureUnreadable, PictureWithoutCode
from services.picture_codes import Found

SIDE = 600
"""Pixels of a kept picture's side: sharp at the 240 of a page on a phone of double density."""

MARGIN = 0.14
"""White around the code, as a part of its side: four modules of a code as dense as WeChat's."""

LARGEST = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000

GROUP_LASTS = timedelta(days=7)
"""How long WeChat takes a group's code from when it was shown to whoever saved it; the picture
says its date. By experience, November 2026; 企业微信's codes of groups stay."""


@dataclass(frozen=True)
class Form:
    """What WeChat's codes of one sort say."""

    kind: ContactKind
    pattern: re.Pattern[str]
    lasts: timedelta | None = None
    """None for what stays good."""


FORMS = (
    Form(ContactKind.WECHAT_PICTURE, re.compile(r"https?://u\.wechat\.com/[!-~]+")),
    Form(ContactKind.WECHAT_PICTURE, re.compile(r"https://work\.weixin\.qq\.com/(u|ca)/[!-~]+")),
    Form(ContactKind.WECHAT_GROUP, re.compile(r"https?://weixin\.qq\.com/g/[!-~]+"), GROUP_LASTS),
    Form(ContactKind.WECHAT_GROUP, re.compile(r"https://work\.weixin\.qq\.com/gm/[!-~]+")),
)
"""The codes of people and of groups, in WeChat and in 企业微信.

Tencent documents them nowhere; these are the ones that have been seen by November 2026.
"""


@dataclass(frozen=True)
class Cut:
    """A code that may be shown: alone, upright, without anything that its file said besides."""

    content: bytes
    """A PNG."""

    sha256: str
    code_sha256: str
    lasts: timedelta | None
    """How long the code is good at most."""


def cut(file: bytes, *, kind: ContactKind) -> Cut:
    """Make of what staff upload, a screenshot mostly, the picture that is shown.

    Takes a while: not for the event loop.

    Raises:
        PictureUnreadable, PictureWithoutCode, PictureForeign
    """
    image = _opened(file)
    code = _code(image)
    form = _form(code.text, kind)
    small = _alone(image, code)
    if _code(small).text != code.text:
        raise PictureWithoutCode
    kept = BytesIO()
    small.save(kept, "PNG", optimize=True)
    content = kept.getvalue()
    return Cut(content, hashlib.sha256(content).hexdigest(), digest(code.text), form.lasts)


def read(file: bytes) -> str:
    """Give the text of the one code in a picture, whosever it is.

    Raises:
        PictureUnreadable, PictureWithoutCode
    """
    return _code(_opened(file)).text


def digest(text: str) -> str:
    """Give what a code is known again by: its text is somebody's address."""
    return hashlib.sha256(text.encode()).hexdigest()


def _form(text: str, kind: ContactKind) -> Form:
    for form in FORMS:
        if form.kind is kind and form.pattern.fullmatch(text):
            return form
    raise PictureForeign(kind=kind.value)


def _opened(file: bytes) -> Image.Image:
    if len(file) > LARGEST:
        raise PictureUnreadable
    try:
        with Image.open(BytesIO(file), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise PictureUnreadable
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise PictureUnreadable from error
    white = Image.new("RGBA", upright.size, "#ffffff")
    return Image.alpha_composite(white, upright).convert("RGB")


def _code(image: Image.Image) -> Found:
    found = picture_codes.found(image)
    if len(found) != 1:
        raise PictureWithoutCode
    return found[0]


def _alone(image: Image.Image, code: Found) -> Image.Image:
    """Cut the code out, with white around it where the picture has something else."""
    inner = round(SIDE * (1 - 2 * MARGIN))
    part = ImageOps.contain(image.crop(code.box), (inner, inner), Image.Resampling.LANCZOS)
    alone = Image.new("RGB", (SIDE, SIDE), "#ffffff")
    alone.paste(part, ((SIDE - part.width) // 2, (SIDE - part.height) // 2))
    return alone
