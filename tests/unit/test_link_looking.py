"""Looks at addresses outside: what a site gives, and the tricks that lead inside."""

import gzip
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from models.vocabulary import LinkOutcome
from services.link_health import looking
from services.link_health.looking import Looker, Seen
from services.link_health.public_only import NotPublic, PublicOnly, is_public
from tests.support import outside
from tests.support.files import PDF
from tests.support.outside import PUBLIC_NUMBER, Outside, Page

HOSTS = ["asi.example", "forms.example"]
DRAFT = "https://www.asi.example/draft.pdf"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return outside.write_certificate(
        tmp_path_factory.mktemp("outside"), "asi.example", "www.asi.example"
    )


@pytest.fixture
async def site(certificate: Path) -> AsyncIterator[Outside]:
    async with outside.opened(certificate) as opened:
        opened.pages["www.asi.example/draft.pdf"] = Page(PDF)
        yield opened


async def _look(site: Outside, address: str = DRAFT, *, patience: float = 1.0) -> Seen:
    async with Looker(site.way(), patience=patience) as looker:
        return await looker.look(address, hosts=HOSTS)


async def test_a_file_is_measured_and_not_kept(site: Outside) -> None:
    seen = await _look(site)

    assert seen == Seen(
        outcome=LinkOutcome.GOOD,
        status=200,
        content_type="application/pdf",
        size_bytes=len(PDF),
        sha256=hashlib.sha256(PDF).hexdigest(),
    )
    assert site.asked == ["www.asi.example/draft.pdf"]


@pytest.mark.parametrize(
    ("status", "moved_to"), [(301, DRAFT), (308, DRAFT), (302, None), (303, None), (307, None)]
)
async def test_a_permanent_redirect_is_a_move(
    site: Outside, status: int, moved_to: str | None
) -> None:
    site.pages["asi.example/old"] = Page(status=status, location="//www.asi.example/draft.pdf#p2")

    seen = await _look(site, "https://asi.example/old")

    assert (seen.outcome, seen.moved_to) == (LinkOutcome.GOOD, moved_to)


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/draft.pdf",
        "https://asi.example.evil.example/",
        "https://asi.example@evil.example/",
        "https://asi.example:8443/",
        "https:\\\\evil.example\\",
        "http://www.asi.example/draft.pdf",
        "//127.0.0.1/",
        "https://[::ffff:127.0.0.1]/",
        "file:///etc/passwd",
        "gopher://asi.example/",
        "https://[",
    ],
)
async def test_a_redirect_off_the_list_is_not_followed(site: Outside, location: str) -> None:
    site.pages["asi.example/old"] = Page(status=302, location=location)

    seen = await _look(site, "https://asi.example/old")

    assert seen.outcome is LinkOutcome.REDIRECT_REFUSED
    assert site.asked == ["asi.example/old"]
    assert seen.sha256 is None


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "http://asi.example/",
        "https://127.0.0.1/",
        "https://asi.example:443/",
        "https://user@asi.example/",
        "file:///etc/passwd",
    ],
)
async def test_an_address_off_the_list_is_not_asked(site: Outside, address: str) -> None:
    seen = await _look(site, address)

    assert (seen.outcome, site.asked) == (LinkOutcome.OFF_LIST, [])


@pytest.mark.parametrize(
    "number",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse, nothing listens
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "not a number",
    ],
)
async def test_a_name_that_stands_for_a_private_machine_is_not_asked(
    site: Outside, number: str
) -> None:
    site.names["www.asi.example"] = [PUBLIC_NUMBER, number]

    seen = await _look(site)

    assert (seen.outcome, site.asked) == (LinkOutcome.PRIVATE_ADDRESS, [])


@pytest.mark.parametrize("number", ["1.1.1.1", "2606:4700::1111", "64:ff9b::101:101"])
def test_public_machines_may_be_asked(number: str) -> None:
    assert is_public(number)


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001", "[::1]"])
async def test_the_systems_own_answers_are_looked_at(host: str) -> None:
    """With nothing of the tests in between: other spellings of this machine are no way in."""
    transport = PublicOnly()
    async with httpx2.AsyncClient(transport=transport) as client:
        with pytest.raises(NotPublic):
            await client.get(f"https://{host}/")


async def test_a_name_that_changes_its_mind_is_asked_once(site: Outside) -> None:
    """DNS rebinding: the first answer is public, every later one is this machine."""
    site.later["www.asi.example"] = ["127.0.0.1"]

    first, second = await _look(site), await _look(site)

    assert (first.outcome, second.outcome) == (LinkOutcome.GOOD, LinkOutcome.PRIVATE_ADDRESS)
    assert site.asked == ["www.asi.example/draft.pdf"]


async def test_another_of_a_names_machines_is_tried(site: Outside) -> None:
    site.names["www.asi.example"] = ["1.1.1.1", PUBLIC_NUMBER]

    assert (await _look(site)).outcome is LinkOutcome.GOOD


async def test_a_name_without_machines_is_unreachable(site: Outside) -> None:
    site.names["www.asi.example"] = []

    assert (await _look(site)).outcome is LinkOutcome.UNREACHABLE


async def test_a_name_that_cannot_be_one_is_unreachable() -> None:
    async with Looker(PublicOnly()) as looker:
        seen = await looker.look(f"https://{'a' * 64}.asi.example/", hosts=HOSTS)

    assert seen.outcome is LinkOutcome.UNREACHABLE


async def test_a_certificate_has_to_be_the_names(site: Outside) -> None:
    site.pages["forms.example/"] = Page(b"hello")

    seen = await _look(site, "https://forms.example/")

    assert (seen.outcome, site.asked) == (LinkOutcome.UNREACHABLE, [])


async def test_what_is_not_there_is_told_by_its_status(site: Outside) -> None:
    seen = await _look(site, "https://asi.example/gone.pdf")

    assert (seen.outcome, seen.status, seen.sha256) == (LinkOutcome.STATUS, 404, None)


async def test_a_redirect_has_an_end(site: Outside) -> None:
    site.pages["asi.example/a"] = Page(status=302, location="/b")
    site.pages["asi.example/b"] = Page(status=302, location="/a")

    seen = await _look(site, "https://asi.example/a")

    assert seen.outcome is LinkOutcome.REDIRECT_LOOP
    assert len(site.asked) == 1 + looking.MOST_REDIRECTS


async def test_a_file_that_is_too_large_is_not_read_on(
    site: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "LARGEST", len(PDF) - 1)

    assert (await _look(site)).outcome is LinkOutcome.TOO_LARGE


async def test_a_packed_answer_is_not_unpacked(site: Outside) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    site.pages["www.asi.example/draft.pdf"] = Page(bomb, encoding="gzip")

    seen = await _look(site)

    assert (seen.outcome, seen.size_bytes, seen.sha256) == (LinkOutcome.GOOD, len(bomb), None)


async def test_a_file_that_breaks_off_is_no_file(site: Outside) -> None:
    site.pages["www.asi.example/draft.pdf"] = Page(PDF, announced=len(PDF) + 1)

    assert (await _look(site)).outcome is LinkOutcome.UNREACHABLE


async def test_a_site_that_says_nothing_is_not_waited_for(site: Outside) -> None:
    site.pages["www.asi.example/draft.pdf"] = Page(silent=True)

    assert (await _look(site, patience=0.02)).outcome is LinkOutcome.TIMED_OUT
