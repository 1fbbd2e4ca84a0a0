"""QR codes: whatever is made can be read; whatever cannot is refused."""

import io
import re
from pathlib import Path

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services import qr_codes
from services.qr_codes import (
    CodeTooDense,
    CodeUnreadable,
    ColourUnfit,
    ColourUnknown,
    LevelTooLow,
    LogoTooWide,
    Style,
)
from services.qr_logos import LogoTooLarge, LogoUnfit
from services.qr_matrices import Level
from tests.support import wechat_engine

URL = "https://asi.example.cn/r/read-original"


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    file = tmp_path / "logo.png"
    Image.new("RGBA", (300, 200), "#d04a02").save(file)
    return file


def _opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("size", [120, 480, 2000])
def test_a_code_leads_where_it_should(level: Level, size: int) -> None:
    picture = qr_codes.png(URL, Style(level=level, size=size, width_mm=22))

    assert _opened(picture).size == (size, size)
    assert qr_codes.decode(_opened(picture)) == URL
    assert wechat_engine.decode(picture) == [URL]


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=60))
def test_any_short_text_survives(text: str) -> None:
    assert qr_codes.decode(_opened(qr_codes.png(text, Style(width_mm=60)))) == text


def test_the_margin_is_white_and_four_modules_wide() -> None:
    image = _opened(qr_codes.png(URL)).convert("L")
    left = image.point(lambda value: 255 - value).getbbox()

    assert left is not None
    assert left[0] >= 4 * (480 // (29 + 8))


def test_a_brand_colour_and_a_logo_are_fine(logo: Path) -> None:
    picture = qr_codes.png(URL, Style(colour="#00608f", logo=logo))

    assert qr_codes.decode(_opened(picture)) == URL
    assert wechat_engine.decode(picture) == [URL]


@pytest.mark.parametrize(
    ("colour", "contrast"), [("#ffffff", "1.0"), ("#ffd200", "1.4"), ("#707070", "4.9")]
)
def test_a_pale_colour_is_refused_with_its_contrast(colour: str, contrast: str) -> None:
    with pytest.raises(ColourUnfit, match=rf"only {contrast} : 1") as refused:
        qr_codes.png(URL, Style(colour=colour))

    assert refused.value.code == "colour_unfit"


@pytest.mark.parametrize("colour", ["blue", "#12345", "#1234567", "url(x)"])
def test_what_is_no_colour_is_refused(colour: str) -> None:
    with pytest.raises(ColourUnknown) as refused:
        qr_codes.svg(URL, Style(colour=colour))

    assert refused.value.code == "colour_unknown"


def test_too_much_text_is_refused() -> None:
    with pytest.raises(CodeTooDense):
        qr_codes.png("x" * 4000)
    with pytest.raises(CodeTooDense):
        qr_codes.svg("x" * 4000)
    with pytest.raises(CodeTooDense) as refused:
        qr_codes.png("x" * 1500, Style(size=120))

    assert refused.value.code == "code_too_dense"


@pytest.mark.parametrize("share", [0.23, 0.36, 1.0, 0.0, -0.1])
def test_a_logo_that_hides_too_much_is_refused(logo: Path, share: float) -> None:
    with pytest.raises(LogoTooWide, match="1 % to 22 %") as refused:
        qr_codes.png(URL, Style(logo=logo, logo_share=share))

    assert refused.value.code == "logo_too_wide"


@pytest.mark.parametrize("level", [Level.L, Level.M, Level.Q])
def test_a_logo_needs_the_highest_level(logo: Path, level: Level) -> None:
    with pytest.raises(LevelTooLow, match=f"not {level}") as refused:
        qr_codes.png(URL, Style(logo=logo, level=level))

    assert refused.value.code == "level_too_low"


def test_a_picture_with_too_many_pixels_is_not_opened(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("1", (4097, 10)).save(logo)

    with pytest.raises(LogoTooLarge, match=r"4097.10") as refused:
        qr_codes.png(URL, Style(logo=logo))

    assert refused.value.code == "logo_too_large"


def test_a_code_that_nobody_can_read_is_not_given_out(logo: Path) -> None:
    unfit = Style(logo=logo, size=333, width_mm=60)
    covered = qr_codes.draw(URL, unfit).image
    covered.paste("#ffffff", (0, 0, 200, 200))

    with pytest.raises(CodeUnreadable) as refused:
        qr_codes.require_readable(covered, URL, scale=6)

    assert refused.value.code == "code_unreadable"


def test_what_is_no_picture_is_no_logo(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    logo.write_text("not a picture")

    with pytest.raises(LogoUnfit) as refused:
        qr_codes.png(URL, Style(logo=logo))

    assert refused.value.code == "logo_unfit"


@pytest.mark.parametrize("marked", [False, True])
def test_a_printed_svg_is_read_with_its_logo_and_without(
    tmp_path: Path, logo: Path, *, marked: bool
) -> None:
    drawn = qr_codes.svg(URL, Style(logo=logo if marked else None, colour="#00608f"))
    (tmp_path / "code.svg").write_bytes(drawn)
    (tmp_path / "page.typ").write_text('#image("code.svg", width: 20mm)')

    page = typst.compile(tmp_path / "page.typ", format="png", ppi=203)

    assert isinstance(page, bytes)
    assert qr_codes.decode(_opened(page)) == URL
    assert wechat_engine.decode(page) == [URL]
    assert drawn.count(b"<image ") == drawn.count(b'href="data:image/png;base64,') == marked


def test_the_svg_and_the_png_show_the_same_modules() -> None:
    drawing = qr_codes.draw(URL, Style(size=37 * 8))
    dark = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", drawing.svg().decode())
    redrawn = Image.new("L", (37, 37), 255)
    for left, top, length in (map(int, run) for run in dark):
        redrawn.paste(0, (left, top, left + length, top + 1))

    assert qr_codes.decode(redrawn.resize((37 * 8, 37 * 8), Image.Resampling.NEAREST)) == URL
    assert redrawn.resize((37 * 8, 37 * 8), Image.Resampling.NEAREST).tobytes() == (
        _opened(drawing.png()).convert("L").tobytes()
    )


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
