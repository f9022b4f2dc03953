"""Who may decide, in every state of a review: the page says what the action does, for everybody and every stage."""

from __future__ import annotations

import pytest

from tests.approvals.test_deciders import STATES, compare_with_the_action
from tests.builders import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


@pytest.mark.parametrize("state", STATES)
def test_the_answer_is_what_the_action_does(cast: Cast, state: str) -> None:
    compare_with_the_action(cast, STATES[state])
