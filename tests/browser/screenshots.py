"""Take the pictures that the READMEs show: `python -m tests.browser.screenshots`."""

import asyncio
import io
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from models.vocabulary import StaffRole
from services import audit
from services.runtime.clock import OffsetClock, utc_now
from services.runtime.database import Database
from services.staff_accounts import accounts, passwords
from tests.browser.reading import DESKTOP, IPHONE, Device, Reader, Scheme, chromium
from tests.browser.running import ROOT, Service, served
from tests.integration.staff.talks import write
from tests.integration.staff.workers import PASSWORD
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

INBOX = Picture("inbox", "/staff/inbox", device=PHONE_BROWSER)
"""Of the desk, as somebody of ours has it who is logged in."""

TALKS = (
    ("请问“赤泥”一章对氧化铝厂的要求，和现行标准相比有什么变化？", timedelta(minutes=8)),
    ("我们想以协会的名义统一提交意见，可以用 Excel 表格吗？", timedelta(minutes=47)),
    ("报名成功了，但是没有收到参会链接。", timedelta(hours=3)),
)
"""What visitors of the inbox wrote, and how long ago."""


def main() -> None:
    """Take them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as name:
        folder = Path(name)
        with served(folder) as service, chromium(folder) as browser:
            for picture in PICTURES:
                reader = Reader(browser, picture.device, base=service.url)
                _keep(picture, _taken(reader, picture))
            with ThreadPoolExecutor() as pool:
                # Playwright's loop runs in this thread, and no other can.
                pool.submit(asyncio.run, _furnish(service)).result()
            reader = Reader(browser, INBOX.device, base=service.url)
            login = reader.open("/staff/login").page
            login.get_by_label("账号").fill("agent")
            login.get_by_label("密码").fill(PASSWORD)
            login.get_by_role("button", name="登录").click()
            login.wait_for_url("**/staff")
            _keep(INBOX, _taken(reader, INBOX))


async def _furnish(service: Service) -> None:
    """Make an account, and visitors who wait."""
    database = Database(f"sqlite:///{service.folder / 'asi.db'}")
    kept = await passwords.hashed(PASSWORD)
    now = OffsetClock(service.folder / "clock.json", start=None)()
    for number, (words, ago) in enumerate(TALKS):
        await write(database, words, at=now - ago, openid=f"o{number:027}")
    async with database.transaction() as db:
        await accounts.add(
            db,
            login="agent",
            name="王芳",
            role=StaffRole.AGENT,
            password_hash=kept,
            actor=audit.COMMAND_LINE,
            now=utc_now(),
        )
    await database.close()


def _keep(picture: Picture, taken: bytes) -> None:
    content = _compressed(taken)
    (FOLDER / f"{picture.name}.png").write_bytes(content)
    sys.stdout.write(f"{len(content):7} {picture.name}.png\n")


def _taken(reader: Reader, picture: Picture) -> bytes:
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
