"""What a content pack says: the shape of its files, each rule that one file alone can break.

One folder is one round: TOML tables for facts, Markdown for texts. TOML, because YAML would turn
phone numbers and codes into integers.
"""

from datetime import timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AwareDatetime,
    Field,
    model_validator,
)

from models.bilingual import Bilingual
from models.vocabulary import (
    DocumentKind,
    FeedbackRoute,
    Language,
    LinkTarget,
    TermSet,
)
from services.content.entries import (
    Address,
    Code,
    Email,
    Entry,
    Host,
    Key,
    OptionalWords,
    Slug,
    Words,
    Zone,
)
from services.content.pack_contacts import ContactCard
from services.content.pack_posters import PostersFile
from services.content.pack_replies import MenuFile, RepliesFile
from services.content.pack_rules import RulesFile


class Round(Entry):
    """`[round]` in round.toml."""

    slug: Slug
    title: Words
    summary: Words
    time_zone: Zone
    opens_at: AwareDatetime
    closes_at: AwareDatetime
    closing_soon_hours: int = Field(default=72, ge=0, le=24 * 60)
    announced_at: AwareDatetime | None = None
    responding_at: AwareDatetime | None = None
    published_at: AwareDatetime | None = None
    hub_url: Address
    allowed_hosts: tuple[Host, ...] = Field(min_length=1)

    def zone(self) -> ZoneInfo:
        """Give the zone the round's days begin in."""
        return ZoneInfo(self.time_zone)


class Publisher(Entry):
    """`[publisher]` in round.toml. What nobody has told us is left empty."""

    name: Words
    legal_entity: OptionalWords
    address: OptionalWords
    privacy_email: Literal[""] | Email
    icp_number: str = Field(max_length=80)
    police_number: str = Field(max_length=80)
    retention_registrations: OptionalWords
    retention_feedback: OptionalWords
    retention_messages: OptionalWords


Days = Annotated[int, Field(ge=1, le=36_500)]


class Retention(Entry):
    """`[retention]` in round.toml: what is not named is kept until somebody decides.

    Counted from the webinar's end, from the round's close, from the day a message came, from the
    last time a visitor logged in.
    """

    registration_contact: Days | None = None
    registration_person: Days | None = None
    feedback_person: Days | None = None
    feedback_text: Days | None = None
    message_text: Days | None = None
    message_media: Days | None = None
    visitor: Days | None = None

    def days(self) -> dict[str, int]:
        """Give what has been decided."""
        return self.model_dump(exclude_none=True)


class RoundFile(Entry):
    """round.toml."""

    round: Round
    publisher: Publisher
    retention: Retention = Retention()


class Section(Entry):
    """`[[section]]` in sections.toml."""

    standard: Code
    version: Code
    code: Code
    title: Words
    summary: Words | None = None


class SectionsFile(Entry):
    """sections.toml."""

    section: tuple[Section, ...] = ()


class Document(Entry):
    """`[[document]]` in documents.toml."""

    slug: Slug
    kind: DocumentKind
    title: Words
    summary: Words | None = None
    change_note: Words | None = None
    standard: Code | None = None
    version: Code | None = None
    section: Code | None = None
    language: Language | None = None
    original_name: str | None = Field(default=None, min_length=1, max_length=200)
    download_name: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.[a-z]{3,4}$",
        max_length=120,
    )
    url: Address | None = None


class DocumentsFile(Entry):
    """documents.toml."""

    document: tuple[Document, ...] = ()


class Webinar(Entry):
    """`[[webinar]]` in webinars.toml."""

    slug: Slug
    title: Words
    audience: Words
    description: Words | None = None
    language: Language
    starts_at: AwareDatetime
    time_zones: tuple[Zone, ...] = Field(min_length=1)
    minutes: int | None = Field(default=None, ge=5, le=24 * 60)
    seats: int | None = Field(default=None, ge=1)
    registration_url: Address | None = None
    registered_here: bool = False
    needs_approval: bool = False
    registration_opens_at: AwareDatetime | None = None
    registration_closes_at: AwareDatetime | None = None
    replay_url: Address | None = None
    slides_url: Address | None = None
    notes_url: Address | None = None

    @model_validator(mode="after")
    def _offset_fits_a_zone(self) -> Self:
        """Refuse an offset that none of its zones has on that day: clocks change, notes do not."""
        offsets = {
            self.starts_at.astimezone(ZoneInfo(zone)).utcoffset() for zone in self.time_zones
        }
        if self.starts_at.utcoffset() not in offsets | {timedelta(0)}:
            message = "the offset of starts_at is that of none of its time_zones on that day"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _registration_opens_before_it_closes(self) -> Self:
        closes_at = min(self.registration_closes_at or self.starts_at, self.starts_at)
        if self.registration_opens_at is not None and self.registration_opens_at >= closes_at:
            message = "registration_opens_at is not before registration closes"
            raise ValueError(message)
        return self


