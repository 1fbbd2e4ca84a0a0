"""WeChat's codes in what staff upload: cut out and clean, or refused with what to change."""

import io

import pytest
from PIL import Image

from models.vocabulary import ContactKind
from services.contact_cards import (
    PictureForeign,
    PictureUnreadable,
    PictureWithoutCode,
    codes,
)
from services.errors import Refusal
from tests.support import wechat_engine, wechat_pictures
from tests.support.wechat_pictures import GROUP, PAYMENT, PERSON

PERSONAL, GROUPS = ContactKind.WECHAT_PICTURE, ContactKind.WECHAT_GROUP


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (PERSON, PERSONAL),
        ("https://work.weixin.qq.com/ca/cawcdeFictional", PERSONAL),
        (GROUP, GROUPS),
        ("https://work.weixin.qq.com/gm/0123456789abcdef0123456789abcdef", GROUPS),
    ],
)
@pytest.mark.parametrize("file", ["PNG", "JPEG"])
def test_a_screen_becomes_the_code_alone(text: str, kind: ContactKind, file: str) -> None:
    cut = codes.cut(wechat_pictures.screen(text, kind=file), kind=kind)
    image = Image.open(io.BytesIO(cut.content))

    assert image.size == (codes.SIDE, codes.SIDE)
    assert image.crop((0, 0, codes.SIDE, 60)).getcolors() == [(codes.SIDE * 60, (255, 255, 255))]
    assert wechat_engine.decode(cut.content) == [text]
    assert cut.code_sha256 == codes.digest(text)
    assert cut.lasts == (codes.GROUP_LASTS if text == GROUP else None)


def test_what_else_the_file_said_is_gone() -> None:
    cut = codes.cut(wechat_pictures.screen(PERSON, kind="JPEG", turned=True), kind=PERSONAL)

    assert b"private words" not in cut.content
    assert wechat_engine.decode(cut.content) == [PERSON]


@pytest.mark.parametrize(
    ("file", "refusal", "code"),
    [
        (b"GIF89a", PictureUnreadable, "contact_picture_unreadable"),
        (wechat_pictures.screen(PERSON)[:4000], PictureUnreadable, "contact_picture_unreadable"),
        (b"\x89PNG" + b"0" * codes.LARGEST, PictureUnreadable, "contact_picture_unreadable"),
        (wechat_pictures.two_codes(), PictureWithoutCode, "contact_picture_without_code"),
        (wechat_pictures.screen(PAYMENT), PictureForeign, "contact_picture_foreign"),
        (wechat_pictures.screen(GROUP), PictureForeign, "contact_picture_foreign"),
        (
            wechat_pictures.screen("https://u.wechat.com.evil.example/k"),
            PictureForeign,
            "contact_picture_foreign",
        ),
    ],
    ids=["gif", "half", "too-large", "two", "payment", "group", "look-alike"],
)
def test_what_cannot_be_shown_is_refused(file: bytes, refusal: type[Refusal], code: str) -> None:
    with pytest.raises(refusal) as refused:
        codes.cut(file, kind=PERSONAL)

    assert refused.value.code == code


def test_an_empty_picture_has_no_code() -> None:
    kept = io.BytesIO()
    Image.new("RGBA", (40, 40), "#00000000").save(kept, "PNG")

    with pytest.raises(PictureWithoutCode):
        codes.read(kept.getvalue())
