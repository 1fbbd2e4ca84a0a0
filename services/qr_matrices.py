"""QR matrices: which modules of a code are dark."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import qrcode
import zxingcpp
from qrcode.constants import (
    ERROR_CORRECT_H,
    ERROR_CORRECT_L,
    ERROR_CORRECT_M,
    ERROR_CORRECT_Q,
)
from qrcode.exceptions import DataOverflowError

DARK, LIGHT = 0, 1
"""The two colours of a module, as numbers of a palette."""

_DARK_RUN = re.compile(b"\\x00+")


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


class TextTooLong(Exception):
    """No code holds so much: forty versions are not enough."""


class Run(NamedTuple):
    """Dark modules side by side."""

    left: int
    top: int
    length: int


@dataclass(frozen=True)
class Matrix:
    """A code without margin; `cells` holds a byte for each module, row by row."""

    side: int
    cells: bytes

    def runs(self) -> Iterator[Run]:
        """Give the dark modules, row by row."""
        for top in range(self.side):
            row = self.cells[top * self.side : (top + 1) * self.side]
            for found in _DARK_RUN.finditer(row):
                yield Run(found.start(), top, found.end() - found.start())


def matrix(text: str, level: Level) -> Matrix:
    """Make the smallest code of a level that holds a text.

    Raises:
        TextTooLong
    """
    try:
        # The fast writer might choose a character set for Chinese that readers guess wrongly;
        # qrcode writes UTF-8, which all of them try.
        return _quick(text, level) if text.isascii() else _unicode(text, level)
    except (DataOverflowError, ValueError) as error:
        raise TextTooLong from error


def _quick(text: str, level: Level) -> Matrix:
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level.value)
    # The stubs do not say that an image is a buffer of its pixels.
    pixels = memoryview(code.to_image(scale=1, add_quiet_zones=False))  # type: ignore[arg-type]
    return Matrix(len(pixels), pixels.tobytes().replace(b"\xff", bytes([LIGHT])))


def _unicode(text: str, level: Level) -> Matrix:
    code = qrcode.QRCode(error_correction=_LEVELS[level], border=0, box_size=1)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    return Matrix(len(rows), bytes(DARK if dark else LIGHT for row in rows for dark in row))
