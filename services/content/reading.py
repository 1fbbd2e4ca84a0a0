"""Reading a content pack from its folder: every fault found is named by file, key and rule."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from models.bilingual import Bilingual
from models.vocabulary import FeedbackRoute, Language, LinkTarget
from services import addresses, channel_codes
from services.content import link_rules, poster_faults, reply_faults
from services.content import pack as shape
from services.content.faults import Fault
from services.content.pack import PAGE_PATHS, Pack, owned_links
from services.content.pack_contacts import ContactsFile
from services.content.pack_posters import PostersFile
from services.content.pack_replies import MenuFile, RepliesFile
from services.content.pack_rules import RulesFile
from services.errors import Malformed
from services.visits import OTHER_CHANNEL

LARGEST_FILE = 1024 * 1024
"""Bytes. A text file above it is no pack's."""

FILES: dict[str, type[BaseModel]] = {
    "round.toml": shape.RoundFile,
    "sections.toml": shape.SectionsFile,
    "documents.toml": shape.DocumentsFile,
    "webinars.toml": shape.WebinarsFile,
    "contacts.toml": ContactsFile,
    "feedback.toml": shape.FeedbackFile,
    "vocabulary.toml": shape.VocabularyFile,
    "links.toml": shape.LinksFile,
    "rules.toml": RulesFile,
    "pages.toml": shape.PagesFile,
    "replies.toml": RepliesFile,
    "menu.toml": MenuFile,
    "posters.toml": PostersFile,
}

OPTIONAL = frozenset({"rules.toml", "replies.toml", "menu.toml", "posters.toml"})
"""Files that a pack need not have: links then lead everybody alike, the account is silent."""


class PackInvalid(Malformed):
    """The content pack has faults; nothing was changed."""

    code = "pack_invalid"

    def __init__(self, folder: Path, faults: list[Fault]) -> None:
        """Keep all faults, so that they can be mended in one go."""
        self.faults = faults
        super().__init__(
            folder=str(folder),
            count=len(faults),
            faults="\n".join(f"  {fault}" for fault in faults),
        )


def read(folder: Path) -> Pack:
    """Read and check a whole pack.

    Raises:
        PackInvalid: with all faults, in the order of the files.
    """
    if not folder.is_dir():
        raise PackInvalid(folder, [Fault(str(folder), "", "no such folder")])
    faults: list[Fault] = []
    parts: dict[str, Any] = {name: _part(folder / name, faults) for name in FILES}
    heads = parts["pages.toml"].page if parts["pages.toml"] else ()
    pages = [_page(folder, head, faults) for head in heads]
    if faults:
        raise PackInvalid(folder, faults)
    pack = Pack(
        round=parts["round.toml"].round,
        publisher=parts["round.toml"].publisher,
        retention=parts["round.toml"].retention,
        sections=parts["sections.toml"].section,
        documents=parts["documents.toml"].document,
        webinars=parts["webinars.toml"].webinar,
        cards=parts["contacts.toml"].card,
        feedback_channels=parts["feedback.toml"].channel,
        terms=parts["vocabulary.toml"].term,
        links=parts["links.toml"].link,
        rules=parts["rules.toml"],
        channels=parts["links.toml"].channel,
        pages=tuple(pages),
        replies=parts["replies.toml"],
        menu=parts["menu.toml"],
        posters=parts["posters.toml"],
    )
    if faults := [*_faults_across(pack), *poster_faults.found(pack, folder)]:
        raise PackInvalid(folder, faults)
    return pack


def _part(path: Path, faults: list[Fault]) -> BaseModel | None:
    if path.name in OPTIONAL and not path.exists():
        return FILES[path.name]()
    source = _text(path, path.name, faults)
    if source is None:
        return None
    try:
        return FILES[path.name].model_validate(tomllib.loads(source))
    except tomllib.TOMLDecodeError as error:
        faults.append(Fault(path.name, "", f"not valid TOML: {error}"))
    except ValidationError as error:
        faults.extend(
            Fault(path.name, _key(item["loc"]), item["msg"].removeprefix("Value error, "))
            for item in error.errors(include_url=False)
        )
    return None


def _text(path: Path, name: str, faults: list[Fault]) -> str | None:
    try:
        if path.stat().st_size > LARGEST_FILE:
            faults.append(Fault(name, "", "at most 1 MiB is expected"))
            return None
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        faults.append(Fault(name, "", "the file is missing"))
    except OSError as error:
        faults.append(Fault(name, "", f"the file cannot be read ({error.strerror})"))
    except UnicodeDecodeError as error:
        faults.append(Fault(name, f"byte {error.start}", "text in UTF-8 is expected"))
    return None


def _key(location: tuple[int | str, ...]) -> str:
    key = ""
    for part in location:
        key += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if key else part
    return key


def _page(folder: Path, head: shape.PageHead, faults: list[Fault]) -> shape.Page:
    bodies = {}
    for language in Language:
        name = f"pages/{head.slug}.{language.value}.md"
        text = _text(folder / name, name, faults)
        if text is not None and not text.strip():
            faults.append(Fault(name, "", "the file is empty"))
        bodies[language.value] = text or ""
    return shape.Page(head=head, body=Bilingual(**bodies))


def _faults_across(pack: Pack) -> Iterator[Fault]:
    yield from _round_faults(pack)
    yield from _slug_faults(pack)
    yield from _document_faults(pack)
    yield from _contact_faults(pack)
    yield from _feedback_faults(pack)
    yield from _link_faults(pack)
    yield from _channel_faults(pack)
    yield from _address_faults(pack)
    yield from link_rules.faults(pack)
    yield from reply_faults.found(pack)


