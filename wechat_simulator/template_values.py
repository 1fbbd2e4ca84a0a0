"""Which values a subscribe message may carry, by the type in its key."""

import re
from collections.abc import Mapping
from typing import Any

from wechat_simulator.accounts import Template
from wechat_simulator.errors import Failure

KEYWORD = re.compile(r"\{\{(\w+)\.DATA\}\}")
TYPE = re.compile(r"([a-z_]+?)\d*")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
CHINESE = r"\u4e00-\u9fff"
CLOCK = r"\d{1,2}:\d{2}(:\d{2})?"
DAY = (
    r"(\d{4}年\d{1,2}月\d{1,2}日|\d{4}年\d{1,2}月|\d{1,2}月\d{1,2}日"
    r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{4}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2})"
)
TIME = rf"({DAY} ?)?{CLOCK}"
DATE = rf"{DAY}( ?{CLOCK})?"
RULES: Mapping[str, str] = {
    "thing": r".{1,20}",
    "number": r"(?=.{1,32}$)-?\d+(\.\d+)?",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": rf"[^\w\s{CHINESE}]{{1,5}}",
    "character_string": rf"[^{CHINESE}]{{1,32}}",
    "time": rf"{TIME}(~{TIME})?",
    "date": rf"{DATE}(~{DATE})?",
    "amount": r"[¥￥$€£]?\d{1,10}(\.\d+)?元?",
    "phone_number": r"[0-9+\-() ]{1,17}",
    "car_number": rf"[{CHINESE}A-Za-z0-9][A-Za-z0-9]{{0,6}}[{CHINESE}A-Za-z0-9]",
    "name": rf"(?=.*[{CHINESE}]).{{1,10}}|[^{CHINESE}]{{1,20}}",
    "phrase": rf"[{CHINESE}]{{1,5}}",
}


def check(template: Template, data: Any) -> dict[str, str]:  # noqa: ANN401 - JSON is anything
    """Give the values of all the template's keywords.

    Raises:
        Failure: 47003, which names the key whose value breaks its rule
    """
    if not isinstance(data, dict):
        raise Failure(47003)
    values = {}
    for key in KEYWORD.findall(template.content):
        item = data.get(key)
        value = item.get("value") if isinstance(item, dict) else None
        if not isinstance(value, str | int | float) or not _allows(template, key, str(value)):
            raise Failure(47003, f"argument invalid! data.{key}.value invalid")
        values[key] = str(value)
    return values


def filled(template: Template, values: Mapping[str, str]) -> list[dict[str, str]]:
    """Give the message's lines as the person sees them."""
    lines = []
    for line in template.content.splitlines():
        found = KEYWORD.search(line)
        if found is not None:
            label = line[: found.start()].strip(" :：")
            lines.append({"label": label, "value": values.get(found[1], "")})
    return lines


def _allows(template: Template, key: str, value: str) -> bool:
    if CONTROL.search(value):
        return False
    kind = _kind(key)
    if kind == "enum":
        return value in template.choices.get(key, [])
    return _fits(kind, value)


def _kind(key: str) -> str:
    found = TYPE.fullmatch(key)
    return found[1] if found else key


def _fits(kind: str, value: str) -> bool:
    rule = RULES.get(kind)
    return rule is None or re.fullmatch(rule, value) is not None
