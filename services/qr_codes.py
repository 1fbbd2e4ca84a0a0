"""QR codes: text to PNG or SVG, decoded again before anybody gets it."""

import io
import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import qrcode
import segno
import zxingcpp
from PIL import Image, UnidentifiedImageError
from qrcode.constants import (
    ERROR_CORRECT_H,
    ERROR_CORRECT_L,
    ERROR_CORRECT_M,
    ERROR_CORRECT_Q,
)
from qrcode.exceptions import DataOverflowError

from services.errors import Malformed

MARGIN = 4
"""Modules of white around a code: ISO/IEC 18004 asks for four, and coloured posters need them."""

LARGEST_LOGO = 0.22
"""Share of the width. Level H decodes up to here; at 36 % every decoder tried began to fail."""

SMALLEST_SIZE, LARGEST_SIZE = 120, 2000
"""Pixels of an image's side. Below 120 phones at arm's length fail."""

MEASURED_CONTRAST = 4.5
"""Least contrast of the modules to white, by WCAG's formula."""


class Level(StrEnum):
    """Error correction: how much of a code may be lost, 7, 15, 25 or 30 %."""

    L = "L"
    M = "M"
    Q = "Q"
    H = "H"


_LEVELS = {
    Level.L: ERROR_CORRECT_L,
    Level.M: ERROR_CORRECT_M,
    Level.Q: ERROR_CORRECT_Q,
    Level.H: ERROR_CORRECT_H,
}


class CodeTooDense(Malformed):
    """The text does not fit a code of this size."""

    code = "code_too_dense"


class ColourUnfit(Malformed):
    """The colour does not stand out enough from white."""

    code = "colour_unfit"


class LogoUnfit(Malformed):
    """The logo cannot be used."""

    code = "logo_unfit"


class CodeUnreadable(Malformed):
    """The finished code cannot be decoded."""

    code = "code_unreadable"


@dataclass(frozen=True)
class Style:
    """How a code looks."""

    level: Level | None = None
    """None means M, and H under a logo."""

    size: int = 480
    """Pixels of a PNG's side, margin included; what the modules do not fill evenly stays white."""

    colour: str = "#000000"
    logo: Path | None = field(default=None)
    """A picture for the middle, PNG or JPEG; PNG codes only."""

    @property
    def correction(self) -> Level:
        """The level that is used."""
        return self.level or (Level.H if self.logo else Level.M)


def png(text: str, style: Style = Style()) -> bytes:
    """Draw a code as a PNG that has been decoded again.

    Raises:
        CodeTooDense, ColourUnfit, LogoUnfit, CodeUnreadable
    """
    _require_contrast(style.colour)
    code = qrcode.QRCode(error_correction=_LEVELS[style.correction], border=0, box_size=1)
    code.add_data(text)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as error:
        # The library has two ways to say that forty versions are not enough.
        raise CodeTooDense(size=style.size) from error
    image = _draw(code.get_matrix(), style)
    if style.logo:
        _place_logo(image, style.logo)
    _require_readable(image, text)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def svg(text: str, style: Style = Style()) -> bytes:
    """Draw a code as an SVG; its modules have been decoded from a rendering of the same matrix.

    Raises:
        CodeTooDense, ColourUnfit, LogoUnfit, CodeUnreadable
    """
    _require_contrast(style.colour)
    if style.logo:
        raise LogoUnfit(reason="svg")
    try:
        code = segno.make_qr(text, error=style.correction.value, boost_error=False)
    except segno.DataOverflowError as error:
        raise CodeTooDense(size=style.size) from error
    matrix = [[bool(module) for module in row] for row in code.matrix]
    _require_readable(_draw(matrix, style), text)
    file = io.BytesIO()
    code.save(
        file, kind="svg", border=MARGIN, dark=style.colour, light="#ffffff",
        scale=style.size / (len(matrix) + 2 * MARGIN), xmldecl=False, title=None,
    )  # fmt: skip
    return file.getvalue()


def terminal(text: str, *, colours: bool) -> str:
    """Draw a code with half blocks, to be scanned from a screen.

    With `colours` it says which blocks are dark; without, it trusts that the screen is.
    """
    file = io.StringIO()
    segno.make_qr(text, error="l").terminal(file, compact=True, border=2)
    lines = file.getvalue().splitlines()
    return "\n".join(f"\x1b[97;40m{line}\x1b[0m" if colours else line for line in lines)


def decode(image: Image.Image) -> str | None:
    """Read the code in a picture; None where there is none, or more than one."""
    found = zxingcpp.read_barcodes(
        image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    return found[0].text if len(found) == 1 else None


def decode_file(path: Path) -> str | None:
    """Read the code in a picture file.

    Raises:
        LogoUnfit: it is not a picture.
    """
    return decode(_opened(path))


def _draw(matrix: list[list[bool]], style: Style) -> Image.Image:
    modules = len(matrix) + 2 * MARGIN
    scale = style.size // modules
    if scale < 1:
        raise CodeTooDense(size=style.size)
    small = Image.new("RGB", (len(matrix), len(matrix)), "#ffffff")
    small.putdata(
        [_rgb(style.colour) if module else (255, 255, 255) for row in matrix for module in row]
    )
    code = small.resize((len(matrix) * scale, len(matrix) * scale), Image.Resampling.NEAREST)
    image = Image.new("RGB", (style.size, style.size), "#ffffff")
    edge = (style.size - code.width) // 2
    image.paste(code, (edge, edge))
    return image


def _place_logo(image: Image.Image, path: Path) -> None:
    logo = _opened(path).convert("RGBA")
    side = int(image.width * LARGEST_LOGO)
    logo.thumbnail((side - 8, side - 8))
    plate = Image.new("RGB", (side, side), "#ffffff")
    plate.paste(logo, ((side - logo.width) // 2, (side - logo.height) // 2), logo)
    edge = (image.width - side) // 2
    image.paste(plate, (edge, edge))


def _opened(path: Path) -> Image.Image:
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as picture:
            picture.load()
            return picture.convert("RGBA")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise LogoUnfit(reason=type(error).__name__) from error


def _require_readable(image: Image.Image, text: str) -> None:
    if decode(image) != text:
        raise CodeUnreadable


def _require_contrast(colour: str) -> None:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ColourUnfit(colour=colour)
    if 1.05 / (_luminance(colour) + 0.05) < MEASURED_CONTRAST:
        raise ColourUnfit(colour=colour)


def _luminance(colour: str) -> float:
    """Give the relative luminance as WCAG 2.2 defines it."""
    parts = [value / 255 for value in _rgb(colour)]
    threshold = 0.04045
    linear = [
        part / 12.92 if part <= threshold else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
