"""Posters: what is set can be read by phones and screen readers; whatever cannot is refused."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from models.vocabulary import Language
from services import posters, qr_codes, typesetting
from services.posters import Code, Composition, Fact, Paper, PosterUnreadable
from services.typesetting import FontMissing, PageOverfull, TemplateUnfit
from tests.conftest import PACK
from tests.support.posters import codes, page, picture, read, seen, words

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
HOST = "consultation.asi-china.example.cn"


def _code(slug: str, label: str) -> Code:
    address = f"{HOST}/r/{slug}"
    text = f"https://{address}"
    svg = qr_codes.svg(text).decode()
    return Code(label=label, address=address, alt=f"二维码：{label}", text=text, svg=svg)


CODES = [
    _code("article", "阅读征询文件"),
    _code("vjn587d", "报名研讨会"),
    _code("ps-v4-bauxite-residue-tailings", "赤泥与尾矿管理"),
]
POSTER = Composition(
    language=Language.ZH,
    organisation="铝业管理倡议（ASI）",
    title="ASI 标准修订\n首次公开意见征询",
    lead="就绩效标准 V4 草案和监管链标准 V3 草案\n公开征询您的意见",
    facts=[
        Fact("征询开始", "2026年", "2月17日", "星期二 00:00（北京时间）"),
        Fact("中文专场研讨会", "2026年", "12月30日", "星期三 16:00（北京时间）"),
        Fact("意见截止", "2026年", "4月20日", "星期一 23:59（北京时间）"),
    ],
    codes=CODES,
    scan="微信扫一扫",
    hold="长按识别二维码",
    fallback="扫码不便时，请在浏览器中输入二维码旁的网址。",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pack's folder of which a test may spoil the templates."""
    shutil.copytree(PACK / "posters", tmp_path / "posters")
    return tmp_path


def _sheet(poster: Composition, folder: Path = PACK, paper: Paper = Paper.A4) -> bytes:
    return posters.sheet(poster, folder=folder, paper=paper, made_at=NOW)


@pytest.mark.parametrize(("paper", "count"), [(Paper.A4, 1), (Paper.A4, 3), (Paper.A3, 2)])
def test_every_code_on_paper_is_read_close_far_and_blurred(paper: Paper, count: int) -> None:
    expected = sorted(code.text for code in CODES[:count])

    printed = page(_sheet(replace(POSTER, codes=CODES[:count]), paper=paper), width=827)

    for look, image in seen(printed).items():
        assert read(image) == (expected, expected), look


def test_the_share_image_is_900_pixels_wide_and_has_one_code() -> None:
    shared = picture(posters.share_image(POSTER, folder=PACK, made_at=NOW))

    assert shared.width == 900
    for look, image in seen(shared).items():
        assert read(image) == ([CODES[0].text], [CODES[0].text]), look


def test_paper_says_in_words_what_the_codes_say() -> None:
    said = words(_sheet(POSTER))

    for code in CODES:
        assert code.address in said.replace("\r\n", "")
    for part in ("首次公开意见征询", "12月30日", "星期一 23:59（北京时间）", POSTER.fallback):
        assert part in said


def test_a_screen_reader_is_told_everything_and_every_machine_has_the_font() -> None:
    made = _sheet(POSTER)

    assert b"pdfuaid:part" in made
    assert b"/Lang" in made
    assert made.count(b"/FontFile") == made.count(b"/Type/FontDescriptor")
    assert made.count(b"/Alt") >= len(CODES)
    assert _sheet(POSTER) == made


def test_a_title_too_long_for_its_lines_is_set_smaller() -> None:
    long = replace(
        POSTER, title="铝业管理倡议绩效标准与监管链标准修订\n首次公开意见征询说明会暨培训班"
    )

    assert codes(page(_sheet(long), width=827)) == sorted(code.text for code in CODES)


def test_words_for_two_pages_are_refused() -> None:
    with pytest.raises(PageOverfull) as refused:
        _sheet(replace(POSTER, title="铝业管理倡议" * 80))

    assert refused.value.code == "page_overfull"
    assert "sheet.typ" in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("alt: code.alt", "alt: none"),
        ("bytes(code.svg)", "bytes(code.sgv)"),
    ],
    ids=["no words for a picture", "a misspelt name"],
)
def test_a_template_that_not_everybody_can_read_is_refused(
    folder: Path, old: str, new: str
) -> None:
    parts = folder / "posters" / "parts.typ"
    parts.write_text(parts.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    with pytest.raises(TemplateUnfit) as refused:
        _sheet(POSTER, folder)

    assert refused.value.code == "template_unfit"
    assert "posters" in refused.value.sentence(Language.EN)


@pytest.mark.parametrize("side", ["14mm * k", "4mm * k"])
def test_a_template_whose_codes_are_too_small_is_refused(folder: Path, side: str) -> None:
    template = folder / "posters" / "sheet.typ"
    text = template.read_text(encoding="utf-8")
    template.write_text(text.replace("picture(item, side)", f"picture(item, {side})"), "utf-8")

    with pytest.raises(PosterUnreadable) as refused:
        _sheet(POSTER, folder)

    assert refused.value.code == "poster_unreadable"
    assert refused.value.values["expected"] == 3


def test_a_template_cannot_look_outside_its_folder(folder: Path) -> None:
    (folder / "secret.txt").write_text("secret")
    (folder / "posters" / "sheet.typ").write_text('#read("../secret.txt")')

    with pytest.raises(TemplateUnfit):
        _sheet(POSTER, folder)


def test_without_the_font_nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "FONT_PACKAGE", "no_such_font")
    typesetting.fonts.cache_clear()

    with pytest.raises(FontMissing) as refused:
        posters.share_image(POSTER, folder=PACK, made_at=NOW)

    assert refused.value.code == "font_missing"


def test_the_picture_is_what_the_eye_expects() -> None:
    """Blue above, white below: a template that sets nothing would pass all other tests."""
    sheet = page(_sheet(POSTER), width=210)

    assert _close(sheet, (5, 90), (0, 0x40, 0x60))
    assert _close(sheet, (5, 200), (255, 255, 255))


def _close(image: Image.Image, at: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    found = image.getpixel(at)
    assert isinstance(found, tuple)
    return all(abs(a - b) < 32 for a, b in zip(found, colour, strict=True))
