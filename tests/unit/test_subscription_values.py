"""Values of subscribe messages, made to fit WeChat's rules before they are sent."""

import pytest

from services.wechat import subscription_values
from wechat_simulator import template_values
from wechat_simulator.accounts import Template


@pytest.mark.parametrize(
    ("key", "value", "sent"),
    [
        ("thing1", "公开征询研讨会：中文专场", "公开征询研讨会：中文专场"),
        (
            "thing1",
            "一二三四五六七八九十一二三四五六七八九十",
            "一二三四五六七八九十一二三四五六七八九十",
        ),
        (
            "thing1",
            "一二三四五六七八九十一二三四五六七八九十一",
            "一二三四五六七八九十一二三四五六七八九…",
        ),
        ("thing1", "第一行\n第二行\u202e\t完", "第一行 第二行 完"),
        ("thing1", "🎉" * 11, "🎉" * 9 + "…"),
        ("thing1", " \n ", None),
        ("time2", "2026年3月9日 16:00", "2026年3月9日 16:00"),
        ("time2", "16:00~17:30", "16:00~17:30"),
        ("time2", "下午四点", None),
        ("date3", "2026-03-09", "2026-03-09"),
        ("date3", "3月9日 16:00~3月9日 17:30", "3月9日 16:00~3月9日 17:30"),
        ("character_string4", "ASI-CN-2026-00001", "ASI-CN-2026-00001"),
        ("character_string4", "编号一", None),
        ("character_string4", "A" * 33, None),
        ("phrase5", "已答复", "已答复"),
        ("phrase5", "已经有了答复", None),
        ("name6", "王芳", "王芳"),
        ("name6", "A" * 21, None),
        ("enum7", "x", None),
        ("nothing", "x", None),
    ],
)
def test_a_value_is_made_to_fit_or_is_not_sent(key: str, value: str, sent: str | None) -> None:
    assert subscription_values.fitted(key, value) == sent


@pytest.mark.parametrize("key", sorted(subscription_values.RULES))
def test_every_type_is_known_by_its_key(key: str) -> None:
    assert subscription_values.type_of(f"{key}1") == key
    assert subscription_values.type_of(key) is None


def test_the_platform_takes_what_was_made_to_fit() -> None:
    """The simulator's rules are its own: it reads WeChat's table, not our code."""
    given = {"thing1": "标题" * 30, "time2": "2026年3月9日 16:00", "character_string3": "7KWM4QHX"}
    content = "".join(f"{{{{{key}.DATA}}}}" for key in given)
    template = Template(template_id="T", title="提醒", content=content)
    fitted = {key: subscription_values.fitted(key, value) for key, value in given.items()}

    taken = template_values.check(
        template, {key: {"value": value} for key, value in fitted.items()}
    )

    assert taken == fitted


def test_the_keys_of_a_template_are_read_from_its_content() -> None:
    content = "会议主题:{{thing1.DATA}}\n会议时间:{{time2.DATA}}\n编号:{{character_string3.DATA}}"

    assert subscription_values.keys_of(content) == ["thing1", "time2", "character_string3"]
