"""One chain for every log line of web, worker, scheduler and commands, whichever library it comes from.

Lines are JSON, or text where somebody reads along. `docs/operations.md` says what stands in them.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

JSON, TEXT = "json", "text"
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
OF_SEVERAL_LINES = frozenset({"exception", "stack"})


def configuration(*, level: str, form: str) -> dict[str, Any]:
    """For settings.LOGGING. `level` is that of our own rooms; other libraries say INFO only when asked for DEBUG."""
    others = "WARNING" if level == "INFO" else level
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "governance.logs.formatter", "form": form}},
        "filters": {
            "failures": {"()": "django.utils.log.CallbackFilter", "callback": "ext://governance.logs.has_traceback"}
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": others},
        "loggers": {
            **{room: {"level": level} for room in ("audit", "registry", "approvals", "governance")},
            # The line of each request says its status; Django's own lines repeat it, and tell addresses.
            "django.request": {"filters": ["failures"]},
            **{name: {"handlers": [], "propagate": True} for name in ("_granian", "granian.access", "django.server")},
        },
    }


def formatter(form: str = "") -> structlog.stdlib.ProcessorFormatter:
    """`form` is JSON, TEXT, or "" for text on a terminal and JSON elsewhere."""
    from governance.redaction import redact

    is_text = form == TEXT or (form != JSON and sys.stderr.isatty())
    ending: list[Processor] = [structlog.processors.JSONRenderer(ensure_ascii=False)]
    if is_text:
        console = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        ending = [_on_one_line, console]
    return structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,  # frames and message, never the values of local variables
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact,
            *ending,
        ]
    )


def _on_one_line(logger: Any, method: str, line: EventDict) -> EventDict:
    """What somebody sent begins no line and moves no cursor. JSON escapes such signs by itself."""
    return {key: value if key in OF_SEVERAL_LINES else _escaped(value) for key, value in line.items()}


def _escaped(value: Any) -> Any:
    return CONTROLS.sub(lambda sign: repr(sign[0])[1:-1], value) if isinstance(value, str) else value


def has_traceback(record: logging.LogRecord) -> bool:
    return bool(record.exc_info)


def configure() -> None:
    """Hands what is said through structlog to the same chain, and what nobody has caught as well."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.captureWarnings(True)
    sys.excepthook = _tell_uncaught


def _tell_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("governance").critical("Ended by what nobody caught", exc_info=(kind, error, trace))


@contextmanager
def about(request_id: str) -> Iterator[None]:
    """Every line said inside carries the request's id, and so does every event that is written."""
    from audit import ledger

    mark = ledger.request_id.set(request_id)
    try:
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            yield
    finally:
        ledger.request_id.reset(mark)
