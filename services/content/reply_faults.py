"""What can be wrong with a pack's replies and menu that one entry alone does not show."""

from collections import Counter
from collections.abc import Iterator, Sequence

from models.vocabulary import ReplyKind
from services import addresses, placeholders
from services.content.entries import Words
from services.content.faults import Fault
from services.content.pack import Pack, owned_links
from services.content.pack_replies import (
    LONGEST_NAME,
    LONGEST_SUB_NAME,
    LONGEST_URL,
    Button,
    Says,
)
from services.placeholders import OF_SCENE, PLAIN, WITH_SLUG, Placeholder

LONGEST_TEXT = 2048
"""Bytes of a text that WeChat takes; see services/wechat/replies.py."""

LONGEST_VALUE = 120
"""Bytes that a placeholder is reckoned with: an address, or a title."""


def found(pack: Pack) -> Iterator[Fault]:
    """Give what is wrong, in the order of the files."""
    yield from _reply_faults(pack)
    yield from _menu_faults(pack)


def _reply_faults(pack: Pack) -> Iterator[Fault]:
    for key, group in _groups(pack):
        yield from _group_faults(key, group)
        for says in group:
            yield from _says_faults(pack, key, says)
    for key, count in Counter(rule.key for rule in pack.replies.rule).items():
        if count > 1:
            yield Fault("replies.toml", f"rule {key}", "is there more than once")
    for rule in pack.replies.rule:
        if rule.begins_at and rule.ends_at and rule.ends_at <= rule.begins_at:
            yield Fault("replies.toml", f"rule {rule.key}.ends_at", "not before begins_at")


def _group_faults(key: str, group: Sequence[Says]) -> Iterator[Fault]:
    named = Counter(state for says in group for state in says.states)
    rest = [says for says in group if not says.states]
    if any(count > 1 for count in named.values()) or len(rest) > 1:
        yield Fault("replies.toml", key, "one answer for each state, and one for the rest")


def _groups(pack: Pack) -> list[tuple[str, Sequence[Says]]]:
    told = pack.replies
    groups: list[tuple[str, Sequence[Says]]] = [
        (f"rule {rule.key}", rule.say) for rule in told.rule
    ]
    groups += [("welcome", told.welcome.say)] if told.welcome else []
    groups += [("scan", told.scan.say)] if told.scan else []
    if told.default:
        groups += [("default", told.default.say)]
        groups += [("default out of hours", told.default.say_out_of_hours)]
    return groups


def _says_faults(pack: Pack, key: str, says: Says) -> Iterator[Fault]:
    for name in ("title", "text"):
        words: Words | None = getattr(says, name)
        for language, text in (("zh", words.zh), ("en", words.en)) if words else ():
            yield from _text_faults(pack, f"{key}.{name}.{language}", text)
    if says.kind is ReplyKind.NEWS and says.link not in _links(pack):
        yield Fault("replies.toml", f"{key}.link", f"no slug {says.link!r} in this pack")


def _text_faults(pack: Pack, key: str, text: str) -> Iterator[Fault]:
    if placeholders.misspelt(text):
        yield Fault("replies.toml", key, "placeholders are written {{name}} or {{name:slug}}")
    for placeholder in placeholders.found(text):
        if fault := _placeholder_fault(pack, key, placeholder):
            yield Fault("replies.toml", key, fault)
    longest = placeholders.filled(text, lambda _: "x" * LONGEST_VALUE)
    if len(longest.encode()) > LONGEST_TEXT:
        yield Fault("replies.toml", key, f"at most {LONGEST_TEXT} bytes once it is filled in")


def _placeholder_fault(pack: Pack, key: str, placeholder: Placeholder) -> str | None:
    name, slug = placeholder
    known = PLAIN | WITH_SLUG | (OF_SCENE if key.startswith("scan") else frozenset())
    if name not in known:
        return f"no placeholder {name!r}; there are {', '.join(sorted(known))}"
    if (name in WITH_SLUG) is not bool(slug):
        return f"{name!r} {'needs' if name in WITH_SLUG else 'has no'} slug"
    slugs = {
        "webinar_time": {webinar.slug for webinar in pack.webinars},
        "phone": {card.slug for card in pack.cards},
    }.get(name, _links(pack))
    return f"no slug {slug!r} in this pack" if slug and slug not in slugs else None


def _menu_faults(pack: Pack) -> Iterator[Fault]:
    for top in pack.menu.button:
        yield from _button_faults(pack, top, longest=LONGEST_NAME, has_children=bool(top.button))
        for button in top.button:
            yield from _button_faults(pack, button, longest=LONGEST_SUB_NAME, has_children=False)


def _button_faults(
    pack: Pack, button: Button, *, longest: int, has_children: bool
) -> Iterator[Fault]:
    key = f"button {button.name}"
    deeds = [deed for deed in (button.says, button.link, button.url) if deed]
    if len(deeds) != (0 if has_children else 1):
        yield Fault("menu.toml", key, "says, link, url, or buttons below it: one of them")
    if len(button.name.encode()) > longest:
        yield Fault("menu.toml", f"{key}.name", f"at most {longest} bytes")
    if button.says and button.says not in {rule.key for rule in pack.replies.rule}:
        yield Fault("menu.toml", f"{key}.says", f"no rule {button.says!r} in replies.toml")
    if button.link and button.link not in _links(pack):
        yield Fault("menu.toml", f"{key}.link", f"no slug {button.link!r} in this pack")
    if button.url and not addresses.is_allowed(button.url, pack.round.allowed_hosts):
        yield Fault("menu.toml", f"{key}.url", "an address on a host of round.allowed_hosts")
    if button.url and len(button.url) > LONGEST_URL:
        yield Fault("menu.toml", f"{key}.url", f"at most {LONGEST_URL} bytes")


def _links(pack: Pack) -> set[str]:
    return {link.slug for link in owned_links(pack)} | {link.slug for link in pack.links}
