"""Uploaded files: for three days, or for good."""

import secrets

from wechat_simulator import pictures
from wechat_simulator.calls import Answer, Bytes, Call, Endpoint, Limit, Upload
from wechat_simulator.errors import Failure
from wechat_simulator.platform import Platform
from wechat_simulator.records import Medium
from wechat_simulator.settings import Kind
from wechat_simulator.state import State

TYPES = ("image", "voice", "video", "thumb")
TEMPORARY_SECONDS = 3 * 86400
LARGEST = 10 * 1024 * 1024
PERMANENT = "permanent"
"""How the type of a file that is kept for good begins."""
SAMPLES = {
    "image": ("image/png", pictures.sample()),
    "voice": ("audio/amr", b"#!AMR\n" + bytes(32)),
}
"""What people send when the test does not care: a picture, or a second of silence."""


def upload(call: Call) -> Answer:
    """Keep a file for three days."""
    medium = _kept(call, call.query.get("type", ""))
    return {
        "type": medium.type,
        "media_id": medium.media_id,
        "created_at": int(medium.created_at),
    }


def add_material(call: Call) -> Answer:
    """Keep a file for good; articles need their cover picture here."""
    medium = _kept(call, call.query.get("type", ""), permanent=True)
    return {"media_id": medium.media_id, "url": _address(medium)}


def upload_picture(call: Call) -> Answer:
    """Keep a picture for the text of an article."""
    return {"url": _address(_kept(call, "image", permanent=True))}


def download(call: Call) -> Answer:
    """Give a file back."""
    medium = find(call.state, call.query.get("media_id", ""), now=call.now)
    if medium is None or medium.account != call.account.kind:
        raise Failure(40007)
    headers = {"content-disposition": f'attachment; filename="{medium.media_id}"'}
    return Bytes(medium.body, medium.content_type, headers=headers)


def find(state: State, media_id: str, *, now: float) -> Medium | None:
    """Find a file that is still kept."""
    medium = state.media.get(media_id)
    if medium is None:
        return None
    is_kept = medium.type.startswith(PERMANENT) or now - medium.created_at < TEMPORARY_SECONDS
    return medium if is_kept else None


def is_permanent(state: State, media_id: str) -> bool:
    """Tell whether this is a file that is kept for good."""
    medium = state.media.get(media_id)
    return medium is not None and medium.type.startswith(PERMANENT)


def sent_by_person(platform: Platform, kind: Kind, type_: str, *, body: bytes | None = None) -> str:
    """Keep what a person sent, and give its id."""
    content_type, sample = SAMPLES.get(type_, SAMPLES["image"])
    upload = Upload(name=type_, content_type=content_type, body=body or sample)
    return _keep(platform, kind, type_, upload=upload).media_id


def _kept(call: Call, type_: str, *, permanent: bool = False) -> Medium:
    if type_ not in TYPES:
        raise Failure(40004)
    if call.upload is None or not call.upload.body:
        raise Failure(41005)
    if len(call.upload.body) > LARGEST:
        raise Failure(45001)
    kept_as = f"{PERMANENT}-{type_}" if permanent else type_
    return _keep(call.platform, call.account.kind, kept_as, upload=call.upload)


def _keep(platform: Platform, kind: Kind, type_: str, *, upload: Upload) -> Medium:
    medium = Medium(
        media_id=secrets.token_urlsafe(48),
        account=kind,
        type=type_,
        name=upload.name,
        content_type=upload.content_type,
        body=upload.body,
        created_at=platform.clock.now(),
    )
    platform.state.media[medium.media_id] = medium
    return medium


def _address(medium: Medium) -> str:
    return f"http://mmbiz.qpic.cn/simulator/{medium.media_id}"


UPLOADS = (Limit(period="day", calls=5000),)
ENDPOINTS = (
    Endpoint(path="/cgi-bin/media/upload", run=upload, body="form", limits=UPLOADS),
    Endpoint(path="/cgi-bin/media/uploadimg", run=upload_picture, body="form", limits=UPLOADS),
    Endpoint(path="/cgi-bin/material/add_material", run=add_material, body="form", limits=UPLOADS),
    Endpoint(path="/cgi-bin/media/get", run=download, method="GET"),
)
