"""QR codes of the official account that carry a scene."""

import secrets

from wechat_simulator import pictures, quotas
from wechat_simulator.calls import OA, Answer, Bytes, Call, Endpoint, Limit, OpenCall, OpenEndpoint
from wechat_simulator.errors import Failure
from wechat_simulator.records import QrCode
from wechat_simulator.state import State

LONGEST_LIFE = 2_592_000
DEFAULT_LIFE = 30
LARGEST_TEMPORARY = 2**32 - 1
LARGEST_PERMANENT = 100_000
PERMANENT_CODES = 100_000
LONGEST_SCENE = 64
NOT_FOUND = 404
ADDRESS = "http://weixin.qq.com/q/"


def create(call: Call) -> Answer:
    """Make a code for a scene."""
    action = call.word("action_name")
    if action not in {"QR_SCENE", "QR_STR_SCENE", "QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"}:
        raise Failure(40052)
    is_permanent = "LIMIT" in action
    scene = _scene(call, named="STR" in action, permanent=is_permanent)
    life = call.number("expire_seconds", DEFAULT_LIFE)
    if not is_permanent and not 0 < life <= LONGEST_LIFE:
        raise Failure(40053)
    if is_permanent:
        name = f"{call.account.kind} permanent codes"
        now = call.credentials_now
        quotas.spend(call.state, name, "life", allowed=PERMANENT_CODES, errcode=45029, now=now)
    code = QrCode(
        ticket=f"gQ{secrets.token_urlsafe(70)}",
        scene=scene,
        url=f"{ADDRESS}02{secrets.token_urlsafe(16)}",
        expires_at=None if is_permanent else call.now + life,
    )
    call.state.qr_codes[code.ticket] = code
    answer = {"ticket": code.ticket, "url": code.url}
    return answer if is_permanent else answer | {"expire_seconds": life}


def show(call: OpenCall) -> Answer:
    """Draw a code: no login, 404 for a ticket that is not one."""
    code = call.state.qr_codes.get(call.argument("ticket"))
    if code is None or _is_over(code, call.platform.clock.now()):
        return Bytes(b"", "text/html", status=NOT_FOUND)
    return Bytes(*pictures.draw(code.url))


def find(state: State, *, now: float, url: str | None = None, scene: str = "") -> QrCode | None:
    """Find the code that a phone scanned, by what it says or by its scene."""
    return next(
        (
            code
            for code in reversed(state.qr_codes.values())
            if not _is_over(code, now) and (code.scene == scene if url is None else code.url == url)
        ),
        None,
    )


def _scene(call: Call, *, named: bool, permanent: bool) -> str:
    info = call.body.get("action_info")
    scene = info.get("scene") if isinstance(info, dict) else None
    if not isinstance(scene, dict):
        raise Failure(40053)
    if named:
        text = scene.get("scene_str")
        if not isinstance(text, str) or not 0 < len(text) <= LONGEST_SCENE:
            raise Failure(40053)
        return text
    number = scene.get("scene_id")
    largest = LARGEST_PERMANENT if permanent else LARGEST_TEMPORARY
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number <= largest:
        raise Failure(40053)
    return str(number)


def _is_over(code: QrCode, now: float) -> bool:
    return code.expires_at is not None and now >= code.expires_at


ENDPOINTS = (
    Endpoint(
        path="/cgi-bin/qrcode/create",
        run=create,
        accounts=OA,
        right=lambda account: account.is_verified_service,
        limits=(Limit(period="day", calls=100_000),),
    ),
    OpenEndpoint(path="/cgi-bin/showqrcode", run=show),
)
