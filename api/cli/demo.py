"""`asi demo`: everything on this machine, without an account, inside the round."""

import os
import secrets
import socket
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from api.cli import demo_staff, demo_wechat, serve
from api.urls import Urls
from models.vocabulary import Language
from services import qr_codes, texts
from services.errors import Forbidden
from services.runtime import schema, settings
from services.runtime.clock import OffsetClock, installation_clock
from services.runtime.database import sqlite_file
from services.runtime.settings import Settings
from services.texts import dates

BEIJING = ZoneInfo("Asia/Shanghai")

START = "2026-03-02T09:00+08:00"
"""A Monday morning in Beijing, two weeks into the first round, one before the webinar."""

DataDir = Annotated[Path, typer.Option(envvar="ASI_DATA_DIR", help="数据文件夹 · data folder")]

app = typer.Typer(help="本机演示 · demo on this machine", invoke_without_command=True)


class ClockRefused(Forbidden):
    """Only a development clock can be moved."""

    code = "clock_refused"


@app.callback()
def demo(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="监听地址 · address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口 · port", min=1, max=65535)] = 8000,
    data_dir: DataDir = Path("var"),
    clock: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M%z"], help="时钟起点 · clock start"),
    ] = None,
) -> None:
    """在 SQLite 上启动整套服务 · Run the whole service on SQLite."""
    if context.invoked_subcommand:
        return
    shown = _shown_host(host)
    chosen = _settings(
        data_dir,
        public_url=f"http://{shown}:{port}",
        wechat_api_url=f"http://{shown}:{port + 1}",
        clock_start=clock or datetime.fromisoformat(START),
    )
    serve.prepare_data_dir(chosen)
    if sqlite_file(chosen.database) and not schema.is_empty(chosen.database):
        schema.upgrade(chosen.database)
    with demo_wechat.simulated(chosen, host=host, port=port + 1):
        serve.run(chosen, host=host, port=port, started=lambda: _started(chosen, host))


@app.command("clock")
def clock(
    instant: Annotated[str, typer.Argument(help="例如 2026-04-20T23:59:50+08:00")] = "",
    data_dir: DataDir = Path("var"),
) -> None:
    """查看或拨动演示时钟 · Show or move the demo's clock."""
    chosen = _settings(data_dir)
    moving = installation_clock(chosen)
    if not isinstance(moving, OffsetClock):
        raise ClockRefused
    if instant:
        try:
            moment = datetime.fromisoformat(instant)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        moving.move(moment if moment.tzinfo else moment.replace(tzinfo=BEIJING))
    for language in Language:
        typer.echo(_clock_sentence(moving(), language))


def _settings(data_dir: Path, **given: Any) -> Settings:  # noqa: ANN401 - any setting
    secret = _secret(data_dir)
    return settings.load(
        data_dir=data_dir,
        secret_key=secret,
        oa_web_login=True,
        notice_templates=demo_wechat.templates(secret, data_dir),
        **demo_wechat.accounts(secret),
        **given,
    )


def _secret(data_dir: Path) -> str:
    """Make the demo's secret once, readable by its owner only."""
    file = data_dir / "demo-secret"
    if file.exists():
        return file.read_text(encoding="ascii")
    value = secrets.token_hex(32)
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        reason = error.strerror or str(error)
        raise serve.DataDirUnusable(folder=str(data_dir), reason=reason) from error
    with os.fdopen(descriptor, "w", encoding="ascii") as secret:
        secret.write(value)
    return value


def _shown_host(host: str) -> str:
    if host not in {"0.0.0.0", "::"}:  # noqa: S104 - compared with, not listened on
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Sends nothing: it asks the system which of its addresses leads outside.
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def _started(chosen: Settings, host: str) -> None:
    demo_wechat.put_menu(chosen)
    demo_wechat.put_templates(chosen)
    _greet(chosen, host, password=demo_staff.put_staff(chosen))


def _greet(chosen: Settings, host: str, *, password: str) -> None:
    urls = Urls(chosen.public_url)
    places = {
        "phone": f"{chosen.wechat_api_url}/simulator/phone",
        "article": urls.path("/"),
        "read_original": urls.read_original,
        "document": urls.document("ps-v4-draft"),
        "webinar": urls.webinar("china"),
        "contact": urls.contact("consultation-china"),
        "feedback": urls.path("/feedback"),
        "desk": urls.path("/staff"),
        "api": urls.path("/v1/documents"),
        "docs": urls.path("/docs"),
    }
    now = installation_clock(chosen)()
    for language in Language:
        _say(language, "ready", strong=True)
        typer.echo("  " + _clock_sentence(now, language))
        command = f"{sys.argv[0]} demo clock --data-dir {chosen.data_dir} 2026-04-20T23:59:50+08:00"
        _say(language, "clock_hint", command=command)
        _say(language, "try_these")
        for name, address in places.items():
            typer.echo(f"    {address}  {texts.say(f'demo.{name}', language)}")
        _say(language, "desk_login", login=demo_staff.LOGIN, password=password)
        typer.echo()
    typer.echo(qr_codes.terminal(urls.short("article"), colours=sys.stdout.isatty()))
    for language in Language:
        _say(language, "scan")
        if host in {"127.0.0.1", "localhost"}:
            _say(language, "scan_loopback")
        _say(language, "stop")
    sys.stdout.flush()


def _say(language: Language, key: str, *, strong: bool = False, **values: str) -> None:
    typer.secho(
        ("" if strong else "  ") + texts.say(f"demo.{key}", language, **values),
        bold=strong,
    )


def _clock_sentence(now: datetime, language: Language) -> str:
    local = now.astimezone(BEIJING).replace(second=0, microsecond=0)
    return texts.say("demo.clock", language, moment=dates.moment(local, language))
