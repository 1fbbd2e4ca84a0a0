"""The blank form: a workbook made from a round's own lists, to be filled in and sent to us."""

from io import BytesIO
from typing import Any

from anyio import to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation
from models.vocabulary import ConsentKind, Language
from services import consents, texts
from services.feedback_forms import columns
from services.feedback_forms.columns import COLUMNS, MOST_ROWS, Choices

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_HOW = ("one_row", "lists", "sender", "consents", "format", "send")
_WIDE = {"section": 40, "comment": 60, "proposed_text": 40, "rationale": 40}
_WIDTH = 18
_READING_WIDTH = 100
_HEAD, _FIRST = 1, 2
"""The rows of the head and of the first comment, from 0. Above them the codes are hidden."""

_LISTS = "lists"


async def form(db: AsyncSession, *, consultation: Consultation) -> bytes:
    """Make the blank form of a round; the same bytes for the same round and lists."""
    offered = await columns.choices(db, consultation=consultation)
    told = await consents.wording(db, consultation_id=consultation.id)
    notice = [told.sentences[ConsentKind.NOTICE].text(language) for language in Language]
    return await to_thread.run_sync(_workbook, consultation, offered, notice)


def name(consultation: Consultation) -> str:
    """Give what the form is saved as."""
    return f"ASI-feedback-form-{consultation.slug}.xlsx"


def _workbook(consultation: Consultation, offered: Choices, notice: list[str]) -> bytes:
    import xlsxwriter  # noqa: PLC0415 - takes longer to import than all of ours

    file = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        # The instant of making is left out: whoever asks twice gets the same file.
        book.set_properties({"created": consultation.opens_at.replace(tzinfo=None)})
        _instructions(book, consultation, notice)
        sheet = book.add_worksheet(_both("sheet", " "))
        _head(book, sheet, consultation.slug)
        _lists(book, sheet, offered)
        sheet.activate()
    return file.getvalue()


def _instructions(book: Any, consultation: Consultation, notice: list[str]) -> None:  # noqa: ANN401 - untyped
    sheet = book.add_worksheet(_both("instructions", " "))
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "text_wrap": True, "font_size": 14})
    sheet.set_column(0, 0, _READING_WIDTH)
    sheet.write_string(0, 0, f"{consultation.title.zh} / {consultation.title.en}", bold)
    lines = [texts.say(f"feedback_form.how.{part}", one) for one in Language for part in _HOW]
    for row, line in enumerate([*lines, *notice], start=1):
        sheet.write_string(row, 0, line, wrapped)
    sheet.write_string(len(lines) + len(notice) + 2, 0, columns.mark(consultation.slug))


def _head(book: Any, sheet: Any, slug: str) -> None:  # noqa: ANN401 - untyped
    bold = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8F0EE"}
    )
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    for place, column in enumerate(COLUMNS):
        sheet.write_string(0, place, column)
        needed = " *" if column in {"section", "comment"} else ""
        labels = [columns.label(column, language) for language in Language]
        sheet.write_string(_HEAD, place, "\n".join(labels) + needed, bold)
        # Texts, so that Excel makes no date of "3-9".
        sheet.set_column(place, place, _WIDE.get(column, _WIDTH), text)
    sheet.write_string(0, len(COLUMNS), columns.mark(slug))
    sheet.set_row(0, None, None, {"hidden": True})
    sheet.set_row(_HEAD, 48)
    sheet.freeze_panes(_FIRST, 1)


def _lists(book: Any, sheet: Any, offered: Choices) -> None:  # noqa: ANN401 - untyped
    hidden = book.add_worksheet(_LISTS)
    hidden.hide()
    last = _FIRST + MOST_ROWS - 1
    for place, (column, options) in enumerate(offered.options.items()):
        labels = [option.label for option in options]
        hidden.write_column(0, place, labels)
        if not labels:
            continue
        letter, where = chr(ord("A") + place), COLUMNS.index(column)
        rule = {
            "validate": "list",
            "source": f"={_LISTS}!${letter}$1:${letter}${len(labels)}",
            "error_title": _both("choose", " "),
            "error_message": _both("choose_hint", "\n"),
        }
        sheet.data_validation(_FIRST, where, last, where, rule)


def _both(key: str, between: str) -> str:
    return between.join(texts.say(f"feedback_form.{key}", language) for language in Language)
