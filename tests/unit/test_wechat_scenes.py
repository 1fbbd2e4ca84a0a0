"""Scenes: packed so that they fit into WeChat's codes and can be read back."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Bilingual, ChannelCode, ShortLink
from models.vocabulary import LinkTarget
from services.wechat_codes import places, scenes
from services.wechat_codes.scenes import Key, Scene, SceneRefused, SceneTooLong
from tests.conftest import INSIDE_THE_ROUND, ROOT

ALLOWED = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]+")
"""What getwxacodeunlimit takes (facts, section 7.1)."""

PAGES_MD = Path(ROOT / "miniprogram_contract" / "pages.md")

slugs = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,3}", fullmatch=True)
sections = st.from_regex(r"[A-Za-z0-9.-]{1,6}(,[A-Za-z0-9.-]{1,6}){2}", fullmatch=True)
packed = st.builds(
    Scene, st.sampled_from([key for key in Key if key is not Key.SECTION]), slugs, st.just("")
) | st.builds(Scene, st.just(Key.SECTION), sections, slugs | st.just(""))


def _link(slug: str, target: str) -> ShortLink:
    kind = LinkTarget.PAGE if target.startswith("/") else LinkTarget.URL
    return ShortLink(slug=slug, target_kind=kind, title=Bilingual(slug), target=target)


@given(packed)
def test_a_scene_is_read_as_it_was_packed(scene: Scene) -> None:
    assert scenes.read(scene.text) == scene
    assert ALLOWED.fullmatch(scene.text)


@pytest.mark.parametrize(
    ("slug", "target", "text", "page"),
    [
        ("ps-v4-draft", "/documents/ps-v4-draft", "d=ps-v4-draft", "pages/document/index"),
        ("china", "/webinars/china", "w=china", "pages/webinar/index"),
        ("consultation-china", "/contacts/consultation-china", "c=consultation-china", None),
        ("survey", "https://www.surveymonkey.com/r/J8G8ZX7", "l=survey", "pages/home/index"),
        ("moved", "/documents/ps-v4-draft", "l=moved", "pages/home/index"),
    ],
)
def test_a_links_scene_names_the_page_that_owns_it(
    slug: str, target: str, text: str, page: str | None
) -> None:
    scene = scenes.of(_link(slug, target), None)

    assert scene.text == text
    assert places.page_of(scene) == (page or "pages/contact/index")


def test_a_channel_code_is_its_own_scene() -> None:
    code = ChannelCode(
        slug="7kwm4q", link_slug="china", channel="poster", label="3", created_at=INSIDE_THE_ROUND
    )

    assert scenes.of(_link("china", "/webinars/china"), code).text == "k=7kwm4q"


def test_what_does_not_fit_is_told_what_to_do() -> None:
    fits, too_long = (Scene(Key.LINK, "x" * length) for length in (30, 31))

    scenes.require_short(fits)
    with pytest.raises(SceneTooLong, match="channel code") as refusal:
        scenes.require_short(too_long)

    assert refusal.value.code == "scene_too_long"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ps-v4-draft",
        "d=",
        "x=china",
        "d=草案",
        "d=../admin",
        "d=china%26",
        "d=China",
        "w=china&ch=",
        "w=china&to=poster",
        "w=china&ch=poster&ch=event",
        "f=PS,V4",
        "d=" + "x" * 127,
    ],
)
def test_a_scene_that_is_none_of_ours_is_refused(text: str) -> None:
    with pytest.raises(SceneRefused) as refusal:
        scenes.read(text)

    assert refusal.value.code == "scene_refused"


def test_the_keys_and_pages_are_those_that_the_mini_program_is_told() -> None:
    table = re.findall(
        r"^\| `([a-z])` \|.*?\| `(pages/[a-z/]+)`", PAGES_MD.read_text("utf-8"), re.MULTILINE
    )

    assert dict(table) == {key.value: page for key, page in places.PAGES.items()}
