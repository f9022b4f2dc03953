"""Waking the worker. A message says no more than that there is work; the work is rows, which a sweep finds anyway."""

from __future__ import annotations

import logging
from functools import partial

from celery import current_app
from django.db import transaction

from audit.silence import Silence

log = logging.getLogger(__name__)

_silence = Silence()


def wake(task: str) -> None:
    """Once the open transaction has committed. A broker that is gone is said in the log, and nobody waits for it."""
    transaction.on_commit(partial(_send, task), robust=True)


def _send(task: str) -> None:
    if _silence.lasts():
        return
    try:
        current_app.send_task(task, retry=False)
    except Exception as error:
        # What was committed stays committed; whatever is wrong with the broker is not the visitor's to hear.
        _silence.begin()
        log.warning("The worker was not woken for %s; its sweep will find the work. %r", task, error)
