"""Take the pictures that the READMEs show: `python -m tests.browser.screenshots`."""

import io
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser

from tests.browser.reading import DESKTOP, IPHONE, Device, Reader, Scheme, chromium
from tests.browser.running import ROOT, served
from tests.support.agents import CHROME

FOLDER = ROOT / "docs" / "screenshots"
LARGEST = 150_000
"""Bytes of a picture; a README with ten of them still opens on a phone."""

TALLEST = 1000
"""CSS pixels; what lies below is seen on the page itself."""

EXTENT = """tallest => {
    const ends = [...document.querySelectorAll("main p, main li, .weui-cells, .way")]
        .map(item => item.getBoundingClientRect().bottom);
    const below = document.documentElement.getBoundingClientRect().bottom;
    return [scrollY, below <= tallest ? below : Math.max(...ends.filter(end => end < tallest)) + 8];
}"""
"""Where the picture begins and how tall it is: it ends below a paragraph, never inside one."""

PHONE_BROWSER = Device("phone", CHROME, IPHONE.width, IPHONE.height, IPHONE.density)


@dataclass(frozen=True)
class Picture:
    """One picture: of which page, on what, how."""

    name: str
    path: str
    device: Device = IPHONE
    scheme: Scheme = "light"


PICTURES = [
    Picture("article", "/"),
    Picture("article-dark-care", "/?mode=care", scheme="dark"),
    Picture("article-lists", "/#documents"),
    Picture("document", "/documents/ps-v4-draft"),
    Picture("webinar", "/webinars/china"),
    Picture("contact", "/contacts/asi-china"),
    Picture("feedback", "/feedback"),
    Picture("article-english", "/?lang=en", device=PHONE_BROWSER),
    Picture("not-found", "/no/such/page"),
    Picture("article-desktop", "/", device=DESKTOP),
]


def main() -> None:
    """Take them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as name:
        folder = Path(name)
        with served(folder) as service, chromium(folder) as browser:
            for picture in PICTURES:
                content = _compressed(_taken(browser, picture, base=service.url))
                (FOLDER / f"{picture.name}.png").write_bytes(content)
                sys.stdout.write(f"{len(content):7} {picture.name}.png\n")


def _taken(browser: Browser, picture: Picture, *, base: str) -> bytes:
    reader = Reader(browser, picture.device, base=base)
    page = reader.open(picture.path, scheme=picture.scheme).page
    top, height = page.evaluate(EXTENT, TALLEST)
    return page.screenshot(
        full_page=True,
        clip={"x": 0, "y": top, "width": picture.device.width, "height": height},
    )


def _compressed(content: bytes) -> bytes:
    """Give the picture with as many colours as its size allows."""
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    for colours in (256, 64, 32, 16):
        file = io.BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
        if file.tell() <= LARGEST:
            return file.getvalue()
    message = f"{picture.size} cannot be had in {LARGEST} bytes"
    raise ValueError(message)


if __name__ == "__main__":
    main()
