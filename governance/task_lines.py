"""One log line a task, and the id of the request that woke it on every line said and every event written inside."""

from __future__ import annotations

import logging
import logging.config
import time
from contextvars import ContextVar
from typing import Any

import structlog
from celery import Task
from celery.signals import before_task_publish, setup_logging, task_postrun, task_prerun
from django.conf import settings

from audit import ledger

HEADER = "gatehouse_request_id"

log = structlog.get_logger(__name__)
_started: ContextVar[float] = ContextVar("task_started")


def watch() -> None:
    setup_logging.connect(_keep_our_logging, dispatch_uid="governance.logging")
    before_task_publish.connect(_name_the_waker, dispatch_uid="governance.waker")
    task_prerun.connect(_begin, dispatch_uid="governance.task_begun")
    task_postrun.connect(_end, dispatch_uid="governance.task_ended")


def _keep_our_logging(**_: Any) -> None:
    """Celery sets up no logging of its own where this signal is heard."""
    logging.config.dictConfig(settings.LOGGING)


def _name_the_waker(headers: dict[str, Any], **_: Any) -> None:
    if ledger.request_id.get():
        headers[HEADER] = ledger.request_id.get()


def _begin(task: Task, task_id: str, **_: Any) -> None:
    request_id = task.request.get(HEADER) or ""
    ledger.request_id.set(request_id)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task=task.name, task_id=task_id)
    if request_id:
        structlog.contextvars.bind_contextvars(request_id=request_id)
    _started.set(time.perf_counter())


def _end(task: Task, retval: Any, state: str, **_: Any) -> None:
    """A sweep that found nothing to do is told to those only who ask for everything."""
    has_something_to_say = bool(retval or ledger.request_id.get()) or state != "SUCCESS"
    level = logging.INFO if has_something_to_say else logging.DEBUG
    log.log(level, "task", state=state, ms=round((time.perf_counter() - _started.get()) * 1000, 1))
    structlog.contextvars.clear_contextvars()
    ledger.request_id.set("")
