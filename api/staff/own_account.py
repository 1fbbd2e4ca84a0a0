"""One's own account at the desk: where one is logged in, and one's password."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import Response

from api.dependencies import Db, ReadDb
from api.pages import forms
from api.pages.forms import Form
from api.staff.callers import AtDesk, DeskForm, Staff
from services.errors import Refusal
from services.staff_accounts import logins, sessions

router = APIRouter(prefix="/staff", include_in_schema=False)

ACCOUNT = "/staff/account"


@router.get("/account")
async def show_account(staff: AtDesk, db: ReadDb) -> Response:
    """Show one's own account."""
    return await _account_page(staff, db, forms.shown(staff.caller))


@router.post("/account/password")
async def change_password(staff: AtDesk, form: DeskForm, db: ReadDb) -> Response:
    """Choose another password; all other sessions end."""
    caller = form.caller
    try:
        form.require_fresh()
        await logins.change_password(
            caller.parts.database,
            token=caller.browser.token,
            former=form.values.get("password", ""),
            password=form.values.get("new_password", ""),
            index=caller.parts.blind_index,
            now=caller.now,
        )
    except (Refusal, ValidationError) as error:
        return await _account_page(staff, db, form.refused(error))
    return caller.go(ACCOUNT, done="password")


@router.post("/account/sessions/{session_id}/end")
async def end_session(session_id: UUID, staff: AtDesk, form: DeskForm, db: Db) -> Response:
    """End one of one's own sessions, such as on a phone that was lost."""
    form.require_fresh()
    await sessions.revoke(db, account_id=staff.account.id, session_id=session_id)
    return form.caller.go(ACCOUNT)


async def _account_page(staff: Staff, db: ReadDb, form: Form) -> Response:
    now = staff.caller.now
    return staff.page(
        "account.html",
        status=form.faults.status,
        form=forms.shown(staff.caller, faults=form.faults),
        sessions=await sessions.of_account(db, account_id=staff.account.id, now=now),
    )
