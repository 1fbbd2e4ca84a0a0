"""What comes before a request's transaction: WeChat is asked, a try is counted.

Dependencies that stand in front of `Db` and of whoever needs it: on SQLite there is one writer, and
nobody keeps it waiting for WeChat.
"""

from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from fastapi import Depends

from api.dependencies import Bearer, CurrentDoors, CurrentParts, MachineNow
from miniprogram_contract import registrations as contract
from models.vocabulary import PersonalContactKind
from services import visitors
from services.errors import Refusal
from services.registrations import ContactSafe, PersonalContact, Registrant, phones, recovery

Body = TypeVar("Body", contract.Register, contract.ChangeRegistration)


@dataclass(frozen=True)
class Asked:
    """What WeChat said, or why it said nothing, to be told when it turns out to matter.

    A repeated request finds its first answer although its code is spent.
    """

    phone: PersonalContact | None = None
    refusal: Refusal | None = None

    def contact(self) -> PersonalContact | None:
        """Give the phone number; None where none was asked for.

        Raises:
            PhoneCodeInvalid, PhoneCodeTooOften, AccountMissing, WeChatError
        """
        if self.refusal is not None:
            raise self.refusal
        return self.phone


class Phones:
    """Asks WeChat for phone numbers, for somebody who is logged in."""

    def __init__(
        self, parts: CurrentParts, doors: CurrentDoors, token: Bearer, now: MachineNow
    ) -> None:
        """Take what it needs."""
        self.parts, self.doors, self.token, self.now = parts, doors, token, now

    async def registrant(self) -> Registrant:
        """Give who is logged in, without keeping a transaction open.

        Raises:
            LoginRequired
        """
        appid = self.parts.settings.mp_appid
        async with self.parts.database.snapshot() as db:
            visitor = await visitors.of_token(db, token=self.token, appid=appid, now=self.now)
        safe = ContactSafe(self.parts.sealer, self.parts.blind_index)
        return Registrant(visitor=visitor, safe=safe, now=self.parts.clock())

    async def asked(self, code: str | None) -> Asked:
        """Ask what a code stands for; nothing is asked without one.

        Raises:
            LoginRequired
        """
        if code is None:
            return Asked()
        await self.registrant()
        try:
            return Asked(phone=await phones.of_code(self.doors.required_mini_program(), code=code))
        except Refusal as refusal:
            return Asked(refusal=refusal)


CurrentPhones = Annotated[Phones, Depends(Phones)]


@dataclass(frozen=True)
class Form(Generic[Body]):
    """What was sent, with the phone number its code stands for."""

    body: Body
    asked: Asked

    def contact(self) -> PersonalContact | None:
        """Give the contact; None where a change leaves it as it is.

        Raises:
            PhoneCodeInvalid, PhoneCodeTooOften, AccountMissing, WeChatError
        """
        if self.body.phone_code is not None:
            return self.asked.contact()
        if self.body.phone is not None:
            return PersonalContact(PersonalContactKind.PHONE, self.body.phone)
        if self.body.email is not None:
            return PersonalContact(PersonalContactKind.EMAIL, self.body.email)
        return None


async def register_form(body: contract.Register, phones: CurrentPhones) -> Form[contract.Register]:
    """Ask for the phone number of somebody who registers."""
    return Form(body, await phones.asked(body.phone_code))


async def change_form(
    body: contract.ChangeRegistration, phones: CurrentPhones
) -> Form[contract.ChangeRegistration]:
    """Ask for the phone number of somebody who changes their registration."""
    return Form(body, await phones.asked(body.phone_code))


@dataclass(frozen=True)
class Proof:
    """What somebody has to show that a contact is theirs."""

    asked: Asked
    code: str = ""
    recovery_id: UUID | None = None


async def of_recovery(
    slug: str, body: contract.RecoverRegistration, phones: CurrentPhones, parts: CurrentParts
) -> Proof:
    """Ask for the phone number, or count that a code is tried."""
    if body.email is None:
        return Proof(await phones.asked(body.phone_code))
    who = await phones.registrant()
    contact = PersonalContact(PersonalContactKind.EMAIL, body.email)
    async with parts.database.transaction() as db:
        tried = await recovery.count_try(
            db, slug=slug, contact=contact, who=who, machine_now=phones.now
        )
    return Proof(Asked(), body.code or "", tried)


RegisterForm = Annotated[Form[contract.Register], Depends(register_form)]
ChangeForm = Annotated[Form[contract.ChangeRegistration], Depends(change_form)]
RecoveryProof = Annotated[Proof, Depends(of_recovery)]
