"""A content pack as rows: which row each entry is, and what its columns should hold."""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum

from models import (
    Bilingual,
    Channel,
    Consultation,
    ContactCard,
    ContactChannel,
    Document,
    FeedbackChannel,
    Page,
    Publisher,
    Section,
    ShortLink,
    Term,
    Webinar,
)
from models.vocabulary import LinkTarget
from services.content import link_rules, reply_records
from services.content.entries import Words
from services.content.pack import Pack, owned_links
from services.content.pack_contacts import ContactCard as PackCard
from services.content.rows import Parent, Record, Value


def records(pack: Pack) -> list[Record]:
    """Give all rows of a pack; a parent stands before its children."""
    return [
        _consultation(pack),
        _publisher(pack),
        *_sections(pack),
        *_documents(pack),
        *_webinars(pack),
        *(record for position, card in enumerate(pack.cards) for record in _card(card, position)),
        *_feedback_channels(pack),
        *_terms(pack),
        *_pages(pack),
        *_links(pack),
        *link_rules.records(pack),
        *_channels(pack),
        *reply_records.records(pack),
    ]


def plain(value: object) -> object:
    """Give a column's value as JSON keeps it, so that two of them can be compared."""
    if isinstance(value, Bilingual):
        return {"zh": value.zh, "en": value.en}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, StrEnum):
        return value.value
    return value


def _words(words: Words | None) -> Bilingual | None:
    return words.bilingual() if words else None


def _of_round(pack: Pack) -> dict[str, str | Parent]:
    return {"consultation_id": Parent(Consultation, pack.round.slug)}


def _consultation(pack: Pack) -> Record:
    this = pack.round
    return Record(
        Consultation,
        this.slug,
        {"slug": this.slug},
        {
            "title": this.title.bilingual(),
            "summary": this.summary.bilingual(),
            "time_zone": this.time_zone,
            "opens_at": this.opens_at,
            "closes_at": this.closes_at,
            "closing_soon_hours": this.closing_soon_hours,
            "announced_at": this.announced_at,
            "responding_at": this.responding_at,
            "published_at": this.published_at,
            "hub_url": this.hub_url,
            "allowed_hosts": list(this.allowed_hosts),
        },
    )


def _publisher(pack: Pack) -> Record:
    this = pack.publisher
    return Record(
        Publisher,
        pack.round.slug,
        _of_round(pack),
        {
            "name": this.name.bilingual(),
            "legal_entity": this.legal_entity.bilingual(),
            "address": this.address.bilingual(),
            "privacy_email": this.privacy_email,
            "icp_number": this.icp_number,
            "police_number": this.police_number,
            "retention_registrations": this.retention_registrations.bilingual(),
            "retention_feedback": this.retention_feedback.bilingual(),
            "retention_messages": this.retention_messages.bilingual(),
            "retention_days": pack.retention.days(),
        },
    )


def _sections(pack: Pack) -> Iterator[Record]:
    for position, item in enumerate(pack.sections):
        identity = {
            "standard": item.standard,
            "version": item.version,
            "code": item.code,
        }
        yield Record(
            Section,
            "/".join([pack.round.slug, *identity.values()]),
            _of_round(pack) | identity,
            {
                "title": item.title.bilingual(),
                "summary": _words(item.summary),
                "position": position,
            },
        )


def _documents(pack: Pack) -> Iterator[Record]:
    for position, item in enumerate(pack.documents):
        yield Record(
            Document,
            item.slug,
            _of_round(pack) | {"slug": item.slug},
            {
                "kind": item.kind,
                "title": item.title.bilingual(),
                "summary": _words(item.summary),
                "change_note": _words(item.change_note),
                "standard": item.standard,
                "version": item.version,
                "section": item.section,
                "language": item.language,
                "original_name": item.original_name,
                "download_name": item.download_name,
                "url": item.url,
                "position": position,
            },
        )


def _webinars(pack: Pack) -> Iterator[Record]:
    for position, item in enumerate(pack.webinars):
        yield Record(
            Webinar,
            item.slug,
            _of_round(pack) | {"slug": item.slug},
            {
                "title": item.title.bilingual(),
                "audience": item.audience.bilingual(),
                "description": _words(item.description),
                "language": item.language,
                "starts_at": item.starts_at,
                "time_zones": list(item.time_zones),
                "minutes": item.minutes,
                "seats": item.seats,
                "registration_url": item.registration_url,
                "registered_here": item.registered_here,
                "needs_approval": item.needs_approval,
                "registration_opens_at": item.registration_opens_at,
                "registration_closes_at": item.registration_closes_at,
                "replay_url": item.replay_url,
                "slides_url": item.slides_url,
                "notes_url": item.notes_url,
                "position": position,
            },
        )


def _card(card: PackCard, position: int) -> Iterator[Record]:
    yield Record(
        ContactCard,
        card.slug,
        {"slug": card.slug},
        {
            "name": card.name.bilingual(),
            "role": card.role.bilingual(),
            "organisation": card.organisation.bilingual(),
            "languages": [language.value for language in card.languages],
            "hours": _words(card.hours),
            "position": position,
        },
    )
    for number, channel in enumerate(card.channel):
        yield Record(
            ContactChannel,
            f"{card.slug}/{channel.key}",
            {"card_id": Parent(ContactCard, card.slug), "key": channel.key},
            {
                "kind": channel.kind,
                "value": channel.reachable_value(),
                "position": number,
            },
        )


def _feedback_channels(pack: Pack) -> Iterator[Record]:
    for position, item in enumerate(pack.feedback_channels):
        yield Record(
            FeedbackChannel,
            f"{pack.round.slug}/{item.key}",
            _of_round(pack) | {"key": item.key},
            {
                "route": item.route,
                "title": item.title.bilingual(),
                "purpose": item.purpose.bilingual(),
                "url": item.url,
                "email": item.email,
                "document": item.document,
                "position": position,
            },
        )


def _terms(pack: Pack) -> Iterator[Record]:
    for position, item in enumerate(pack.terms):
        yield Record(
            Term,
            f"{pack.round.slug}/{item.set.value}/{item.code}",
            _of_round(pack) | {"term_set": item.set, "code": item.code},
            {
                "label": item.label.bilingual(),
                "position": position,
                "answer": item.answer.bilingual() if item.answer else None,
            },
        )


def _pages(pack: Pack) -> Iterator[Record]:
    for item in pack.pages:
        yield Record(
            Page,
            f"{pack.round.slug}/{item.head.slug}",
            _of_round(pack) | {"slug": item.head.slug},
            {
                "title": item.head.title.bilingual(),
                "description": item.head.description.bilingual(),
                "body": item.body,
            },
        )


def _links(pack: Pack) -> Iterator[Record]:
    for owned in owned_links(pack):
        yield _link(owned.slug, owned.title, kind=LinkTarget.PAGE, target=owned.target)
    for item in pack.links:
        yield _link(
            item.slug, item.title, kind=item.kind, target=item.target, expires_at=item.expires_at
        )


def _link(
    slug: str,
    title: Words,
    *,
    kind: LinkTarget,
    target: str | None,
    expires_at: datetime | None = None,
) -> Record:
    fields: dict[str, Value] = {
        "target_kind": kind,
        "target": target,
        "title": title.bilingual(),
        "expires_at": expires_at,
    }
    return Record(ShortLink, slug, {"slug": slug}, fields)


def _channels(pack: Pack) -> Iterator[Record]:
    for position, item in enumerate(pack.channels):
        yield Record(
            Channel,
            item.code,
            {"code": item.code},
            {"label": item.label.bilingual(), "position": position},
        )
