"""`asi simulate`: WeChat on this machine, and acts of somebody who uses it."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn
from urllib.parse import urlsplit

import httpx2
import typer

from api.cli.output import print_json
from services.errors import CannotStart, Conflict, Unavailable
from services.runtime import settings
from services.runtime.settings import Settings

SECONDS = 30
"""How long an act may take: the simulator delivers a push up to three times, 5 s apart."""

app = typer.Typer(help="微信模拟器 · WeChat simulator", invoke_without_command=True)

Who = Annotated[
    str, typer.Option("--user", help="openid，缺省为最近添加的用户 · the newest user if not given")
]


class SimulatorSilent(Unavailable):
    """No simulator answers."""

    code = "simulator_silent"


class SimulatorRefused(Conflict):
    """The simulator knows no such person, or they cannot do that now."""

    code = "simulator_refused"


class SimulatorNeedsAccount(CannotStart):
    """The simulator has no account to simulate."""

    code = "simulator_needs_account"


@app.callback()
def simulate(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="监听地址 · address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口，缺省为服务端口 + 1 · port", min=0)] = 0,
    state: Annotated[Path | None, typer.Option(help="保存状态的文件 · file for its state")] = None,
    accept_any_code: Annotated[
        bool, typer.Option("--accept-any-code", help="接受任意登录 code · any login code will do")
    ] = False,
) -> None:
    """启动微信模拟器，或代用户操作 · Run the simulator, or act as one of its users."""
    if context.invoked_subcommand:
        context.obj = f"http://{host}:{port}" if port else _beside_the_service()
        return
    chosen = settings.load()
    if not (chosen.oa_appid or chosen.mp_appid):
        raise SimulatorNeedsAccount
    arguments = ["--host", host]
    arguments += ["--port", str(port)] if port else []
    arguments += ["--state", str(state)] if state else []
    arguments += ["--accept-any-code"] if accept_any_code else []
    replace_by_simulator(chosen, arguments)


@app.command("follow")
def follow(context: typer.Context, user: Who = "") -> None:
    """关注公众号 · Follow the official account; a new user is made if there is none."""
    print_json(_act(context.obj, user, "follow", {}))


@app.command("send")
def send(
    context: typer.Context,
    words: Annotated[str, typer.Argument(help="消息 · message")],
    user: Who = "",
) -> None:
    """发送一条消息 · Write to the account."""
    print_json(_act(context.obj, user, "messages", {"text": words}))


@app.command("scan")
def scan(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help="场景值或网址 · scene or address")],
    user: Who = "",
) -> None:
    """扫描二维码 · Scan a code."""
    key = "url" if code.startswith(("https://", "http://")) else "scene"
    print_json(_act(context.obj, user, "scan", {key: code}))


def environment(chosen: Settings) -> dict[str, str]:
    """Give the simulator what it needs to know, and nothing it does not."""
    given = {"ASI_PUBLIC_URL": chosen.public_url, "ASI_DATA_DIR": str(chosen.data_dir)}
    for account, prefix in settings.PREFIXES.items():
        known = chosen.account(account)
        if known is None:
            continue
        token, aes_key = known.pairs[0]
        values = {
            "appid": known.appid,
            "secret": known.secret,
            "token": token,
            "aes_key": aes_key,
            "mode": known.mode,
        }
        given |= {f"ASI_{prefix}_{name}".upper(): value for name, value in values.items()}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASI_")}
    return kept | given


def command(arguments: list[str]) -> list[str]:
    """Give the simulator's command line: this interpreter, its own program."""
    return [sys.executable, "-m", "wechat_simulator", *arguments]


def replace_by_simulator(chosen: Settings, arguments: list[str]) -> NoReturn:
    """Become the simulator: it takes this process's place, signals and all."""
    words = command(arguments)
    os.execve(words[0], words, environment(chosen))  # noqa: S606 - no shell is wanted


def _act(base: str, user: str, act: str, body: dict[str, Any]) -> object:
    """Do what a user does, and give what came of it, the user's inbox with it."""
    try:
        with httpx2.Client(base_url=base, timeout=SECONDS) as client:
            openid = user or _newest(client)
            before = len(_inbox(client, openid))
            outcome = client.post(f"/simulator/users/{openid}/{act}", json=body)
            outcome.raise_for_status()
            return {
                "user": openid,
                "outcome": outcome.json(),
                "received": _inbox(client, openid)[before:],
            }
    except httpx2.HTTPStatusError as error:
        raise SimulatorRefused(reason=error.response.text[:200]) from error
    except httpx2.HTTPError as error:
        raise SimulatorSilent(address=base) from error


def _newest(client: httpx2.Client) -> str:
    users = client.get("/simulator/users").raise_for_status().json()["users"]
    user = users[-1] if users else client.post("/simulator/users", json={}).json()
    return str(user["openid_oa"])


def _inbox(client: httpx2.Client, openid: str) -> list[Any]:
    answer = client.get(f"/simulator/users/{openid}/inbox").raise_for_status().json()
    return list(answer["items"])


def _beside_the_service() -> str:
    """Give where the simulator is if nobody says: where the settings do, or beside the service.

    Never WeChat itself, which the settings name by default.
    """
    # What a user of the simulator does needs no secret, so that it works beside `make demo`.
    chosen = settings.load(secret_key="-" * settings.SECRET_KEY_LENGTH)
    default = Settings.model_fields["wechat_api_url"].default
    if chosen.wechat_api_url != default:
        return chosen.wechat_api_url
    service = urlsplit(chosen.public_url)
    return f"http://{service.hostname}:{(service.port or 80) + 1}"
