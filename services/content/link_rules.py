"""The link rules of a content pack: what can be wrong between them, and their rows."""

from collections import Counter
from collections.abc import Iterator

from models import ContentRecord, LinkRule, ShortLink
from models.vocabulary import RuleTarget
from services import addresses
from services.content.faults import Fault
from services.content.pack import Pack, owned_links
from services.content.rows import Parent, Record

FILE = "rules.toml"


def comes_with(pack: Pack, row: ContentRecord) -> bool:
    """Tell whether a row is a rule of one of the pack's links.

    Whose pack has a link decides on all of its rules: one that an earlier round left behind would
    lead the new round's readers to the old one's pages.
    """
    return row.kind == LinkRule.__tablename__ and row.key.partition("/")[0] in _slugs(pack)


def faults(pack: Pack) -> Iterator[Fault]:
    """Give what is wrong that one rule alone does not show."""
    slugs = _slugs(pack)
    names = Counter(f"{rule.link}/{rule.key}" for rule in pack.rules.rule)
    for name, count in names.items():
        if count > 1:
            yield Fault(FILE, f"rule {name}", "is there more than once")
    for rule in pack.rules.rule:
        if rule.link not in slugs:
            yield Fault(FILE, f"rule {rule.link}/{rule.key}", f"no slug {rule.link!r} in this pack")
        foreign = not addresses.is_allowed(rule.target or "", pack.round.allowed_hosts)
        if rule.kind is RuleTarget.URL and foreign:
            yield Fault(
                FILE,
                f"rule {rule.link}/{rule.key}.target",
                "an https address on a host of round.allowed_hosts is expected",
            )


def records(pack: Pack) -> Iterator[Record]:
    """Give the rules' rows, in the order in which they are asked."""
    for position, rule in enumerate(pack.rules.rule):
        yield Record(
            LinkRule,
            f"{rule.link}/{rule.key}",
            {"link_id": Parent(ShortLink, rule.link), "key": rule.key},
            {
                "position": position,
                "clients": [client.value for client in rule.clients],
                "states": [state.value for state in rule.states],
                "begins_at": rule.begins_at,
                "ends_at": rule.ends_at,
                "target_kind": rule.kind,
                "target": rule.target,
            },
        )


def _slugs(pack: Pack) -> set[str]:
    return {link.slug for link in owned_links(pack)} | {link.slug for link in pack.links}
