"""Letters with a code, by which somebody proves that a contact is theirs."""

from uuid import UUID

from models.vocabulary import Language, PersonalContactKind
from services import texts
from services.jobs import GiveUp, Retry, Run
from services.notices.channels import Means
from services.registrations import recovery
from services.registrations.recovery import Letter
from services.runtime.clock import utc_now
from services.runtime.mail import Fate, Mail


async def send_code(run: Run, means: Means) -> None:
    """Send the code of a recovery; nothing, where nobody is registered with that contact.

    The code is the same in a letter that arrives twice, and it ends by the machine's time.
    """
    recovery_id = UUID(str(run.payload["recovery_id"]))
    async with run.step() as db:
        letter = await recovery.letter(
            db, recovery_id=recovery_id, safe=means.safe, machine_now=utc_now()
        )
    if letter is not None and letter.contact.kind is PersonalContactKind.EMAIL:
        await _send(run, means, _mail(recovery_id, letter))
    async with run.closing():
        return


async def _send(run: Run, means: Means, mail: Mail) -> None:
    if means.mailer is None:
        reason = "no_mail_server"
        raise GiveUp(reason)
    outcome = await means.mailer.send(mail, now=run.now)
    if outcome.fate is Fate.NOT_NOW:
        reason = f"smtp_{outcome.code}"
        raise Retry(reason)


def _mail(recovery_id: UUID, letter: Letter) -> Mail:
    def say(part: str, language: Language) -> str:
        return texts.say(
            f"notices.recovery_code.{part}",
            language,
            code=letter.code,
            title=letter.webinar.title.text(language),
            minutes=letter.minutes,
        )

    return Mail(
        id=str(recovery_id),
        to=letter.contact.value,
        subject=" | ".join(say("subject", language) for language in Language),
        text="\n\n".join(say("mail", language) for language in Language),
    )
