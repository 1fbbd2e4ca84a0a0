import re
import pytest, time
from pathlib import Path
from tests.integration.staff.test_feedback_forms import upload, AT
from tests.support import filled_forms
from tests.integration.staff.workers import browsing, hire
from models.vocabulary import StaffRole

pytestmark = pytest.mark.any_database

async def test_a(editor, application):
    out = []
    for n in ("surr", "surr_section", "surr_head"):
        content = Path(f"/tmp/safe_{n}.xlsx").read_bytes()
        try:
            a = await upload(editor, content)
            out.append((n, a.status_code, re.findall(r'data-code="(\w+)"', a.text), re.findall(r"<li>.*?</li>", a.text)[:3], a.headers.get("location")))
            if a.status_code == 303:
                b = await editor.client.get(a.headers["location"]); out.append(b.status_code)
        except Exception as e:
            out.append((n, repr(e)[:300]))
    async def post(page, to="", **values):
        try:
            a = await editor.send(page, to, **values)
            out.append((to or page, str(values)[:80], a.status_code))
        except Exception as e:
            out.append((to or page, str(values)[:80], repr(e)[:200]))
    await post("/staff/content/new-link", title_zh="a\x00b", title_en="x", to_hub="on", slug="abcde")
    await post("/staff/canned-replies", "/staff/canned-replies", title="a\x00b", text="x\x00y")
    await post("/staff/feedback/enter", received_on="2026-03-02", comment="abc\x00", way="mail", told="on", section="ps/v4/9\x00", name="x")
    await post("/staff/content/replies/ask", occasion="message", said="hi\x00")
    for p in ("/staff/login",):
        await post(p, login="a\x00", password="b\x00")
    await post("/staff/content/packs", "/staff/content/packs/check", source="folder")
    await post("/staff/content/packs", "/staff/content/packs/apply", source="upload", archive="é\x00")
    await post("/staff/content/packs", "/staff/content/packs/apply", source="folder", seen="\x00")
    await post("/staff/content/packs", "/staff/content/document-file", document="\x00")
    await post("/staff/content/packs", "/staff/content/contact-picture", card="\x00", channel="x")
    await post("/staff/content/contacts/mary", "/staff/content/contacts/\x00/channels/x".replace("\x00","%00"), value="x")
    for o in out: print(o)
    assert 0
