"""Which program asks, as told by its user agent."""

import re

from models.vocabulary import ClientKind

_WECHAT_KINDS = (
    ("wxwork/", ClientKind.WECOM),
    ("miniprogram", ClientKind.MINI_PROGRAM),
    ("windowswechat", ClientKind.WECHAT_DESKTOP),
    ("macwechat", ClientKind.WECHAT_DESKTOP),
)

_PROGRAMS = re.compile(
    # Cubot is a maker of phones.
    r"(?<!cu)bots?(?:\b|_)|crawl|spider|preview|facebookexternalhit|meta-external|slurp|scrapy|"
    r"headless|phantomjs|lighthouse|monitor|pingdom|statuscake|url2meta|inspect|scanner|zgrab|"
    r"python|aiohttp|httpx|okhttp|axios|node-fetch|http-?client|java/|curl/|wget|libwww|feedfetcher"
)
"""What programs call themselves, previews of links among them: chat programs make those."""

_BROWSERS = ("mozilla/", "opera/", "ucweb/")
"""What the agents of browsers begin with; others make no secret of being none."""


def kind(user_agent: str) -> ClientKind:
    """Tell the kind of client: whoever names MicroMessenger is a person, but for WeChat's crawler.

    The marks are those of real user agents of 2026, as published by WeChat's developers.
    """
    agent = user_agent.lower()
    if "micromessenger/" in agent and "mpcrawler" not in agent:
        marks = (kind for mark, kind in _WECHAT_KINDS if mark in agent)
        return next(marks, ClientKind.WECHAT)
    if not agent.startswith(_BROWSERS) or _PROGRAMS.search(agent):
        return ClientKind.BOT
    return ClientKind.BROWSER


def is_wechat_browser(user_agent: str) -> bool:
    """Tell whether a page is shown inside WeChat, where downloads mostly lead nowhere.

    A mini-program's own requests name `MiniProgramEnv`; those can open any document.
    """
    return "MicroMessenger/" in user_agent and "MiniProgramEnv" not in user_agent


def is_android_wechat(user_agent: str) -> bool:
    """Tell whether it is WeChat on Android, which downloads a PDF without a word."""
    return is_wechat_browser(user_agent) and "Android" in user_agent


_NAMED_PROGRAMS = (
    ("wxwork/", "WeCom"),
    ("micromessenger/", "WeChat"),
    ("edg", "Edge"),
    ("huaweibrowser/", "Huawei Browser"),
    ("miuibrowser/", "Mi Browser"),
    ("ucbrowser/", "UC Browser"),
    ("quark/", "Quark"),
    ("firefox/", "Firefox"),
    ("fxios/", "Firefox"),
    ("chrome/", "Chrome"),
    ("crios/", "Chrome"),
    ("safari/", "Safari"),
)
"""The first that is named counts: others call themselves Chrome and Safari too."""

_NAMED_SYSTEMS = (
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("openharmony", "HarmonyOS"),
    ("android", "Android"),
    ("windows", "Windows"),
    ("macintosh", "Mac"),
    ("linux", "Linux"),
)


def named(user_agent: str) -> str:
    """Name program and system as whoever uses them does, such as `WeChat · iPhone`."""
    agent = user_agent.lower()
    found = (
        next((name for mark, name in marks if mark in agent), "")
        for marks in (_NAMED_PROGRAMS, _NAMED_SYSTEMS)
    )
    return " · ".join(filter(None, found))
