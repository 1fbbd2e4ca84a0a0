"""Content packs: every fault is named by file, key and rule."""

import re
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from services.content import new_round, reading
from services.content.new_round import NewRoundExists
from services.content.reading import LARGEST_FILE, PackInvalid
from tests.conftest import PACK, SECOND_PACK


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the real pack to be broken."""
    return Path(shutil.copytree(PACK, tmp_path / "pack"))


def _replace(file: Path, pattern: str, replacement: str) -> None:
    text = file.read_text(encoding="utf-8")
    changed = re.sub(pattern, replacement, text, count=1)
    assert changed != text
    file.write_text(changed, encoding="utf-8")


def _faults(folder: Path) -> list[str]:
    with pytest.raises(PackInvalid) as refused:
        reading.read(folder)
    assert refused.value.code == "pack_invalid"
    return [str(fault) for fault in refused.value.faults]


@pytest.mark.parametrize("folder", [PACK, SECOND_PACK])
def test_the_packs_we_ship_are_valid(folder: Path) -> None:
    assert reading.read(folder).round.slug


PRIVACY = r'(?s)\[\[page\]\]\nslug = "privacy".*?(?=\[\[page\]\]|\Z)'

HOURS = '[hours]\ntime_zone = "Asia/Shanghai"\nweekdays = [1]\nbegins = 18:00:00\n'

FAULTS = [
    ("round.toml", r"slug = .*", 'slug = "Not A Slug"', "round.toml: round.slug: "),
    ("round.toml", r"slug = .*\n", "", "round.toml: round.slug: Field required"),
    (
        "round.toml",
        r"opens_at = .*",
        "opens_at = 2026-02-17T00:00:00",
        "round.toml: round.opens_at",
    ),
    (
        "round.toml",
        r"opens_at = .*",
        "opens_at = 2027-02-17T00:00:00Z",
        "an instant after opens_at",
    ),
    ("round.toml", r"time_zone = .*", 'time_zone = "Asia/Peking"', "is no IANA time zone"),
    ("round.toml", r"hub_url = .*", 'hub_url = "http://a.org"', "round.hub_url: an address beg"),
    (
        "round.toml",
        r"hub_url = .*",
        'hub_url = "https://a.org"',
        "on a host of round.allowed_hosts",
    ),
    ("round.toml", r"hub_url = ", "hub_ulr = ", "round.toml: round.hub_ulr: Extra inputs"),
    ("documents.toml", r"kind = .*", 'kind = "novel"', "documents.toml: document[1].kind"),
    (
        "sections.toml",
        r'code = "9"',
        'code = "附录A"',
        "sections.toml: section[2].code: letters from A to z",
    ),
    ("sections.toml", r'version = "V4"', 'version = "V 4"', "section[1].version: letters from"),
    ("sections.toml", r'standard = "PS"', 'standard = "_"', "section[1].standard: letters from"),
    ("documents.toml", r'section = "9"', 'section = "99"', "no section '99' of PS V4"),
    ("documents.toml", r"download_name = .*\n", "", "a clean ASCII name is expected"),
    ("documents.toml", r'slug = "ps-v4-draft"', 'slug = "china"', "china: each document, webinar"),
    ("links.toml", r'slug = "survey"', 'slug = "7cdfk29"', "looks like a printed channel code"),
    (
        "webinars.toml",
        r"starts_at = .*",
        "starts_at = 2026-03-03T10:00:00-04:00",
        "the offset of st",
    ),
    ("webinars.toml", r"starts_at = .*", "starts_at = 16:00:00", "webinar[1].starts_at"),
    ("contacts.toml", r'value = "13901145114"', 'value = "139"', "a phone number such as"),
    ("contacts.toml", r'value = "13901145114"\n', "", "a value is expected for phone"),
    ("contacts.toml", r'value = "13901145114"', "value = 13901145114", "card[1].channel[1].value"),
    ("contacts.toml", r'key = "wechat-picture"', 'key = "phone"', "channel phone is there twice"),
    (
        "contacts.toml",
        r'kind = "wechat_picture"',
        'kind = "wechat_group"\nvalue = "x"',
        "a picture has no value",
    ),
    ("feedback.toml", r'document = "feedback-form"', 'document = "x"', "no document 'x'"),
    ("feedback.toml", r"url = .*\n", "", "a survey needs its address"),
    ("feedback.toml", r"email = .*\n", "", "an e-mail address is expected"),
    ("links.toml", r"target = .*", 'target = "https://evil.example"', "allowed_hosts is expected"),
    ("links.toml", r"target = .*\n", "", "link webinar-form.target: a target is expected"),
    ("links.toml", r'kind = "hub"', 'kind = "hub"\ntarget = "/"', "a link to the hub has none"),
    ("links.toml", r'kind = "url"', 'kind = "page"', "a path of this service"),
    ("links.toml", r'code = "menu"', 'code = "other"', "is what unknown codes count as"),
    (
        "links.toml",
        r'code = "menu"',
        'code = "article"',
        "channel article: is there more than once",
    ),
    ("rules.toml", r'link = "survey"', 'link = "surveys"', "no slug 'surveys' in this pack"),
    ("rules.toml", r"begins_at = .*\n", "", "without any, set the link's target"),
    ("rules.toml", r"target = .*\n", "", "rule[2]: a target is expected"),
    ("rules.toml", r'kind = "landing"', 'kind = "hub"\ntarget = "/"', "of kind hub has no target"),
    ("rules.toml", r'target = ".*"', 'target = "//evil.example"', "a path of this service such"),
    (
        "rules.toml",
        r'kind = "page"\ntarget = .*',
        'kind = "url"\ntarget = "https://evil.example"',
        "rule webinar-form/begun.target: an https address on a host of",
    ),
    (
        "posters.toml",
        r'link = "feedback"',
        'link = "fair"',
        "poster consultation.code: no slug 'fa",
    ),
    ("posters.toml", r'link = "feedback"', 'link = "china"', "one code for china is enough"),
    (
        "posters.toml",
        r'webinar = "china"',
        'webinar = "fair"',
        "poster consultation.fact: no webin",
    ),
    ("posters.toml", r'webinar = "china"\n', "", 'a webinar is named where of = "webinar"'),
    (
        "posters.toml",
        r'"webinar-china"',
        '"consultation"',
        "poster consultation: is there more than",
    ),
    (
        "posters/share.typ",
        r'"parts.typ"',
        '"@preview/a:1.0.0"',
        "share.typ: packages are not to be",
    ),
    ("replies.toml", r"link:ps-v4-draft", "link:ps-v5", "rule documents.text.zh: no slug 'ps-v5'"),
    ("replies.toml", r"phone:asi-china", "phone:china", "rule contact.text.zh: no slug 'china'"),
    ("replies.toml", r"webinar_time:china", "webinar_time:about", "no slug 'about'"),
    (
        "replies.toml",
        r"还有 {{days_left}}",
        "{{dead_line}}",
        "no placeholder 'dead_line'; there are",
    ),
    ("replies.toml", r"还有 {{days_left}}", "{{deadline:china}}", "'deadline' has no slug"),
    ("replies.toml", r"{{link:article}}", "{{link}}", "'link' needs slug"),
    (
        "replies.toml",
        r"还有 {{days_left}}",
        "{{ deadline }}",
        "are written {{name}} or {{name:slug}}",
    ),
    ("replies.toml", r"还有 {{days_left}}", "{{scene_link}}", "no placeholder 'scene_link'"),
    ("replies.toml", r"您好，欢迎关注", "好" * 683, "welcome.text.zh: at most 2048 bytes"),
    ("replies.toml", r'key = "about"', 'key = "hello"', "rule hello: is there more than once"),
    ("replies.toml", r'states = \["forthcoming"\]', "", "welcome: one answer for each state, and"),
    (
        "replies.toml",
        r'states = \["open"\]',
        'states = ["closing_soon"]',
        "rule deadline: one answer",
    ),
    (
        "replies.toml",
        r'states = \["open"\]',
        'states = ["asleep"]',
        "replies.toml: rule[7].say[2].states",
    ),
    ("replies.toml", r'link = "about"', 'link = "nowhere"', "rule about.link: no slug 'nowhere'"),
    ("replies.toml", r'link = "about"\n', "", "a card needs title and link"),
    ("replies.toml", r"cooldown_hours = 6\n", "", "replies.toml: default.cooldown_hours: Field"),
    (
        "replies.toml",
        r'key = "about"',
        'key = "about"\nbegins_at = 2026-03-02T00:00:00Z\nends_at = 2026-03-01T00:00:00Z',
        "rule about.ends_at: not before begins_at",
    ),
    (
        "replies.toml",
        r"\[\[rule\]\]",
        HOURS + "ends = 09:00:00\n\n[[rule]]",
        "replies.toml: hours: ends is a time after begins",
    ),
    (
        "menu.toml",
        r'name = "征询文件"',
        'name = "公开征询文件"',
        "公开征询文件.name: at most 16 bytes",
    ),
    ("menu.toml", r"人工答复", "人" * 21, ".name: at most 60 bytes"),
    ("menu.toml", r'says = "contact"', 'says = "nobody"', "no rule 'nobody' in replies.toml"),
    ("menu.toml", r'link = "about"', 'link = "nowhere"', "button 关于 ASI.link: no slug"),
    ("menu.toml", r'link = "about"', 'url = "https://evil.example"', "on a host of round.allowed"),
    (
        "menu.toml",
        r'link = "about"',
        f'url = "https://aluminium-stewardship.org/{"a" * 1024}"',
        "button 关于 ASI.url: at most 1024 bytes",
    ),
    ("menu.toml", r'link = "about"\n', "", "button 关于 ASI: says, link, url, or buttons"),
    ("menu.toml", r'name = "参与征询"', 'name = "参与"\nlink = "china"', "button 参与: says, link"),
    (
        "menu.toml",
        r"\Z",
        '\n[[button]]\nname = "4"\nlink = "china"\n',
        "menu.toml: button: Tuple should have at most 3 items",
    ),
    ("vocabulary.toml", r"code = .*", 'code = "Not a code"', "vocabulary.toml: term[1].code"),
    (
        "vocabulary.toml",
        'set = "topic"',
        'set = "topic"\nanswer = { zh = "好", en = "Good" }',
        "answer belongs to terms of the set disposition",
    ),
    ("pages.toml", PRIVACY, "", "page privacy: every round needs this"),
    ("pages.toml", r"\[\[page\]\]", "[[page]", "pages.toml: not valid TOML"),
    ("pages/about.zh.md", r"(?s).+", " ", "pages/about.zh.md: the file is empty"),
]


@pytest.mark.parametrize(("file", "pattern", "replacement", "fault"), FAULTS)
def test_a_fault_is_named(
    pack: Path, file: str, pattern: str, replacement: str, fault: str
) -> None:
    _replace(pack / file, pattern, replacement)

    assert any(fault in found for found in _faults(pack)), _faults(pack)


BREAKING: list[tuple[Callable[[Path], object], str]] = [
    (lambda pack: (pack / "links.toml").unlink(), "links.toml: the file is missing"),
    (
        lambda pack: (pack / "links.toml").write_bytes(b"\xff\xfe"),
        "links.toml: byte 0: text in UTF",
    ),
    (lambda pack: (pack / "pages/about.en.md").unlink(), "pages/about.en.md: the file is missing"),
    (
        lambda pack: (pack / "links.toml").write_bytes(b"#" * (LARGEST_FILE + 1)),
        "links.toml: at most 1 MiB",
    ),
    (shutil.rmtree, "no such folder"),
]


@pytest.mark.parametrize(("breaking", "fault"), BREAKING)
def test_an_unreadable_file_is_named(
    pack: Path, breaking: Callable[[Path], object], fault: str
) -> None:
    breaking(pack)

    assert any(fault in found for found in _faults(pack))


def test_all_faults_are_told_at_once(pack: Path) -> None:
    _replace(pack / "round.toml", r"time_zone = .*", 'time_zone = "Nowhere"')
    _replace(pack / "documents.toml", r"kind = .*", 'kind = "novel"')

    assert len(_faults(pack)) == 2


ANNOUNCED = [
    "https://aluminium-stewardship.org/standards-revision-consultation-hub",
    "https://www.surveymonkey.com/r/J8G8ZX7",
    (
        "https://forms.office.com/pages/responsepage.aspx?id=Ye5lQhT8FUuQIJahy0V2lWvsmh2T5TtEnRva"
        "BTCAeE1UMFlBWkFJRko3MURZVlo2WVhWWEcyMjhJOS4u&route=shorturl"
    ),
    "consultation@aluminium-stewardship.org",
    "13901145114",
    "19987003130",
    "13520875299",
    "ASI-PS-V4-First-Consultation-Draft_CN.pdf",
    "PSV4-Draft-Section-9-Mine-Closure_CN.pd",
    "PSV4-Draft-Section-10-BR-and-Tailings_CN.pdf",
    "PSV4-Draft-Secton-11-Displacement_CN.pdf",
    "ASI-Standards-Revision-–-Consultation-Overview.pdf",
    "PSv4-Summary-of-Changes.pdf",
    "PSv4-Mapping-Tool (7).xlsx",
    "Feedback-Form-First-Consultation (1).xlsx",
]


@pytest.mark.parametrize("fact", ANNOUNCED)
def test_what_was_announced_is_in_the_pack_to_the_letter(fact: str) -> None:
    pack = "".join(file.read_text(encoding="utf-8") for file in PACK.glob("*.toml"))

    assert f'"{fact}"' in pack


def test_nine_is_human_rights_in_v3_and_mine_closure_in_the_draft() -> None:
    titles = {
        (section.standard, section.version, section.code): section.title.zh
        for section in reading.read(PACK).sections
    }

    assert "人权" in titles["PS", "V3", "9"]
    assert "矿山关闭" in titles["PS", "V4", "9"]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_next_round_starts_from_this_ones_pack(tmp_path: Path) -> None:
    target = tmp_path / "2027-next"

    new_round.create(
        PACK,
        target,
        slug="2027-next",
        opens_at=_instant("2027-01-10T00:00:00+08:00"),
        closes_at=_instant("2027-03-10T23:59:59+08:00"),
    )
    made = reading.read(target)

    assert made.round.slug == "2027-next"
    assert made.round.closes_at == _instant("2027-03-10T23:59:59+08:00")
    assert made.round.announced_at == made.round.opens_at
    assert made.documents == ()
    assert made.sections == reading.read(PACK).sections
    assert (made.rules.rule, made.replies.rule, made.menu.button) == ((), (), ())
    assert '# key = "documents"' in (target / "replies.toml").read_text(encoding="utf-8")
    assert (target / "documents.toml").read_text(encoding="utf-8").startswith("#")


def test_a_round_in_use_is_not_overwritten(tmp_path: Path) -> None:
    with pytest.raises(NewRoundExists) as refused:
        new_round.create(
            PACK,
            tmp_path,
            slug="next",
            opens_at=_instant("2027-01-10T00:00:00+08:00"),
            closes_at=_instant("2027-03-10T23:59:59+08:00"),
        )

    assert refused.value.code == "new_round_exists"


def test_a_round_that_cannot_be_valid_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(PackInvalid):
        new_round.create(
            PACK,
            tmp_path / "next",
            slug="next",
            opens_at=_instant("2027-03-10T00:00:00+08:00"),
            closes_at=_instant("2027-01-10T00:00:00+08:00"),
        )

    assert not (tmp_path / "next").exists()
