"""Taking out of pictures what nobody sees: place, camera, owner, previews, whatever is behind them.

The picture itself is not packed anew, so it stays what it was, point for point.
"""

import struct
from collections.abc import Iterator

ORIENTATION = 0x0112
"""Exif's number for how a picture is to be turned: all that is kept of it."""

_UPRIGHT = 1

_MARK = 0xFF
_END, _SCAN = 0xD9, 0xDA
_ADOBE, _COMMENT = 0xEE, 0xFE
_JFIF, _EXIF, _ICC = 0xE0, 0xE1, 0xE2
_APPLICATIONS = range(0xE0, 0xF0)
_INSIDE_A_SCAN = {0x00, *range(0xD0, 0xD8)}
"""What may stand behind 0xFF without being a segment: a byte of the picture, a restart."""

_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_SEEN = {b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs", b"bKGD"}
"""What changes how a PNG looks, beside its critical chunks, whose names begin with a capital."""


class Unreadable(ValueError):
    """The picture is not built as its kind is."""


def without(content: bytes, *, content_type: str, orientation: int) -> bytes:
    """Give a picture without what nobody sees.

    Raises:
        Unreadable
    """
    try:
        if content_type == "image/png":
            return _PNG_START + b"".join(_png_chunks(content))
        return b"".join([b"\xff\xd8", _turned(orientation), *_jpeg_segments(content)])
    except (IndexError, struct.error) as error:
        raise Unreadable from error


def _png_chunks(content: bytes) -> Iterator[bytes]:
    place, name = len(_PNG_START), b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", content, place)
        end = place + 12 + length
        if end > len(content):
            raise Unreadable
        if name[:1].isupper() or name in _PNG_SEEN:
            yield content[place:end]
        place = end


def _jpeg_segments(content: bytes) -> Iterator[bytes]:
    """Give what is to stay, from behind the start to the end; what stands behind it goes."""
    place = 2
    while True:
        if content[place] != _MARK:
            raise Unreadable
        while content[place + 1] == _MARK:
            place += 1  # any number of them may fill up
        marker = content[place + 1]
        if marker == _END:
            yield content[place : place + 2]
            return
        (length,) = struct.unpack_from(">H", content, place + 2)
        end = place + 2 + length
        if marker == _SCAN:
            end = _scan_end(content, end)
        if end > len(content):
            raise Unreadable
        if _is_seen(marker, content[place + 4 : place + 16]):
            yield content[place:end]
        place = end


def _is_seen(marker: int, begins: bytes) -> bool:
    if marker == _ICC:
        return begins == b"ICC_PROFILE\x00"
    hidden = marker in _APPLICATIONS or marker == _COMMENT
    return not hidden or marker in {_JFIF, _ADOBE}


def _scan_end(content: bytes, place: int) -> int:
    while True:
        place = content.find(_MARK, place)
        if place < 0:
            raise Unreadable
        following = content[place + 1]
        if following not in _INSIDE_A_SCAN:
            return place
        place += 2


def _turned(orientation: int) -> bytes:
    """Give the shortest Exif that says how the picture is to be turned; none if it is upright."""
    if orientation == _UPRIGHT:
        return b""
    entry = struct.pack(">HHIHH", ORIENTATION, 3, 1, orientation, 0)
    body = b"Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01" + entry + b"\x00\x00\x00\x00"
    return struct.pack(">BBH", _MARK, _EXIF, len(body) + 2) + body
