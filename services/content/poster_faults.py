"""What can be wrong with a pack's posters that one entry alone does not show."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from services.content.faults import Fault
from services.content.pack import Pack, owned_links
from services.content.pack_posters import Poster

FOLDER = "posters"
SHEET, SHARE = "sheet.typ", "share.typ"
"""The templates that every pack with posters has: for paper, and for the share image."""


def found(pack: Pack, folder: Path) -> Iterator[Fault]:
    """Give what is wrong: entries in the order of the file, then the templates."""
    posters = pack.posters.poster
    for slug, count in Counter(poster.slug for poster in posters).items():
        if count > 1:
            yield Fault("posters.toml", f"poster {slug}", "is there more than once")
    for poster in posters:
        yield from _entry_faults(pack, poster)
    if posters:
        yield from _template_faults(folder / FOLDER)


def _entry_faults(pack: Pack, poster: Poster) -> Iterator[Fault]:
    links = {link.slug for link in owned_links(pack)} | {link.slug for link in pack.links}
    webinars = {webinar.slug for webinar in pack.webinars}
    key = f"poster {poster.slug}"
    for fact in poster.fact:
        if fact.webinar and fact.webinar not in webinars:
            yield Fault("posters.toml", f"{key}.fact", f"no webinar {fact.webinar!r} in this pack")
    for code in poster.code:
        if code.link not in links:
            yield Fault("posters.toml", f"{key}.code", f"no slug {code.link!r} in this pack")
    for link, count in Counter(code.link for code in poster.code).items():
        if count > 1:
            yield Fault("posters.toml", f"{key}.code", f"one code for {link} is enough")


def _template_faults(folder: Path) -> Iterator[Fault]:
    for name in (SHEET, SHARE):
        if not (folder / name).is_file():
            yield Fault(f"{FOLDER}/{name}", "", "the file is missing")
    for file in sorted(folder.glob("*.typ")):
        # A package would be fetched from the Internet while somebody waits for the poster.
        if b'"@' in file.read_bytes():
            yield Fault(f"{FOLDER}/{file.name}", "", "packages are not to be had here")
