"""Proofs of feedback as they travel. How to compute them: miniprogram_contract/receipts.md."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from miniprogram_contract.messages import Page, Reply, Request

LONGEST_PROVEN = 20_000
"""Characters of what is hashed: three long texts, and their line ends as two characters each."""

Digest = Annotated[str, Field(description="SHA-256, in hexadecimal.")]


class Link(Reply):
    """The place of a version in the chain of receipts, and all that its link is computed from."""

    receipt: str
    series: str = Field(description="The chain: a year, or Q and a year for questions.")
    position: int = Field(description="The place in the chain, from 1 on.")
    item: UUID
    version: int = Field(description="1 is what was sent, each change is another one.")
    written_at: str = Field(description="The instant, in the very letters that are hashed.")
    content_sha256: Digest
    previous_sha256: Digest
    receipt_sha256: Digest


class Proof(Link):
    """What to keep in order to show later what was said, and when."""

    salt: str = Field(description="In hexadecimal. Who has it can try out what was said.")
    content: str = Field(description="What was said, in the very letters that are hashed.")


class VerifyFeedback(Request):
    """Ask whether something was sent under a receipt. Both are from a proof, unchanged."""

    salt: str = Field(min_length=32, max_length=32, pattern="^[0-9a-f]+$")
    content: str = Field(min_length=1, max_length=LONGEST_PROVEN)


class Verification(Reply):
    """Whether it was, and when."""

    matches: bool
    link: Link | None = Field(
        description="Null where nothing matches: then it is not told whether there is the receipt."
    )


EXAMPLE = Proof(
    receipt="ASI-CN-2026-00001",
    series="2026",
    position=1,
    item=UUID("0f0e0d0c-0b0a-4908-8706-050403020100"),
    version=1,
    written_at="2026-03-02T01:00:00+00:00",
    content_sha256="42f0c8947cfa39041c74e415110a4925ca988cfa094440d0a28ebbfc52723580",
    previous_sha256="0" * 64,
    receipt_sha256="25d14275c36349d00f676129ab7bfd480d702de0ff47f4609b6b83a7a5e6e4a4",
    salt="000102030405060708090a0b0c0d0e0f",
    content=(
        '{"comment": "建议明确现有赤泥堆场适用新要求的过渡期。", "comment_type": "technical", '
        '"language": "zh", "may_contact": true, "may_publish_name": false, '
        '"may_publish_text": true, "organisation": "某某铝业有限公司", "proposed_text": null, '
        '"rationale": null, "section": "10", '
        '"stakeholder": "production_transformation", '
        '"stance": "support_with_changes", "standard": "PS", "version": "V4"}'
    ),
)
EXAMPLES = {
    "prove_feedback": Page[Proof](items=[EXAMPLE], next=None),
    "prove_anonymous_feedback": Page[Proof](items=[EXAMPLE], next=None),
    "verify_feedback": Verification(
        matches=True, link=Link(**EXAMPLE.model_dump(include=set(Link.model_fields)))
    ),
}
