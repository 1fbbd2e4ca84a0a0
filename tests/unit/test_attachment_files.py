"""What may be attached is told by the content."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from services.errors import Refusal
from services.feedback import files, metadata

PDF = b"%PDF-1.4\n%%EOF\n"
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _picture(kind: str = "PNG", size: tuple[int, int] = (8, 8)) -> bytes:
    file = BytesIO()
    Image.new("1" if kind == "PNG" else "RGB", size).save(file, kind)
    return file.getvalue()


def _of_a_phone() -> bytes:
    """A photograph with another behind it, as phones make it, to be turned by a quarter."""
    file = BytesIO()
    turned = Image.Exif()
    turned[metadata.ORIENTATION] = 6
    more = Image.new("RGB", (8, 4))
    more.save(file, "MPO", save_all=True, append_images=[more], exif=turned)
    return file.getvalue()


TAKEN = {
    "png": (_picture("PNG"), "image/png"),
    "jpeg": (_picture("JPEG"), "image/jpeg"),
    "a phone's photograph": (_of_a_phone(), "image/jpeg"),
    "pdf": (PDF, "application/pdf"),
}
BROKEN_EXIF = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x01\x00\x48\x00\x48\x00\x00"
    b"\xff\xe1\x00\x0cExif\x00\x00MM\x00*" + _picture("JPEG")[20:]
)
REFUSED = {
    "nothing": (b"", "attachment_type_refused"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "attachment_type_refused"),
    "archive": (b"PK\x03\x04 an archive", "attachment_type_refused"),
    "pdf behind something": (b"\n" + PDF, "attachment_type_refused"),
    "gif": (_picture("GIF"), "attachment_type_refused"),
    "tiff": (_picture("TIFF"), "attachment_type_refused"),
    "only a png's beginning": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "attachment_type_refused"),
    "png cut off": (_picture()[:-20], "attachment_unreadable"),
    "exif cut off": (BROKEN_EXIF, "attachment_unreadable"),
    "pdf cut off": (PDF.removesuffix(b"%%EOF\n"), "attachment_unreadable"),
    "too many bytes": (PDF + b" " * 1024 * 1024, "attachment_too_large"),
    "too many pixels": (_picture(size=(8000, 6251)), "picture_too_large"),
    "a bomb": (_picture(size=(20_000, 10_000)), "picture_too_large"),
}


@pytest.mark.parametrize(("content", "kind"), TAKEN.values(), ids=TAKEN)
def test_what_is_taken(content: bytes, kind: str) -> None:
    assert files.check(content, megabytes=1).content_type == kind


def test_a_phones_photograph_is_kept_as_one_picture_and_turned() -> None:
    kept = files.check(_of_a_phone(), megabytes=1).content

    with Image.open(BytesIO(kept)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (8, 4))
        assert picture.getexif()[metadata.ORIENTATION] == 6


@pytest.mark.parametrize(("content", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_not(content: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        files.check(content, megabytes=1)

    assert refused.value.code == code


@pytest.mark.parametrize(("kind", "progressive"), [("JPEG", True), ("JPEG", False), ("PNG", False)])
def test_a_picture_loses_what_nobody_sees_and_nothing_else(
    kind: str,
    progressive: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    secret = "王芳 22.5N 113.9E".encode()
    picture = Image.effect_noise((64, 48), 90).convert("RGB")
    exif = Image.Exif()
    exif[metadata.ORIENTATION] = 6
    exif[0x010F] = secret.decode()
    file = BytesIO()
    extra = {"progressive": progressive, "comment": secret} if kind == "JPEG" else {}
    picture.save(file, kind, exif=exif, icc_profile=ICC, **extra)
    sent = file.getvalue() + secret

    kept = files.check(sent, megabytes=1).content
    assert secret in sent
    assert secret not in kept
    with Image.open(BytesIO(sent)) as before, Image.open(BytesIO(kept)) as after:
        assert after.tobytes() == before.tobytes()
        assert after.info["icc_profile"] == ICC
        assert after.getexif().get(metadata.ORIENTATION) == (6 if kind == "JPEG" else None)
    assert files.check(kept, megabytes=1).content == kept


@given(st.binary(max_size=200), st.integers(0, 600))
def test_damaged_pictures_are_refused_or_taken_whole(noise: bytes, place: int) -> None:
    for whole in (_picture("JPEG"), _picture("PNG")):
        damaged = whole[:place] + noise + whole[place + len(noise) :]
        try:
            kept = files.check(damaged, megabytes=1)
        except Refusal:
            continue
        assert files.check(kept.content, megabytes=1) == kept
