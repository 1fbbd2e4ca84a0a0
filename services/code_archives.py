"""Archives of channel codes: a zip of pictures and the list that says which is which."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo
from zoneinfo import ZoneInfo

from models import Bilingual
from services import qr_codes
from services.channel_codes import Planned
from services.errors import Conflict
from services.qr_codes import Style

MANIFEST = "codes.csv"
HEAD = (
    "slug", "link", "channel", "channel_zh", "channel_en", "label", "url", "png", "svg",
    "width_mm",
)  # fmt: skip
"""`width_mm` is how wide the code has to be printed at least."""

BEIJING = ZoneInfo("Asia/Shanghai")
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


class ArchiveUnwritable(Conflict):
    """The archive cannot be written there."""

    code = "archive_unwritable"


@contextmanager
def placed(output: Path) -> Iterator[Path]:
    """Give a file to write. It takes the output's place if all goes well; else nothing is left.

    Raises:
        ArchiveUnwritable
    """
    part = output.with_name(f".{output.name}.part")
    try:
        with _writing(output):
            part.touch()
        yield part
        with _writing(output):
            part.replace(output)
    finally:
        with suppress(OSError):
            part.unlink()


def write(
    file: Path,
    codes: Iterable[Planned],
    *,
    names: Mapping[str, Bilingual],
    url: Callable[[str], str],
    style: Style,
    made_at: datetime,
) -> None:
    """Draw every code as PNG and SVG into a zip, with a list for Excel beside them.

    `url` makes of a slug what the code says, `names` has the channels' names.

    Raises:
        ArchiveUnwritable, and what `qr_codes.draw` raises: the file is not complete then.
    """
    manifest = io.StringIO(newline="")
    rows = csv.writer(manifest)
    rows.writerow(HEAD)
    with _writing(file), ZipFile(file, "w") as archive:
        for code in codes:
            text = url(code.slug)
            drawing = qr_codes.draw(text, style)
            png, svg = _names(code)
            archive.writestr(_entry(png, made_at), drawing.png())
            archive.writestr(_entry(svg, made_at), drawing.svg())
            place, name = code.place, names[code.place.channel]
            told = (code.slug, place.link, place.channel, name.zh, name.en, place.label)
            rows.writerow(map(_plain, (*told, text, png, svg, str(drawing.least_width_mm))))
        # Without the mark, Excel takes a CSV to be in the system's own character set.
        archive.writestr(_entry(MANIFEST, made_at), manifest.getvalue().encode("utf-8-sig"))


@contextmanager
def _writing(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ArchiveUnwritable(file=str(file), reason=error.strerror or "?") from error


def _names(code: Planned) -> tuple[str, str]:
    name = f"{code.place.link}-{code.place.channel}-{code.slug}"
    return f"png/{name}.png", f"svg/{name}.svg"


def _entry(name: str, made_at: datetime) -> ZipInfo:
    at = made_at.astimezone(BEIJING)
    entry = ZipInfo(name, (at.year, at.month, at.day, at.hour, at.minute, at.second))
    entry.external_attr = 0o644 << 16
    entry.compress_type = ZIP_STORED if name.endswith(".png") else ZIP_DEFLATED
    return entry


def _plain(cell: str) -> str:
    """Keep a spreadsheet from taking a label for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell
