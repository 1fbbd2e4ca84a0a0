"""The quota ledger: counted as WeChat counts, and corrected when WeChat says otherwise."""

from datetime import UTC, datetime, timedelta

import pytest

from models import Conversation
from models.vocabulary import Account, WindowKind
from services.conversations import quota

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
OA, MP = Account.OFFICIAL_ACCOUNT, Account.MINI_PROGRAM


def _opened(kind: WindowKind, *, account: Account = OA) -> Conversation:
    conversation = Conversation(account=account)
    quota.open_window(conversation, kind, now=NOW)
    return conversation


@pytest.mark.parametrize(
    ("account", "kind", "messages", "lasts"),
    [
        (OA, WindowKind.MESSAGE, 5, timedelta(hours=48)),
        (OA, WindowKind.FOLLOW, 3, timedelta(minutes=1)),
        (OA, WindowKind.SCAN, 3, timedelta(minutes=1)),
        (OA, WindowKind.MENU, 3, timedelta(minutes=1)),
        (MP, WindowKind.MESSAGE, 5, timedelta(hours=48)),
        (MP, WindowKind.SESSION, 2, timedelta(minutes=1)),
    ],
)
def test_each_act_allows_what_wechat_says(
    account: Account, kind: WindowKind, messages: int, lasts: timedelta
) -> None:
    conversation = _opened(kind, account=account)

    last_moment = quota.standing(conversation, now=NOW + lasts - timedelta(microseconds=1))
    over = quota.standing(conversation, now=NOW + lasts)

    assert last_moment == quota.Standing(left=messages, closes_at=NOW + lasts)
    assert over == quota.Standing(left=0, closes_at=None)


def test_nothing_may_be_sent_to_somebody_who_did_nothing() -> None:
    assert quota.standing(Conversation(account=OA), now=NOW).left == 0


def test_a_new_act_starts_anew_and_adds_nothing() -> None:
    conversation = _opened(WindowKind.MESSAGE)
    quota.spend(conversation)

    quota.open_window(conversation, WindowKind.MENU, now=NOW)

    assert quota.standing(conversation, now=NOW).left == 3
    assert quota.standing(conversation, now=NOW + timedelta(minutes=1)).left == 0


def test_the_last_message_is_spent_once() -> None:
    conversation = _opened(WindowKind.SESSION, account=MP)

    quota.spend(conversation)
    quota.spend(conversation)

    assert quota.standing(conversation, now=NOW) == quota.Standing(left=0, closes_at=None)


def test_a_message_that_was_not_taken_is_given_back_but_never_more() -> None:
    conversation = _opened(WindowKind.FOLLOW)
    quota.spend(conversation)

    quota.give_back(conversation)
    quota.give_back(conversation)

    assert quota.standing(conversation, now=NOW).left == 3


def test_nothing_is_given_back_where_nothing_was_opened() -> None:
    conversation = Conversation(account=OA)

    quota.give_back(conversation)

    assert conversation.window_left == 0


def test_wechat_is_believed_when_it_says_that_it_is_over() -> None:
    conversation = _opened(WindowKind.MESSAGE)

    quota.shut(conversation)

    assert quota.standing(conversation, now=NOW).left == 0
