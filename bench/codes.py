"""QR codes: ours, which decodes each one, beside plain qrcode and segno, which do not.

`python -m bench.codes` measures this table alone, as a trial.
"""

import io
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import qrcode
import segno
from PIL import Image, ImageDraw
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_M
from qrcode.image.styledpil import StyledPilImage
from qrcode.image.svg import SvgPathImage

from api import codes
from bench import machine
from bench.failures import AnswerWrong
from bench.rounds import Plan
from services import qr_codes
from services.qr_codes import Style

TITLE = "QR codes"
DRAWN = 50
"""Codes of one way in one round."""

SCALE = 12
"""Pixels of a module, where ours draws 480 pixels for a code of version 3."""

METHOD = """\
- Each round draws {drawn} codes in each way, one after the other in one process, every one for
  another address of 32 bytes: version 3, level M, 480 pixels; under a logo version 5, level H.
- The time is the CPU's. Ours is decoded twice before it is given out, as it is and as a camera sees
  it in print; the others are drawn and nothing else. All were decoded once before the rounds.
- “Cached” asks again for a picture that was drawn before, as the address `/qr/…` does for a style
  that the edge does not keep; the usual style comes from the edge, see its table."""

_numbers = itertools.count(1_000_000)


@dataclass
class Way:
    """One way to draw a code."""

    name: str
    draw: Callable[[str], bytes]
    milliseconds: list[float] = field(default_factory=list)
    """CPU time of one code, by round."""


@dataclass(frozen=True)
class Race:
    """Ours and others at the same picture."""

    title: str
    ours: Way
    others: Sequence[Way]
    reach: float
    """How many times as fast as each of the others ours has to be at least."""

    def ratios(self, other: Way) -> list[float]:
        """Give how many times as fast as another way ours is, by round."""
        pairs = zip(self.ours.milliseconds, other.milliseconds, strict=True)
        return [theirs / ours for ours, theirs in pairs]

    @property
    def reached(self) -> bool:
        """Whether ours is as fast as it should be."""
        return all(median(self.ratios(other)) >= self.reach for other in self.others)


def measure(plan: Plan, folder: Path) -> list[Race]:
    """Measure all races.

    Raises:
        AnswerWrong: a picture says something else than it should.
    """
    print(f"{TITLE} …", flush=True)
    races = _races(_logo(folder))
    for race in races:
        for way in (race.ours, *race.others):
            _check(way)
    for number in range(plan.rounds):
        for race in races:
            ways = [race.ours, *race.others]
            turn = number % len(ways)
            for way in (*ways[turn:], *ways[:turn]):
                way.milliseconds.append(_milliseconds(way))
    return races


def _races(logo: Path) -> list[Race]:
    marked = Style(logo=logo)
    return [
        Race(
            "PNG",
            Way("ours, decoded", qr_codes.png),
            [Way("qrcode", _qrcode_png), Way("segno", _segno_png)],
            reach=1.5,
        ),
        Race(
            "SVG",
            Way("ours, decoded", qr_codes.svg),
            [Way("qrcode", _qrcode_svg), Way("segno", _segno_svg)],
            reach=1.5,
        ),
        Race(
            "PNG with a logo",
            Way("ours, decoded", lambda text: qr_codes.png(text, marked)),
            [Way("qrcode", lambda text: _qrcode_logo(text, logo))],
            reach=1.0,
        ),
        Race(
            "PNG, cached",
            Way("ours, decoded", lambda _: codes.drawn(_address(0), "png", Style(size=400))),
            [Way("qrcode", lambda _: _qrcode_png(_address(0)))],
            reach=1_000.0,
        ),
    ]


def _check(way: Way) -> None:
    picture = way.draw(_address(0))
    if picture.startswith((b"<svg", b"<?xml")):
        return
    said = qr_codes.decode(Image.open(io.BytesIO(picture)).convert("L"))
    if said != _address(0):
        message = f"{way.name} drew {said!r}."
        raise AnswerWrong(message)


def _milliseconds(way: Way) -> float:
    texts = [_address(next(_numbers)) for _ in range(DRAWN)]
    started = time.process_time()
    for text in texts:
        way.draw(text)
    return (time.process_time() - started) / DRAWN * 1_000


def _address(number: int) -> str:
    return f"https://asi.example.cn/r/{number:07}"


def _logo(folder: Path) -> Path:
    file = folder / "logo.png"
    picture = Image.new("RGBA", (300, 300), "#00608f")
    ImageDraw.Draw(picture).ellipse((60, 60, 240, 240), fill="#ffffff")
    picture.save(file)
    return file


def _qrcode(text: str, level: int = ERROR_CORRECT_M) -> qrcode.QRCode:
    code = qrcode.QRCode(error_correction=level, box_size=SCALE, border=qr_codes.MARGIN)
    code.add_data(text)
    code.make(fit=True)
    return code


def _qrcode_png(text: str) -> bytes:
    file = io.BytesIO()
    _qrcode(text).make_image().save(file)
    return file.getvalue()


def _qrcode_svg(text: str) -> bytes:
    file = io.BytesIO()
    _qrcode(text).make_image(image_factory=SvgPathImage).save(file)
    return file.getvalue()


def _qrcode_logo(text: str, logo: Path) -> bytes:
    file = io.BytesIO()
    code = _qrcode(text, ERROR_CORRECT_H)
    code.make_image(
        image_factory=StyledPilImage,
        embedded_image_path=str(logo),
        embedded_image_ratio=qr_codes.LARGEST_LOGO,
    ).save(file)
    return file.getvalue()


def _segno_png(text: str) -> bytes:
    return _segno(text, "png")


def _segno_svg(text: str) -> bytes:
    return _segno(text, "svg")


def _segno(text: str, kind: str) -> bytes:
    file = io.BytesIO()
    code = segno.make_qr(text, error="m", boost_error=False)
    code.save(file, kind=kind, scale=SCALE, border=qr_codes.MARGIN)
    return file.getvalue()


def main() -> int:
    """Measure this table alone and print it; nothing is kept."""
    plan = Plan(int((*sys.argv[1:], "3")[0]), 1, machine.cores())
    os.sched_setaffinity(0, {plan.cores.loading})
    with tempfile.TemporaryDirectory(prefix="asi-bench-") as folder:
        races = measure(plan, Path(folder))
    for race in races:
        print(f"{race.title}: ours {median(race.ours.milliseconds):.4f} ms")
        for other in race.others:
            ratio = median(race.ratios(other))
            print(f"  {other.name} {median(other.milliseconds):.2f} ms, ours takes 1/{ratio:.1f}")
    return 0 if all(race.reached for race in races) else 2


if __name__ == "__main__":
    sys.exit(main())
