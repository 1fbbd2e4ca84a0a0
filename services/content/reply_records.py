"""The replies and the menu of a content pack as rows."""

from collections.abc import Iterator, Sequence

from models import Consultation, Menu, ReplyRule, ReplySettings
from models.vocabulary import MatchKind, ReplyPart
from services.content.pack import Pack
from services.content.pack_replies import Rule, Says
from services.content.rows import Parent, Record, Value

ONLY = "only"
"""The key of a part that there is one of."""


def records(pack: Pack) -> Iterator[Record]:
    """Give the rows; none where the pack does not speak of the official account."""
    told = pack.replies
    parts: list[tuple[ReplyPart, Sequence[Says]]] = []
    if told.welcome:
        parts.append((ReplyPart.WELCOME, told.welcome.say))
    if told.scan:
        parts.append((ReplyPart.SCAN, told.scan.say))
    if told.default:
        parts.append((ReplyPart.DEFAULT, told.default.say))
        parts.append((ReplyPart.OUT_OF_HOURS, told.default.say_out_of_hours))
        yield _settings(pack)
    for part, says in parts:
        if says:
            yield _rule(pack, part, Rule(key=ONLY, say=tuple(says)))
    for position, rule in enumerate(told.rule):
        yield _rule(pack, ReplyPart.RULE, rule, position=position)
    if pack.menu.button:
        buttons = [button.model_dump(mode="json") for button in pack.menu.button]
        yield Record(Menu, pack.round.slug, _of_round(pack), {"buttons": buttons})


def _of_round(pack: Pack) -> dict[str, str | Parent]:
    return {"consultation_id": Parent(Consultation, pack.round.slug)}


def _settings(pack: Pack) -> Record:
    told = pack.replies
    fields: dict[str, Value] = {
        "cooldown_hours": told.default.cooldown_hours if told.default else 0,
        "hours": told.hours.model_dump(mode="json") if told.hours else None,
    }
    return Record(ReplySettings, pack.round.slug, _of_round(pack), fields)


def _rule(pack: Pack, part: ReplyPart, rule: Rule, *, position: int = 0) -> Record:
    return Record(
        ReplyRule,
        f"{pack.round.slug}/{part.value}/{rule.key}",
        _of_round(pack) | {"part": part, "key": rule.key},
        {
            "words": list(rule.words),
            "match": MatchKind(rule.match),
            "priority": rule.priority,
            "hand_over": rule.hand_over,
            "begins_at": rule.begins_at,
            "ends_at": rule.ends_at,
            "says": [says.model_dump(mode="json") for says in rule.say],
            "position": position,
        },
    )
