"""What Schemathesis cannot know: who is logged in, what exists, which rules are of content."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import schemathesis
from schemathesis import AuthContext, BaseSchema, Case, HookContext, Response, hooks
from schemathesis.core.failures import Failure
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.openapi.checks import RejectedPositiveData
from schemathesis.python.asgi import ASGIClient

from tests.support.simulator import Simulator

ENDING = {"log_out", "erase_me"}
"""Operations that end the login they are sent with: each gets a login of a person of its own."""

RULES_OF_CONTENT = {
    "one_contact",
    "phone_invalid",
    "email_invalid",
    # Of text in which nothing shows: what is kept of it is what is counted.
    "string_too_short",
    # JSON Schema takes 3.0 for an integer. No program of ours writes it so.
    "int_type",
}
"""Faults of single fields that a JSON Schema does not describe."""

REPEATED = {"change_feedback", "change_anonymous_feedback", "save_feedback_draft"}
"""Operations whose body is that of `submit_feedback` again: a third of all cases."""

SECTION = {"standard": "PS", "version": "V4", "section": "10"}
REGISTERING = {"register", "change_registration"}
CHOICES = {"comment_type", "stance", "stakeholder"}


class Visitor:
    """Somebody who logs in as phones do: a code of WeChat's for a token of ours."""

    def __init__(self, client: ASGIClient, platform: Simulator, base: str) -> None:
        self._client = client
        self._platform = platform
        self.base = base
        self._token = ""
        self._receipt: tuple[str, str] | None = None

    def code(self) -> str:
        """Give a code that works once."""
        user = self._platform.user()
        return str(self._platform.act(user.openid_mp, "login-code")["code"])

    def token(self) -> str:
        """Give the token that most calls are made with."""
        self._token = self._token or self.new_token()
        return self._token

    def receipt(self) -> tuple[str, str]:
        """Give the number and the secret code of something sent without a name."""
        if self._receipt is None:
            answer = self._client.post(
                f"{self.base}/v1/feedback",
                json=SECTION | {"comment": "不愿具名。", "anonymous": True},
                headers={
                    "Authorization": f"Bearer {self.token()}",
                    "Idempotency-Key": uuid4().hex,
                },
            )
            sent = answer.json()
            self._receipt = (str(sent["receipt"]), str(sent["secret_code"]))
        return self._receipt

    def new_token(self) -> str:
        """Log somebody new in."""
        answer = self._client.post(f"{self.base}/v1/login", json={"code": self.code()})
        return str(answer.json()["token"])


def prepare(schema: BaseSchema, visitor: Visitor) -> None:
    """Teach the schema's cases what they need to succeed, and what is no failure."""

    class Login:
        def get(self, case: Case[Any], _context: AuthContext) -> str:
            return visitor.new_token() if _name(case) in ENDING else visitor.token()

        def set(self, case: Case[Any], data: str, _context: AuthContext) -> None:
            case.headers["Authorization"] = f"Bearer {data}"

    def before_call(_context: HookContext, case: Case[Any], **_more: Any) -> None:
        if case.meta is not None and case.meta.generation.mode.is_positive:
            _fill_in(case, visitor)

    def filter_failure(
        _context: HookContext, failure: Failure, _case: Case[Any], response: Response
    ) -> bool:
        return not (isinstance(failure, RejectedPositiveData) and _broke_a_rule(response))

    schema.auth(refresh_interval=None)(Login)
    schemathesis.hook(before_call)
    schemathesis.hook(filter_failure)


def forget() -> None:
    """Take back what `prepare` has taught: hooks are of the whole process."""
    hooks.unregister_all()


def findings(recorder: ScenarioRecorder) -> Iterator[str]:
    """Say what is wrong in a scenario, and how to see it again."""
    for case_id, checks in recorder.checks.items():
        for info in filter(None, (check.failure_info for check in checks)):
            name = _name(recorder.cases[case_id].value)
            failure = info.failure
            yield f"{name}: {failure.title}: {failure.message}\n{info.code_sample}"


def answers(recorder: ScenarioRecorder) -> Counter[tuple[str, int]]:
    """Count the answers of a scenario by operation and status."""
    return Counter(
        (_name(recorder.cases[case_id].value), interaction.response.status_code)
        for case_id, interaction in recorder.interactions.items()
        if interaction.response is not None
    )


def report(answered: Counter[tuple[str, int]]) -> None:
    """Print how often each operation answered with which status, for docs/notes/contract.md."""
    for name in sorted({name for name, _ in answered}):
        statuses = sorted((status, count) for (of, status), count in answered.items() if of == name)
        told = " · ".join(f"{status}: {count}" for status, count in statuses)
        print(f"| `{name}` | {sum(count for _, count in statuses)} | {told} |")


def _name(case: Case[Any]) -> str:
    return str(case.operation.definition.raw.get("operationId", case.operation.label))


def _fill_in(case: Case[Any], visitor: Visitor) -> None:
    """Put in what exists: a schema knows the form of a section, not which there are."""
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = uuid4().hex
    if "X-Receipt-Code" in case.headers and "anonymous" in _name(case):
        case.path_parameters["receipt"], case.headers["X-Receipt-Code"] = visitor.receipt()
    if _name(case) == "sign_page":
        case.query["url"] = f"{visitor.base}/webinars/china"
    if _name(case) == "read_scene":
        case.query["scene"] = "w=china"
    if isinstance(case.body, dict):
        _fill_body(case.body, _name(case), visitor)


def _fill_body(body: dict[str, Any], name: str, visitor: Visitor) -> None:
    if name == "log_in":
        body["code"] = visitor.code()
    if SECTION.keys() & body.keys():
        body.update(SECTION)
    body.update(dict.fromkeys(CHOICES & body.keys()))
    if name in REGISTERING:
        body.update({"phone": "138 0013 8000", "email": None, "phone_code": None})


def _broke_a_rule(response: Response) -> bool:
    """Tell whether what was refused has the form that is asked for, but not a content that can be.

    Every code but `malformed` is a rule of ours about something that is understood.
    """
    problem = response.json()
    if problem["code"] != "malformed":
        return True
    return {error["code"] for error in problem["errors"]} <= RULES_OF_CONTENT
