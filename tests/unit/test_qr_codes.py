"""QR codes: whatever is made can be read; whatever cannot is refused."""

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services import qr_codes
from services.qr_codes import CodeTooDense, CodeUnreadable, ColourUnfit, Level, LogoUnfit, Style
from tests.support import wechat_engine

URL = "https://asi.example.cn/r/read-original"


def _opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("size", [120, 480, 2000])
def test_a_code_leads_where_it_should(level: Level, size: int) -> None:
    picture = qr_codes.png(URL, Style(level=level, size=size))

    assert _opened(picture).size == (size, size)
    assert qr_codes.decode(_opened(picture)) == URL
    assert wechat_engine.decode(picture) == [URL]


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=60))
def test_any_short_text_survives(text: str) -> None:
    assert qr_codes.decode(_opened(qr_codes.png(text))) == text


def test_the_margin_is_white_and_four_modules_wide() -> None:
    image = _opened(qr_codes.png(URL)).convert("L")
    left = image.point(lambda value: 255 - value).getbbox()

    assert left is not None
    assert left[0] >= 4 * (480 // (29 + 8))


def test_a_brand_colour_and_a_logo_are_fine(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGBA", (300, 200), "#d04a02").save(logo)

    picture = qr_codes.png(URL, Style(colour="#00608f", logo=logo))

    assert qr_codes.decode(_opened(picture)) == URL
    assert wechat_engine.decode(picture) == [URL]


@pytest.mark.parametrize("colour", ["#ffffff", "#ffd200", "#7cc4e8", "blue", "#12345"])
def test_a_pale_colour_is_refused(colour: str) -> None:
    with pytest.raises(ColourUnfit) as refused:
        qr_codes.png(URL, Style(colour=colour))

    assert refused.value.code == "colour_unfit"


def test_too_much_text_is_refused() -> None:
    with pytest.raises(CodeTooDense):
        qr_codes.png("x" * 4000)
    with pytest.raises(CodeTooDense):
        qr_codes.svg("x" * 4000)
    with pytest.raises(CodeTooDense) as refused:
        qr_codes.png("x" * 1500, Style(size=120))

    assert refused.value.code == "code_too_dense"


def test_a_logo_that_hides_too_much_is_refused(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGB", (200, 200), "#000000").save(logo)

    with pytest.raises(CodeUnreadable) as refused:
        qr_codes.png("x" * 300, Style(level=Level.L, size=320, logo=logo))

    assert refused.value.code == "code_unreadable"


def test_what_is_no_picture_is_no_logo(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    logo.write_text("not a picture")

    with pytest.raises(LogoUnfit) as refused:
        qr_codes.png(URL, Style(logo=logo))

    assert refused.value.code == "logo_unfit"


def test_an_svg_takes_no_logo(tmp_path: Path) -> None:
    with pytest.raises(LogoUnfit):
        qr_codes.svg(URL, Style(logo=tmp_path / "logo.png"))


def test_an_svg_is_as_large_as_asked() -> None:
    assert b'width="600' in qr_codes.svg(URL, Style(size=600))


def test_a_picture_without_a_code_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "white.png"
    Image.new("RGB", (200, 200), "#ffffff").save(file)

    assert qr_codes.decode_file(file) is None


@pytest.mark.parametrize("colours", [True, False])
def test_a_terminal_code_has_as_many_rows_as_it_needs(colours: bool) -> None:  # noqa: FBT001
    drawn = qr_codes.terminal(URL, colours=colours)

    assert ("\x1b[" in drawn) is colours
    assert len(set(map(len, drawn.splitlines()))) == 1
