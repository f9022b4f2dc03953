"""Made-up calls of every operation: nothing breaks, and every answer is one that the API describes.

tests/proofs/test_api_fuzz.py does the same for much longer.
"""

from __future__ import annotations

import pytest

from tests import builders, fuzzing
from tests.builders import Cast

pytestmark = pytest.mark.django_db

CALLS = 2


def test_no_made_up_call_breaks_the_api(cast: Cast) -> None:
    version = builders.build_version(cast)
    secrets = fuzzing.secrets_of(cast)
    with fuzzing.one_connection():
        called = list(fuzzing.operations(fuzzing.described(secrets["read"])))
        for operation in called:
            fuzzing.attack(operation, secrets["every scope"], version, calls=CALLS, start=1)
    assert len(called) >= 15
