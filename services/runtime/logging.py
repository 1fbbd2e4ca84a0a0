"""Structured logs: one JSON object a line, without secrets and without persons."""

import logging
import re
import sys
from traceback import extract_tb

import structlog
from structlog.typing import EventDict, Processor

HIDDEN = "[hidden]"

_SECRET_KEYS = re.compile(
    r"(?i)secret|token|password|authorization|cookie|session_key|aes_key|openid|unionid|"
    r"phone|mobile|e?mail|content|text|nickname"
)
_PERSONAL = re.compile(
    r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)"  # a Chinese mobile number
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"
    r"|(?<![\w-])o[A-Za-z0-9_-]{27}(?![\w-])"  # an openid
    r"|(?<=access_token=)[^&\s]+|(?<=secret=)[^&\s]+|(?<=js_code=)[^&\s]+|(?<=code=)[^&\s]+"
)


def configure(*, json: bool, quiet: bool = False) -> None:
    """Set up logging for the process; libraries that use the standard module join in.

    Quiet leaves out everything below a warning, a line for each request among it.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _exceptions_as_data() if json else structlog.processors.format_exc_info,
        redact,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Its news of each run is about its own workings, and on SQLite it is wrong about ours.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # Below a warning it writes down each statement with its values, and those may be a person's.
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)
    root.setLevel(logging.WARNING if quiet else logging.INFO)


def place(error: Exception) -> str:
    """Tell where an error arose, and none of its words, which may be a person's."""
    frames = extract_tb(error.__traceback__)
    return f"{type(error).__name__} {frames[-1].filename}:{frames[-1].lineno}" if frames else ""


def _exceptions_as_data() -> Processor:
    """Give frames as fields for machines; without local values, which hold what must stay here."""
    return structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    )


def redact(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Hide what names secrets or persons, by key and by what it looks like."""
    for key, value in event.items():
        if key != "event" and _SECRET_KEYS.search(key):
            event[key] = HIDDEN
        else:
            event[key] = _scrubbed(value)
    return event


def _scrubbed(value: object) -> object:
    if isinstance(value, str):
        return _PERSONAL.sub(HIDDEN, value)
    if isinstance(value, dict):
        return {key: _scrubbed(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_scrubbed(item) for item in value]
    return value
