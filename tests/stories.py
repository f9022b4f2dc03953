"""Longer setups, told as the people of the cast would live them."""

from __future__ import annotations

import datetime

from django.utils import timezone

from approvals import tasks
from approvals.actions import performance_reviews, retirement, reviews
from registry.actions import consumers
from registry.models import ModelVersion, Person
from tests import builders
from tests.builders import Cast
from tests.snapshots import told_once


@told_once
def everything_at_once(cast: Cast) -> ModelVersion:
    """A high-risk version in production with a row of every kind about it; returns it."""
    version = builders.ready_version(cast, "high")
    review = builders.ask_for_review(cast, version)
    due = timezone.localdate() + datetime.timedelta(days=30)
    builders.approve_stage(
        cast, review, "technical", conditions=[{"text": "Watch it.", "owner": cast.author, "due_on": due}]
    )
    for stage in ("business", "compliance", "deployment"):
        builders.approve_stage(cast, review, stage)
    builders.deploy(cast, version)
    consumers.declare(version=version, name="Clinic planner", contact="planner@example.org", by=cast.author)
    soon = timezone.now() + datetime.timedelta(days=91)
    performance_reviews.open_due(by=Person.objects.system(), now=soon)
    retirement.ask_clearance(version=version, reason="Replaced soon.", replacement=None, by=cast.author)
    tasks.compute_waiting_clearances()
    builders.build_use_case(cast, approved=False)
    draft = builders.ready_version(cast, "medium")
    reviews.open_draft(version=draft, by=cast.author)
    return version
