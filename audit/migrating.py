"""What a room lays down once the tables stand: seeds, and indexes of what was written before there was one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.models.signals import post_migrate


def is_migrated(connection: BaseDatabaseWrapper) -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def after_migrating(room: AppConfig, *steps: Callable[[], None]) -> None:
    """Takes `steps` after each migrate that leaves nothing to migrate. After one of a single room, tables of another
    may still be those of an older release, which today's code does not know."""

    def take(using: str, **_: Any) -> None:
        if is_migrated(connections[using]):
            for step in steps:
                step()

    post_migrate.connect(take, sender=room, weak=False)
