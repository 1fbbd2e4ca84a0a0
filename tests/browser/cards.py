"""Cards of every sort, as staff make them: with WeChat's code, of a group, replaced."""

import asyncio
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from services import contact_cards
from services.contact_cards import codes, pictures
from services.content import loading, reading
from services.content.pack import Pack
from services.runtime.database import Database
from tests.browser.running import INSIDE_THE_ROUND, ROOT, Service
from tests.support import wechat_pictures
from tests.support.wechat_pictures import GROUP, PERSON

PERSONAL_CARD = "consultation-china"
PLAIN_CARD = "asi-china"
GROUP_CARD = "readers-group"
REPLACED_CARD = "former-contact"

MORE = """
[[card]]
slug = "readers-group"
name = { zh = "标准修订交流群（虚构）", en = "Readers' group (fictional)" }
role = { zh = "微信群", en = "WeChat group" }
organisation = { zh = "示例（虚构）", en = "Example (fictional)" }
languages = ["zh"]

[[card.channel]]
key = "group"
kind = "wechat_group"

[[card]]
slug = "former-contact"
name = { zh = "前联络人（虚构）", en = "Former contact (fictional)" }
role = { zh = "中文联络", en = "Contact" }
organisation = { zh = "示例（虚构）", en = "Example (fictional)" }
languages = ["zh"]
"""


def make(service: Service, folder: Path) -> None:
    """Load two cards more, put codes behind two, and let one replace another.

    In a thread of its own, since Playwright's loop is in this one; programs would take seconds.
    """
    pack = shutil.copytree(ROOT / "content" / "2026-first", folder / "pack")
    with (pack / "contacts.toml").open("a", encoding="utf-8") as contacts:
        contacts.write(MORE)
    address = f"sqlite:///{service.folder / 'asi.db'}"
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _make(address, reading.read(pack))).result()


async def _make(address: str, pack: Pack) -> None:
    now = datetime.fromisoformat(INSIDE_THE_ROUND)
    database = Database(address)
    async with database.transaction() as db:
        await loading.load(db, pack=pack, now=now)
        for slug, text in ((PERSONAL_CARD, PERSON), (GROUP_CARD, GROUP)):
            card = await contact_cards.by_slug(db, slug=slug)
            channel = await pictures.channel(db, card=card)
            cut = codes.cut(wechat_pictures.screen(text), kind=channel.kind)
            await pictures.put(db, channel=channel, cut=cut, now=now)
        await contact_cards.replace(db, slug=REPLACED_CARD, successor=PERSONAL_CARD, now=now)
    await database.close()
