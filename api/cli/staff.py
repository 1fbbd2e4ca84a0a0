"""`asi staff`: who works at the desk."""

import asyncio
from typing import Annotated, Any

import typer

from api.cli.output import Json, opened, print_json
from models import StaffAccount
from models.vocabulary import StaffRole
from services import audit
from services.runtime.clock import utc_now
from services.staff_accounts import accounts, passwords

app = typer.Typer(help="工作人员 · staff", no_args_is_help=True)

Login = Annotated[str, typer.Argument(help="账号，如邮箱 · login, such as an e-mail address")]
Role = Annotated[
    StaffRole,
    typer.Option(help="角色：只读 viewer、回复 agent、编辑 editor、管理 admin · role"),
]


@app.command("add")
def add(
    login: Login,
    name: Annotated[str, typer.Option(help="姓名 · name")],
    role: Role = StaffRole.AGENT,
    json: Json = False,
) -> None:
    """新建账号，显示初始密码（仅此一次） · Make an account and show its first password, once."""
    password = accounts.made_up_password()
    asyncio.run(_add(login, name=name, role=role, password=password))
    _tell(login, password, json=json)


@app.command("reset")
def reset(login: Login, json: Json = False) -> None:
    """重设密码并清除两步验证 · Give a new password and take the second factor away."""
    password = accounts.made_up_password()
    asyncio.run(_reset(login, password=password))
    _tell(login, password, json=json)


@app.command("role")
def set_role(
    login: Login, role: Annotated[StaffRole, typer.Argument(help="新角色 · the new role")]
) -> None:
    """更改角色 · Give an account another role."""
    asyncio.run(_set_role(login, role=role))


@app.command("disable")
def disable(
    login: Login,
    undo: Annotated[bool, typer.Option("--undo", help="重新启用 · open it again")] = False,
) -> None:
    """停用账号，立即退出登录 · Close an account; whoever uses it is out at once."""
    asyncio.run(_set_disabled(login, disabled=not undo))


@app.command("list")
def list_accounts(json: Json = False) -> None:
    """列出全部账号 · List all accounts."""
    rows = asyncio.run(_every())
    if json:
        print_json(rows)
        return
    for row in rows:
        closed = "（已停用 · closed）" if row["disabled"] else ""
        typer.echo(f"{row['login']}  {row['role']}  {row['name']}{closed}")


def _tell(login: str, password: str, *, json: bool) -> None:
    if json:
        print_json({"login": login.lower(), "password": password})
        return
    typer.echo(
        f"账号 {login.lower()}，密码 {password}\n"
        f"请通过安全的方式转交，登录后尽快更改。\n"
        f"Login {login.lower()}, password {password}\n"
        f"Hand it over safely; it should be changed after the first login."
    )


async def _add(login: str, *, name: str, role: StaffRole, password: str) -> None:
    kept = await passwords.hashed(password)
    async with opened() as database, database.transaction() as db:
        await accounts.add(
            db,
            login=login,
            name=name,
            role=role,
            password_hash=kept,
            actor=audit.COMMAND_LINE,
            now=utc_now(),
        )


async def _reset(login: str, *, password: str) -> None:
    kept = await passwords.hashed(password)
    async with opened() as database, database.transaction() as db:
        account = await accounts.by_login(db, login=login)
        await accounts.reset(
            db, account=account, password_hash=kept, actor=audit.COMMAND_LINE, now=utc_now()
        )


async def _set_role(login: str, *, role: StaffRole) -> None:
    async with opened() as database, database.transaction() as db:
        account = await accounts.by_login(db, login=login)
        await accounts.set_role(
            db, account=account, role=role, actor=audit.COMMAND_LINE, now=utc_now()
        )


async def _set_disabled(login: str, *, disabled: bool) -> None:
    async with opened() as database, database.transaction() as db:
        account = await accounts.by_login(db, login=login)
        await accounts.set_disabled(
            db, account=account, disabled=disabled, actor=audit.COMMAND_LINE, now=utc_now()
        )


async def _every() -> list[dict[str, Any]]:
    async with opened() as database, database.snapshot() as db:
        return [_row(account) for account in await accounts.every(db)]


def _row(account: StaffAccount) -> dict[str, Any]:
    return {
        "login": account.login,
        "name": account.name,
        "role": account.role,
        "second_factor": account.sealed_totp_secret is not None,
        "disabled": account.disabled,
        "created_at": account.created_at,
    }