class WebinarsFile(Entry):
    """webinars.toml."""

    webinar: tuple[Webinar, ...] = ()


class FeedbackChannel(Entry):
    """`[[channel]]` in feedback.toml."""

    key: Key
    route: FeedbackRoute
    title: Words
    purpose: Words
    url: Address | None = None
    email: Email | None = None
    document: Slug | None = None


class FeedbackFile(Entry):
    """feedback.toml."""

    channel: tuple[FeedbackChannel, ...] = ()


class Term(Entry):
    """`[[term]]` in vocabulary.toml."""

    set: TermSet
    code: str = Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$", max_length=60)
    label: Words
    answer: Words | None = None
    """What an answer begins with; of a disposition only."""

    @model_validator(mode="after")
    def _only_dispositions_answer(self) -> Self:
        if self.answer is not None and self.set is not TermSet.DISPOSITION:
            message = "answer belongs to terms of the set disposition"
            raise ValueError(message)
        return self


class VocabularyFile(Entry):
    """vocabulary.toml."""

    term: tuple[Term, ...] = ()


class Link(Entry):
    """`[[link]]` in links.toml. Documents, webinars, cards and pages own theirs already."""

    slug: Slug
    kind: LinkTarget
    title: Words
    target: str | None = Field(default=None, min_length=1, max_length=2000)
    expires_at: AwareDatetime | None = None


class Channel(Entry):
    """`[[channel]]` in links.toml: a code for `?ch=`."""

    code: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=32)
    label: Words


class LinksFile(Entry):
    """links.toml."""

    link: tuple[Link, ...] = ()
    channel: tuple[Channel, ...] = ()


class PageHead(Entry):
    """`[[page]]` in pages.toml; the text is in pages/SLUG.zh.md and pages/SLUG.en.md."""

    slug: Slug
    title: Words
    description: Words


class PagesFile(Entry):
    """pages.toml."""

    page: tuple[PageHead, ...] = ()


class Page(Entry):
    """A page with its text."""

    head: PageHead
    body: Bilingual


class Pack(Entry):
    """A whole content pack."""

    round: Round
    publisher: Publisher
    retention: Retention
    sections: tuple[Section, ...]
    documents: tuple[Document, ...]
    webinars: tuple[Webinar, ...]
    cards: tuple[ContactCard, ...]
    feedback_channels: tuple[FeedbackChannel, ...]
    terms: tuple[Term, ...]
    links: tuple[Link, ...]
    rules: RulesFile
    channels: tuple[Channel, ...]
    pages: tuple[Page, ...]
    replies: RepliesFile
    menu: MenuFile
    posters: PostersFile


class OwnedLink(Entry):
    """A short link that a document, webinar, card or page has by its slug."""

    slug: Slug
    target: str
    title: Words


PAGE_PATHS = {
    "article": "/",
    "feedback": "/feedback",
    "about": "/about",
    "privacy": "/privacy",
}
"""The pages every round has, and where they are shown."""


def owned_links(pack: Pack) -> list[OwnedLink]:
    """Give the short links that come with the pack's documents, webinars, cards and pages."""
    return [
        *(
            OwnedLink(slug=item.slug, target=f"/documents/{item.slug}", title=item.title)
            for item in pack.documents
        ),
        *(
            OwnedLink(slug=item.slug, target=f"/webinars/{item.slug}", title=item.title)
            for item in pack.webinars
        ),
        *(
            OwnedLink(slug=item.slug, target=f"/contacts/{item.slug}", title=item.name)
            for item in pack.cards
        ),
        *(
            OwnedLink(
                slug=item.head.slug,
                target=PAGE_PATHS[item.head.slug],
                title=item.head.title,
            )
            for item in pack.pages
            if item.head.slug in PAGE_PATHS
        ),
    ]
