"""QR codes: text to PNG or SVG, decoded again before anybody gets it."""

import base64
import io
import math
import re
from dataclasses import dataclass
from pathlib import Path

import segno
import zxingcpp
from PIL import Image, ImageFilter

from services import qr_logos, qr_matrices
from services.errors import Malformed
from services.qr_matrices import LIGHT, Level, Matrix

MARGIN = 4
"""Modules of white around a code: ISO/IEC 18004 asks for four, and coloured posters need them."""

LARGEST_LOGO = 0.22
"""Share of the width. Level H decodes up to here; at 36 % every decoder tried began to fail."""

LOGO_PIXELS = 512
"""Side of the logo's picture inside an SVG."""

SMALLEST_SIZE, LARGEST_SIZE = 120, 2000
"""Pixels of an image's side. Below 120 phones at arm's length fail."""

LEAST_MODULE_PIXELS = 2
"""Pixels of a module's side: a single one is lost when a messenger compresses the picture."""

SMALLEST_WIDTH, LARGEST_WIDTH = 20, 2000
"""Millimetres of a print's side, margin included."""

LEAST_MODULE_MM = 0.36
"""Millimetres of a printed module: at 2 cm that is 55 modules with the margin. With more, tilted
and soft pictures began to fail (docs/notes/codes.md)."""

CAMERA = 8
"""Pixels a phone sees of a millimetre: full-HD video 20 cm away, twelve megapixels at 40 cm."""

CAMERA_BLUR = 1.0
"""How soft that picture is: the blur's standard deviation in pixels."""

LEAST_CONTRAST = 5.0
"""Of the modules to white, by WCAG's formula. With less, tilted and compressed pictures fail."""

_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_WHITE = (255, 255, 255)


class CodeTooDense(Malformed):
    """The text does not fit a code of this size."""

    code = "code_too_dense"


class CodeTooFine(Malformed):
    """The modules of the code are too small for a print of this width."""

    code = "code_too_fine"


class ColourUnknown(Malformed):
    """The colour is not written as six hexadecimal digits."""

    code = "colour_unknown"


class ColourUnfit(Malformed):
    """The colour does not stand out enough from white."""

    code = "colour_unfit"


class LogoTooWide(Malformed):
    """The logo would hide too much of the code."""

    code = "logo_too_wide"


class LevelTooLow(Malformed):
    """A logo needs the highest level of error correction."""

    code = "level_too_low"


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
    logo: Path | None = None
    """A picture for the middle, PNG or JPEG."""

    logo_share: float = LARGEST_LOGO
    """How much of the code's width the logo takes, its white plate included."""

    width_mm: int = SMALLEST_WIDTH
    """How wide it is printed at least, margin included."""

    @property
    def correction(self) -> Level:
        """The level that is used."""
        return self.level or (Level.H if self.logo else Level.M)


@dataclass(frozen=True)
class Drawing:
    """A code that has been decoded, also as a camera sees it in print."""

    matrix: Matrix
    image: Image.Image
    style: Style

    @property
    def least_width_mm(self) -> int:
        """How wide the whole picture has to be printed at least."""
        return max(SMALLEST_WIDTH, _least_width(self.style.size, _scale(self.matrix, self.style)))

    def png(self) -> bytes:
        """Give it as a PNG."""
        file = io.BytesIO()
        if self.image.mode == "P":
            self.image.save(file, "PNG", bits=1)
        else:
            self.image.save(file, "PNG")
        return file.getvalue()

    def svg(self) -> bytes:
        """Give it as an SVG: the modules and the logo of the picture that was decoded."""
        side = _with_margin(self.matrix)
        dark = "".join(
            f"M{run.left + MARGIN} {run.top + MARGIN}h{run.length}v1h-{run.length}z"
            for run in self.matrix.runs()
        )
        size, colour = self.style.size, self.style.colour
        drawn = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" '
            f'viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
            f'<path fill="#ffffff" d="M0 0h{side}v{side}H0z"/><path fill="{colour}" d="{dark}"/>'
            f"{_svg_logo(self.style, side)}</svg>\n"
        )
        return drawn.encode()


def draw(text: str, style: Style = Style()) -> Drawing:
    """Draw a code and decode it.

    Raises:
        CodeTooDense, CodeTooFine, ColourUnknown, ColourUnfit, LogoUnfit, LogoTooLarge,
        LogoTooWide, LevelTooLow, CodeUnreadable
    """
    _require_contrast(style.colour)
    if style.logo:
        _require_room(style)
    matrix = _matrix(text, style.correction, style.size)
    scale = _scale(matrix, style)
    width = _least_width(style.size, scale)
    if width > style.width_mm:
        raise CodeTooFine(width=style.width_mm, least=width)
    image = _picture(matrix, style)
    require_readable(image, text, scale=scale)
    return Drawing(matrix, image, style)


