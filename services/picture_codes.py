"""Codes in pictures that other people made: what they say, and where in the picture they stand."""

from dataclasses import dataclass

import zxingcpp
from PIL import Image

_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


@dataclass(frozen=True)
class Found:
    """A code, and the upright box around it: left, top, right, bottom."""

    text: str
    box: tuple[int, int, int, int]


def found(image: Image.Image) -> list[Found]:
    """Read all codes in a picture."""
    return [
        Found(code.text, _box(code.position)) for code in zxingcpp.read_barcodes(image, formats=_QR)
    ]


def _box(place: zxingcpp.Position) -> tuple[int, int, int, int]:
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    across, down = [corner.x for corner in corners], [corner.y for corner in corners]
    return min(across), min(down), max(across) + 1, max(down) + 1
