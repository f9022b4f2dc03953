"""Made-up calls of every operation with every kind of token: nothing breaks, every answer is one that is described."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from audit.models import Event
from tests import builders, fuzzing
from tests.builders import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

CALLS = 10


def test_no_made_up_call_breaks_the_api(cast: Cast, seeds: Iterator[int]) -> None:
    version = builders.ready_version(cast)
    secrets = fuzzing.secrets_of(cast)
    before = Event.objects.count()
    with fuzzing.one_connection():
        for seed in seeds:
            for operation in fuzzing.operations(fuzzing.described(secrets["read"])):
                for secret in secrets.values():
                    fuzzing.attack(operation, secret, version, calls=CALLS, start=seed)
    assert Event.objects.count() == before
