"""Codes as phones meet them: every style that is made survives whatever a print goes through."""

import io
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from services import qr_codes
from services.channel_codes import ALPHABET
from services.qr_codes import CodeTooFine, Style
from services.qr_matrices import Level
from tests.support import prints, wechat_engine

LENGTHS = (32, 62)
"""Bytes of an address: a channel code's and a long document's; versions 3 to 7."""


@pytest.fixture
def styles(tmp_path: Path) -> dict[str, Style]:
    logo = tmp_path / "logo.png"
    picture = Image.new("RGBA", (300, 300), "#d04a02")
    ImageDraw.Draw(picture).ellipse((60, 60, 240, 240), fill="#ffffff")
    picture.save(logo)
    return {
        **{f"level {level}": Style(level=level) for level in Level},
        "brand colour": Style(colour="#00608f"),
        "palest grey": Style(colour="#6f6f6f"),
        "logo": Style(logo=logo),
        "logo in brand colour": Style(logo=logo, colour="#00608f"),
        "logo in the palest grey": Style(logo=logo, colour="#6f6f6f"),
        "smallest picture": Style(size=120, width_mm=22),
        "largest picture": Style(size=2000),
    }


def test_every_code_that_is_made_is_read_by_wechat_and_by_others(styles: dict[str, Style]) -> None:
    failed = [
        f"{name}, {length} bytes, {condition}: {engine}"
        for name, style in styles.items()
        for length in LENGTHS
        for condition, engine in _unread(_address(length), style)
    ]

    assert failed == []


def test_what_is_too_fine_for_its_width_is_refused_with_the_width_it_needs() -> None:
    text = _address(94)

    with pytest.raises(CodeTooFine) as refused:
        qr_codes.draw(text, Style(level=Level.H))
    least = refused.value.values["least"]
    assert isinstance(least, int)

    assert refused.value.code == "code_too_fine"
    assert qr_codes.draw(text, Style(level=Level.H, width_mm=least)).least_width_mm == least
    assert list(_unread(text, Style(level=Level.H, width_mm=least))) == []


def _unread(text: str, style: Style) -> Iterator[tuple[str, str]]:
    image = Image.open(io.BytesIO(qr_codes.png(text, style)))
    for condition, degrade in prints.degradations(style.width_mm).items():
        picture = degrade(image)
        if wechat_engine.decode(picture) != [text]:
            yield condition, "WeChat"
        if qr_codes.decode(Image.open(io.BytesIO(picture))) != text:
            yield condition, "zxing-cpp"


def _address(length: int) -> str:
    base = "https://asi.example.cn/r/"
    chosen = random.Random(length)  # noqa: S311 - the same addresses each time
    return base + "".join(chosen.choices(ALPHABET, k=length - len(base)))
