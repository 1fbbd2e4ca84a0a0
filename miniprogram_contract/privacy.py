"""Privacy as it travels."""

from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from miniprogram_contract.messages import Reply
from models.vocabulary import ConsentKind

Part = list[dict[str, Any]]


class Question(Reply):
    """One consent, in the words in which it is to be asked."""

    kind: ConsentKind
    wording: str


class PrivacyNotice(Reply):
    """What visitors are told, and what they are asked to agree to."""

    sha256: str = Field(description="Changes whenever the notice or a question does.")
    url: str = Field(description="The page with the whole notice.")
    questions: list[Question] = Field(
        description="`notice` is said where something is sent; the others are asked one by one."
    )


class Export(Reply):
    """All that is kept about a visitor, for them to keep. Made for people: fields may be added."""

    exported_at: datetime
    visitor: Part
    logins: Part
    registrations: Part
    feedback: Part
    attachments: Part
    drafts: Part
    notices: Part
    subscriptions: Part
    messages: Part
    notes: Part
    """What those who answer messages noted about the visitor."""

    tags: Part


EXAMPLES = {
    "export_me": Export(
        exported_at=datetime(2026, 3, 2, 1, tzinfo=UTC),
        visitor=[
            {
                "mini_program_openid": "oEXAMPLEEXAMPLEEXAMPLEEXAMPL",
                "official_account_openid": None,
                "unionid": None,
                "first_seen_at": "2026-03-01T01:00:00+00:00",
                "last_seen_at": "2026-03-02T01:00:00+00:00",
            }
        ],
        logins=[
            {
                "kind": "mini_program",
                "begun_at": "2026-03-02T01:00:00+00:00",
                "expires_at": "2026-03-09T01:00:00+00:00",
            }
        ],
        registrations=[],
        feedback=[],
        attachments=[],
        drafts=[],
        notices=[],
        subscriptions=[],
        messages=[],
        notes=[],
        tags=[],
    ),
}