def _round_faults(pack: Pack) -> Iterator[Fault]:
    this = pack.round
    if this.closes_at <= this.opens_at:
        yield Fault("round.toml", "round.closes_at", "an instant after opens_at is expected")
    if this.responding_at and this.responding_at < this.closes_at:
        yield Fault("round.toml", "round.responding_at", "not before closes_at")
    if this.published_at and this.published_at < (this.responding_at or this.closes_at):
        yield Fault(
            "round.toml",
            "round.published_at",
            "not before the close and the responding",
        )
    missing = PAGE_PATHS.keys() - {page.head.slug for page in pack.pages}
    for slug in sorted(missing):
        yield Fault("pages.toml", f"page {slug}", "every round needs this page")


def _slug_faults(pack: Pack) -> Iterator[Fault]:
    slugs = Counter([link.slug for link in owned_links(pack)] + [link.slug for link in pack.links])
    for slug, count in slugs.items():
        if channel_codes.is_slug(slug):
            yield Fault("links.toml", slug, "looks like a printed channel code; choose another one")
        if count > 1:
            yield Fault(
                "links.toml",
                slug,
                "each document, webinar, card, page and link needs a slug "
                "of its own, since /r/SLUG leads to it; this one is used more than once",
            )
    for file, key, keys in (
        (
            "sections.toml",
            "section",
            [f"{s.standard}/{s.version}/{s.code}" for s in pack.sections],
        ),
        ("vocabulary.toml", "term", [f"{term.set}/{term.code}" for term in pack.terms]),
        (
            "feedback.toml",
            "channel",
            [channel.key for channel in pack.feedback_channels],
        ),
        ("links.toml", "channel", [channel.code for channel in pack.channels]),
        ("pages.toml", "page", [page.head.slug for page in pack.pages]),
    ):
        for name, count in Counter(keys).items():
            if count > 1:
                yield Fault(file, f"{key} {name}", "is there more than once")


def _document_faults(pack: Pack) -> Iterator[Fault]:
    sections = {(item.standard, item.version, item.code) for item in pack.sections}
    for item in pack.documents:
        key = f"document {item.slug}"
        if item.section and (item.standard, item.version, item.section) not in sections:
            yield Fault(
                "documents.toml",
                f"{key}.section",
                f"no section {item.section!r} of {item.standard} {item.version} in sections.toml",
            )
        if item.original_name and not item.download_name:
            yield Fault(
                "documents.toml",
                f"{key}.download_name",
                "a clean ASCII name is expected",
            )


def _contact_faults(pack: Pack) -> Iterator[Fault]:
    for card in pack.cards:
        for channel in card.channel:
            try:
                channel.reachable_value()
            except ValueError as error:
                yield Fault(
                    "contacts.toml",
                    f"card {card.slug}, channel {channel.key}",
                    str(error),
                )
        for key, count in Counter(channel.key for channel in card.channel).items():
            if count > 1:
                yield Fault(
                    "contacts.toml",
                    f"card {card.slug}",
                    f"channel {key} is there twice",
                )


def _feedback_faults(pack: Pack) -> Iterator[Fault]:
    documents = {item.slug for item in pack.documents}
    for item in pack.feedback_channels:
        key = f"channel {item.key}"
        if item.route is FeedbackRoute.SURVEY and not item.url:
            yield Fault("feedback.toml", f"{key}.url", "a survey needs its address")
        if item.route is not FeedbackRoute.SURVEY and not item.email:
            yield Fault("feedback.toml", f"{key}.email", "an e-mail address is expected")
        if item.document and item.document not in documents:
            yield Fault("feedback.toml", f"{key}.document", f"no document {item.document!r}")


def _link_faults(pack: Pack) -> Iterator[Fault]:
    for item in pack.links:
        key = f"link {item.slug}.target"
        if item.kind is LinkTarget.HUB:
            if item.target is not None:
                yield Fault("links.toml", key, "a link to the hub has none: round.hub_url is it")
        elif item.target is None:
            yield Fault("links.toml", key, "a target is expected")
        elif item.kind is LinkTarget.PAGE and not addresses.is_own_path(item.target):
            yield Fault("links.toml", key, "a path of this service such as /webinars/china")


def _channel_faults(pack: Pack) -> Iterator[Fault]:
    if any(channel.code == OTHER_CHANNEL for channel in pack.channels):
        key = f"channel {OTHER_CHANNEL}"
        yield Fault("links.toml", key, "is what unknown codes count as; choose another one")


def _address_faults(pack: Pack) -> Iterator[Fault]:
    found = [("round.toml", "round.hub_url", pack.round.hub_url)]
    found += [("documents.toml", f"document {d.slug}.url", d.url) for d in pack.documents if d.url]
    found += [
        ("webinars.toml", f"webinar {webinar.slug}.{name}", address)
        for webinar in pack.webinars
        for name in ("registration_url", "replay_url", "slides_url", "notes_url")
        if (address := getattr(webinar, name))
    ]
    found += [
        ("feedback.toml", f"channel {c.key}.url", c.url) for c in pack.feedback_channels if c.url
    ]
    found += [
        ("links.toml", f"link {item.slug}.target", item.target)
        for item in pack.links
        if item.kind is LinkTarget.URL and item.target
    ]
    for file, key, address in found:
        if not addresses.is_allowed(address, pack.round.allowed_hosts):
            yield Fault(
                file,
                key,
                "an https address on a host of round.allowed_hosts is expected",
            )
