"""Setting type: a template and its data as one page of PDF or PNG; the only importer of typst."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from services.errors import Malformed, Unavailable

if TYPE_CHECKING:
    import typst

FONT_PACKAGE = "manimgx_fonts_cjk"
"""Noto Sans CJK, the only font: what is set here looks the same on every machine."""


class TemplateUnfit(Malformed):
    """The template cannot be set, or not so that everybody can read it."""

    code = "template_unfit"


class PageOverfull(Malformed):
    """The words need more than one page."""

    code = "page_overfull"


class FontMissing(Unavailable):
    """The Chinese font is not installed."""

    code = "font_missing"


def pdf(template: Path, data: Mapping[str, object], *, made_at: datetime) -> bytes:
    """Set one page as PDF/UA-1, its fonts embedded; the template finds `data` in sys.inputs.poster.

    typst itself refuses what a screen reader could not read, such as a picture without words.

    Raises:
        TemplateUnfit, PageOverfull, FontMissing
    """
    import typst  # noqa: PLC0415 - 80 MB that no other process needs

    try:
        # Only pictures come page by page, so pages are counted with very small ones.
        compiler = _compiler(template, data)
        seconds = int(made_at.timestamp())
        _one_page(compiler.compile(format="png", ppi=1, timestamp=seconds), template)
        made = compiler.compile(format="pdf", pdf_standards="ua-1", timestamp=seconds)
    except typst.TypstError as error:
        raise TemplateUnfit(file=template.name, reason=error.message) from error
    return _one_page(made, template)


def png(
    template: Path, data: Mapping[str, object], *, pixels_per_inch: float, made_at: datetime
) -> bytes:
    """Set one page as a picture; the template finds `data` in sys.inputs.poster.

    Raises:
        TemplateUnfit, PageOverfull, FontMissing
    """
    import typst  # noqa: PLC0415 - see above

    try:
        seconds = int(made_at.timestamp())
        made = _compiler(template, data).compile(
            format="png", ppi=pixels_per_inch, timestamp=seconds
        )
    except typst.TypstError as error:
        raise TemplateUnfit(file=template.name, reason=error.message) from error
    return _one_page(made, template)


def _compiler(template: Path, data: Mapping[str, object]) -> "typst.Compiler":
    import typst  # noqa: PLC0415 - see above

    return typst.Compiler(
        input=template,
        root=template.parent,
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"poster": json.dumps(data, ensure_ascii=False)},
    )


@cache
def fonts() -> "typst.Fonts":
    """Give the fonts that templates may use, found once.

    Raises:
        FontMissing
    """
    import typst  # noqa: PLC0415 - see above

    package = find_spec(FONT_PACKAGE)
    folders = list(package.submodule_search_locations or ()) if package else []
    if not folders:
        raise FontMissing(package=FONT_PACKAGE.replace("_", "-"))
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def _one_page(made: bytes | list[bytes] | None, template: Path) -> bytes:
    if isinstance(made, bytes):
        return made
    raise PageOverfull(file=template.name, pages=len(made or ()))
