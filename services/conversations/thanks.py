"""Thanks: what ends a conversation politely and asks for no answer."""

from functools import cache

from services.conversations import keywords

_ZH = (
    "谢谢 谢谢您 谢谢你 谢谢啦 谢了 多谢 感谢 非常感谢 十分感谢 "
    "好的谢谢 好的谢谢您 收到谢谢 明白了谢谢 辛苦了"
)
_EN = "thanks, thank you, thank you very much, many thanks, thx, ok thanks, great thanks"
"""No 好的 or OK alone: they may be the answer to a question of ours."""


def is_all(text: str) -> bool:
    """Tell whether a message says thanks and nothing else."""
    return keywords.normalised(text) in _words()


@cache
def _words() -> frozenset[str]:
    return frozenset(keywords.prepared([*_ZH.split(), *_EN.split(", ")]))
