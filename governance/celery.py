"""The Celery application: `celery -A governance worker -B`."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_init
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

from governance.serving import folder_broker

folder_broker.register()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")

app = Celery("governance")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def refuse_unsafe_worker(**_: Any) -> None:
    """Celery logs what a signal's receiver raises and goes on; only SystemExit ends the worker."""
    from audit.halts import Halted
    from governance import settings_record
    from governance.boot import refuse_unsafe

    try:
        refuse_unsafe()
        # What cannot be written now is written at the first start after it can.
        with suppress(Halted):
            settings_record.write_down_changes()
    except (ImproperlyConfigured, DatabaseError) as refusal:
        raise SystemExit(str(refusal)) from refusal
    finally:
        let_go_of_databases()


def let_go_of_databases() -> None:
    """What is open now, Celery's pool would close by its file number, under psycopg's hands.

    The number then goes to the broker's next socket, and the worker sends SQL to Redis and waits for ever. A pool that
    forks would share the socket between processes besides.
    """
    for connection in connections.all(initialized_only=True):
        connection.close()
        if connection.vendor == "postgresql":
            connection.close_pool()


def make_broker_folders() -> None:
    """The embedded broker's messages are files; kombu wants their folders to be there."""
    options = getattr(settings, "CELERY_BROKER_TRANSPORT_OPTIONS", {})
    for name in ("data_folder_in", "control_folder"):
        if name in options:
            Path(options[name]).mkdir(parents=True, exist_ok=True)
