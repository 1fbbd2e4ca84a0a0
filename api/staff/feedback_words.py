"""What those at the desk add to a comment: tags to find it by, and what it says in translation."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from api.dependencies import Db
from api.pages.forms import Form, Told
from api.staff.callers import DeskForm
from api.staff.feedback import LOG, Answerer, CurrentAsked, chosen, deed, log_page
from api.staff.feedback_items import LONGEST_RESPONSE, answered
from miniprogram_contract.fields import MANY_LINES, ONE_LINE
from miniprogram_contract.messages import Request as Message
from services.feedback_desk import tagging, translating
from services.feedback_desk.translating import Wish

router = APIRouter(prefix=LOG, include_in_schema=False)

LongText = Annotated[str, Field(max_length=LONGEST_RESPONSE), MANY_LINES]


class TagComments(Message):
    """A word for the chosen comments."""

    tag: Annotated[str, Field(min_length=1, max_length=60), ONE_LINE]


class TranslateComment(Message):
    """What a comment says in the other language."""

    seen: int = Field(ge=0)
    """The revision of the translation that was shown."""

    version: int = Field(ge=1)
    """The ordinal of the version that was shown."""

    comment: LongText = ""
    proposed_text: LongText = ""
    rationale: LongText = ""


@router.post("/tagged")
async def tag_many(staff: Answerer, form: DeskForm, asked: CurrentAsked, db: Db) -> Response:
    """Give the chosen comments a tag."""

    async def tag() -> Told:
        wish = TagComments(tag=form.values.get("tag", ""))
        await tagging.tag(db, receipts=chosen(form), typed=wish.tag, by=deed(staff))
        return Told(LOG)

    async def again(shown: Form) -> Response:
        return await log_page(db, staff, asked=asked, form=shown)

    return await form.handled(
        db, deed=tag, again=again, leave=lambda told: staff.caller.go(told.to, **asked.query)
    )


@router.post("/items/{receipt}/tags")
async def tag_item(receipt: str, staff: Answerer, form: DeskForm, db: Db) -> Response:
    """Give one comment a tag."""

    async def tag() -> Told:
        wish = form.read(TagComments)
        await tagging.tag(db, receipts=[receipt], typed=wish.tag, by=deed(staff))
        return Told(_path(receipt))

    return await answered(form, db, staff=staff, receipt=receipt, deed=tag)


@router.post("/items/{receipt}/tags/remove")
async def untag_item(receipt: str, staff: Answerer, form: DeskForm, db: Db) -> Response:
    """Take a tag away from one comment."""

    async def untag() -> Told:
        wish = form.read(TagComments)
        await tagging.untag(db, receipt=receipt, word=wish.tag, by=deed(staff))
        return Told(_path(receipt))

    return await answered(form, db, staff=staff, receipt=receipt, deed=untag)


@router.post("/items/{receipt}/translation")
async def translate_item(receipt: str, staff: Answerer, form: DeskForm, db: Db) -> Response:
    """Save what one comment says in the other language."""

    async def translate() -> Told:
        wish = form.given().read(TranslateComment)
        await translating.translate(
            db,
            receipt=receipt,
            wish=Wish(
                comment=wish.comment, proposed_text=wish.proposed_text, rationale=wish.rationale
            ),
            seen=(wish.version, wish.seen),
            by=deed(staff),
        )
        return Told(f"{_path(receipt)}")

    return await answered(form, db, staff=staff, receipt=receipt, deed=translate)


def _path(receipt: str) -> str:
    return f"{LOG}/items/{receipt}"
