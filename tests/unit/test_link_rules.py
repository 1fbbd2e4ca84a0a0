"""Link rules: the first that fits wins, and each that does not says why."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from models import LinkRule
from models.vocabulary import ClientKind, RoundState, RuleTarget
from services import link_rules
from services.link_rules import Misfit, Situation

NOW = datetime(2026, 3, 9, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def _rule(
    key: str,
    *,
    clients: tuple[ClientKind, ...] = (),
    states: tuple[RoundState, ...] = (),
    begins_at: datetime | None = None,
    ends_at: datetime | None = None,
    kind: RuleTarget = RuleTarget.HUB,
) -> LinkRule:
    return LinkRule(
        link_id=uuid4(),
        key=key,
        position=0,
        clients=[client.value for client in clients],
        states=[state.value for state in states],
        begins_at=begins_at,
        ends_at=ends_at,
        target_kind=kind,
    )


def _situation(
    client: ClientKind = ClientKind.WECHAT,
    state: RoundState | None = RoundState.OPEN,
    now: datetime = NOW,
) -> Situation:
    return Situation(client=client, state=state, now=now)


WECHAT = (ClientKind.WECHAT, ClientKind.WECOM)

CASES = [
    (_rule("always"), _situation(), []),
    (_rule("client", clients=WECHAT), _situation(), []),
    (_rule("client", clients=WECHAT), _situation(ClientKind.BROWSER), [Misfit.CLIENT]),
    (_rule("state", states=(RoundState.OPEN,)), _situation(), []),
    (_rule("state", states=(RoundState.CLOSED,)), _situation(), [Misfit.STATE]),
    (_rule("no round", states=(RoundState.OPEN,)), _situation(state=None), [Misfit.STATE]),
    (_rule("from", begins_at=NOW), _situation(now=NOW - SECOND), [Misfit.NOT_YET]),
    (_rule("from", begins_at=NOW), _situation(), []),
    (_rule("until", ends_at=NOW), _situation(now=NOW - SECOND), []),
    (_rule("until", ends_at=NOW), _situation(), [Misfit.OVER]),
    (
        _rule("much", clients=WECHAT, states=(RoundState.CLOSED,), ends_at=NOW),
        _situation(ClientKind.BOT),
        [Misfit.CLIENT, Misfit.STATE, Misfit.OVER],
    ),
]


@pytest.mark.parametrize(("rule", "situation", "misfits"), CASES, ids=range(len(CASES)))
def test_a_rule_says_all_that_speaks_against_it(
    rule: LinkRule, situation: Situation, misfits: list[Misfit]
) -> None:
    assert link_rules.misfits(rule, situation) == misfits


def test_the_first_rule_that_fits_wins() -> None:
    over = _rule("over", ends_at=NOW)
    landing = _rule("landing", clients=WECHAT, kind=RuleTarget.LANDING)
    rest = _rule("rest")

    assert link_rules.first_that_fits([over, landing, rest], _situation()) is landing
    assert link_rules.first_that_fits([over, landing, rest], _situation(), landing=False) is rest
    assert link_rules.first_that_fits([over], _situation()) is None
