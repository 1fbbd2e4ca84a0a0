"""Pictures from outside: logos for the middle of a QR code, and pictures that hold one."""

from pathlib import Path

from PIL import Image, UnidentifiedImageError

from services.errors import Malformed

LARGEST_SIDE = 4096
"""Pixels of a picture's side: nobody sees more in a code, and opening it takes memory."""


class LogoUnfit(Malformed):
    """The picture cannot be used."""

    code = "logo_unfit"


class LogoTooLarge(Malformed):
    """The picture has too many pixels."""

    code = "logo_too_large"


def opened(path: Path) -> Image.Image:
    """Open a PNG or JPEG.

    Raises:
        LogoUnfit, LogoTooLarge
    """
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as picture:
            _require_size(picture)
            picture.load()
            return picture.convert("RGBA")
    except (OSError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise LogoUnfit(reason=type(error).__name__) from error


def plate(logo: Path, side: int) -> Image.Image:
    """Give a logo on a white square, with some white around it.

    Raises:
        LogoUnfit, LogoTooLarge
    """
    picture = opened(logo)
    inside = side - 2 * max(2, side // 16)
    picture.thumbnail((inside, inside))
    square = Image.new("RGB", (side, side), "#ffffff")
    square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2), picture)
    return square


def _require_size(picture: Image.Image) -> None:
    if max(picture.size) > LARGEST_SIDE:
        raise LogoTooLarge(width=picture.width, height=picture.height, largest=LARGEST_SIDE)
