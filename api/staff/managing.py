"""Who works at the desk, for admins."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, ValidationError
from starlette.responses import Response

from api.dependencies import Db, ReadDb
from api.pages import forms
from api.pages.forms import Form
from api.staff.callers import Admin, DeskForm, Staff
from miniprogram_contract.messages import Request as Message
from models.vocabulary import StaffRole
from services.errors import Refusal
from services.staff_accounts import accounts, passwords

router = APIRouter(prefix="/staff", include_in_schema=False)

ACCOUNTS = "/staff/accounts"


class AddAccount(Message):
    """Somebody new at the desk."""

    login: str = Field(min_length=2, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]*$")
    name: str = Field(min_length=1, max_length=80)
    role: StaffRole


class ChangeAccount(Message):
    """Another role, or an account opened or closed."""

    role: StaffRole
    disabled: bool = False


@router.get("/accounts")
async def list_accounts(staff: Admin, db: ReadDb) -> Response:
    """Show all accounts."""
    return await _accounts_page(staff, db, forms.shown(staff.caller))


@router.post("/accounts")
async def add_account(staff: Admin, form: DeskForm, db: Db) -> Response:
    """Make an account and show its first password, once."""
    password = accounts.made_up_password()
    kept = await passwords.hashed(password)
    try:
        form.require_fresh()
        wish = form.read(AddAccount)
        async with db.begin_nested():
            account = await accounts.add(
                db,
                login=wish.login,
                name=wish.name,
                role=wish.role,
                password_hash=kept,
                actor=staff.account.login,
                now=staff.caller.now,
            )
    except (Refusal, ValidationError) as error:
        return await _accounts_page(staff, db, form.refused(error))
    return staff.page("password.html", account=account, password=password)


@router.post("/accounts/{account_id}")
async def change_account(account_id: UUID, staff: Admin, form: DeskForm, db: Db) -> Response:
    """Change what an account may do; its sessions end."""
    actor, now = staff.account.login, staff.caller.now
    try:
        form.require_fresh()
        wish = form.read(ChangeAccount, checks=("disabled",))
        async with db.begin_nested():
            account = await accounts.by_id(db, account_id=account_id)
            if account.role is not wish.role:
                await accounts.set_role(db, account=account, role=wish.role, actor=actor, now=now)
            if account.disabled is not wish.disabled:
                await accounts.set_disabled(
                    db, account=account, disabled=wish.disabled, actor=actor, now=now
                )
    except (Refusal, ValidationError) as error:
        return await _accounts_page(staff, db, form.refused(error))
    return form.caller.go(ACCOUNTS)


@router.post("/accounts/{account_id}/reset")
async def reset_account(account_id: UUID, staff: Admin, form: DeskForm, db: Db) -> Response:
    """Give an account a new password, shown once, and take its second factor away."""
    form.require_fresh()
    password = accounts.made_up_password()
    kept = await passwords.hashed(password)
    account = await accounts.by_id(db, account_id=account_id)
    await accounts.reset(
        db,
        account=account,
        password_hash=kept,
        actor=staff.account.login,
        now=staff.caller.now,
    )
    return staff.page("password.html", account=account, password=password)


async def _accounts_page(staff: Staff, db: ReadDb, form: Form) -> Response:
    return staff.page(
        "accounts.html",
        status=form.faults.status,
        form=form,
        accounts=await accounts.every(db),
        roles=list(StaffRole),
    )
