"""Mini-program codes: the unlimited kind, and the two that share 100,000 pictures for life."""

import re

from wechat_simulator import pictures, quotas
from wechat_simulator.accounts import Account
from wechat_simulator.calls import MP, Answer, Bytes, Call, Endpoint, Limit
from wechat_simulator.errors import Failure

SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]+")
LONGEST_SCENE = 32
LONGEST_PATH = {"/wxa/getwxacode": 1024, "/cgi-bin/wxaapp/createwxaqrcode": 128}
FOR_LIFE = 100_000
ENV_VERSIONS = ("release", "trial", "develop")
WIDTHS = range(280, 1281)


def unlimited(call: Call) -> Answer:
    """Draw a code with up to 32 characters of its own."""
    scene = call.body.get("scene")
    if not isinstance(scene, str) or not 0 < len(scene) <= LONGEST_SCENE:
        raise Failure(40169)
    if not SCENE.fullmatch(scene):
        raise Failure(40129)
    if "scancode_time" in scene:
        raise Failure(85096)
    page = call.word("page")
    if page.startswith("/") or "?" in page or not _exists(call, page):
        raise Failure(41030)
    return _drawn(call, path=page, query=f"scene={scene}")


def by_path(call: Call) -> Answer:
    """Draw one of the 100,000 codes that carry a whole path."""
    return _limited(call, "/wxa/getwxacode")


def as_qr(call: Call) -> Answer:
    """Draw one of the 100,000 codes as an ordinary QR code."""
    return _limited(call, "/cgi-bin/wxaapp/createwxaqrcode")


def is_known(account: Account, page: str) -> bool:
    """Tell whether the released version has this page; none at all is the first one."""
    return account.published and (not page or not account.pages or page in account.pages)


def _limited(call: Call, endpoint: str) -> Answer:
    path = call.word("path")
    if not 0 < len(path) <= LONGEST_PATH[endpoint]:
        raise Failure(40159)
    if "scancode_time" in path:
        raise Failure(85096)
    _check_version(call)
    name = f"{call.account.kind} limited codes"
    allowed = call.account.quotas.get("/wxa/getwxacode", {}).get("life", FOR_LIFE)
    now = call.credentials_now
    quotas.spend(call.state, name, "life", allowed=allowed, errcode=45029, now=now)
    page, _, query = path.partition("?")
    drawn = _drawn(call, path=page, query=query)
    used = quotas.used(call.state, name, "life", now=now)
    headers = {"Num-Used": str(used)} if endpoint == "/wxa/getwxacode" else {}
    return Bytes(drawn.body, drawn.content_type, headers=headers)


def _exists(call: Call, page: str) -> bool:
    return call.body.get("check_path", True) is False or is_known(call.account, page)


def _check_version(call: Call) -> None:
    if call.body.get("env_version", "release") not in ENV_VERSIONS:
        raise Failure(40097)


def _drawn(call: Call, *, path: str, query: str) -> Bytes:
    _check_version(call)
    width = call.number("width", pictures.DEFAULT_WIDTH)
    if width not in WIDTHS:
        raise Failure(40097)
    address = pictures.mini_program_address(appid=call.account.appid, path=path, query=query)
    transparent = call.body.get("is_hyaline") is True
    return Bytes(*pictures.draw(address, width=width, transparent=transparent))


ENDPOINTS = (
    Endpoint(
        path="/wxa/getwxacodeunlimit",
        run=unlimited,
        accounts=MP,
        limits=(Limit(period="minute", calls=5000),),
    ),
    Endpoint(path="/wxa/getwxacode", run=by_path, accounts=MP),
    Endpoint(path="/cgi-bin/wxaapp/createwxaqrcode", run=as_qr, accounts=MP),
)