def png(text: str, style: Style = Style()) -> bytes:
    """Draw a code as a PNG; raises what `draw` does."""
    return draw(text, style).png()


def svg(text: str, style: Style = Style()) -> bytes:
    """Draw a code as an SVG; raises what `draw` does."""
    return draw(text, style).svg()


def require_readable(image: Image.Image, text: str, *, scale: int) -> None:
    """Hold a picture of a code to its text: as it is, and as a camera sees the smallest print.

    `scale` has the pixels of a module's side.

    Raises:
        CodeUnreadable
    """
    seen = image.convert("L")
    side = round(seen.width * LEAST_MODULE_MM * CAMERA / scale)
    printed = seen.resize((side, side), Image.Resampling.BICUBIC, reducing_gap=1.0)
    for picture in (seen, printed.filter(ImageFilter.GaussianBlur(CAMERA_BLUR))):
        if _read(picture) != text:
            raise CodeUnreadable


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
    found = zxingcpp.read_barcodes(image, formats=_QR)
    return found[0].text if len(found) == 1 else None


def decode_file(path: Path) -> str | None:
    """Read the code in a picture file.

    Raises:
        LogoUnfit: it is not a picture.
        LogoTooLarge
    """
    return decode(qr_logos.opened(path))


def _matrix(text: str, level: Level, size: int) -> Matrix:
    try:
        return qr_matrices.matrix(text, level)
    except qr_matrices.TextTooLong as error:
        raise CodeTooDense(size=size) from error


def _with_margin(matrix: Matrix) -> int:
    return matrix.side + 2 * MARGIN


def _scale(matrix: Matrix, style: Style) -> int:
    """Give the pixels of a module's side."""
    scale = style.size // _with_margin(matrix)
    if scale < LEAST_MODULE_PIXELS:
        raise CodeTooDense(size=style.size)
    return scale


def _least_width(size: int, scale: int) -> int:
    return math.ceil(size * LEAST_MODULE_MM / scale)


def _picture(matrix: Matrix, style: Style) -> Image.Image:
    scale = _scale(matrix, style)
    small = Image.frombytes("P", (matrix.side, matrix.side), matrix.cells)
    modules = small.resize((matrix.side * scale, matrix.side * scale), Image.Resampling.NEAREST)
    image = Image.new("P", (style.size, style.size), LIGHT)
    image.putpalette([*_rgb(style.colour), *_WHITE])
    _paste(image, modules)
    if not style.logo:
        return image
    image = image.convert("RGB")
    side = int(_with_margin(matrix) * scale * style.logo_share)
    _paste(image, qr_logos.plate(style.logo, side))
    return image


def _paste(image: Image.Image, part: Image.Image) -> None:
    edge = (image.width - part.width) // 2
    image.paste(part, (edge, edge))


def _svg_logo(style: Style, side: int) -> str:
    if not style.logo:
        return ""
    picture = io.BytesIO()
    qr_logos.plate(style.logo, LOGO_PIXELS).save(picture, "PNG")
    data = base64.b64encode(picture.getvalue()).decode()
    width = side * style.logo_share
    place = f'x="{(side - width) / 2:.3f}" y="{(side - width) / 2:.3f}"'
    size = f'width="{width:.3f}" height="{width:.3f}"'
    return f'<image {place} {size} href="data:image/png;base64,{data}"/>'


def _require_room(style: Style) -> None:
    if style.correction is not Level.H:
        raise LevelTooLow(level=style.correction.value)
    if not 0 < style.logo_share <= LARGEST_LOGO:
        share, largest = round(style.logo_share * 100), round(LARGEST_LOGO * 100)
        raise LogoTooWide(share=share, largest=largest)


def _read(image: Image.Image) -> str | None:
    """Read a code that lies straight, without the tries that help a bad one."""
    found = zxingcpp.read_barcodes(
        image, formats=_QR, try_rotate=False, try_downscale=False, try_invert=False
    )
    return found[0].text if len(found) == 1 else None


def _require_contrast(colour: str) -> None:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ColourUnknown(colour=colour)
    contrast = 1.05 / (_luminance(colour) + 0.05)
    if contrast < LEAST_CONTRAST:
        found = f"{math.floor(contrast * 10) / 10:.1f}"
        raise ColourUnfit(colour=colour, contrast=found, least=str(LEAST_CONTRAST))


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
