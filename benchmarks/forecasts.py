"""Prints as JSON what the dry run of a stricter policy takes in the installation, by tier; the draft is discarded."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import django


def main() -> None:
    django.setup()
    from registry.models import RiskTier

    print(json.dumps({tier.name: _taken(tier) for tier in RiskTier.objects.all()}))


def _taken(tier: Any) -> dict[str, float]:
    from approvals import forecasting, terms
    from approvals.actions import policies
    from registry.models import Part, Person

    admin = Person.objects.administrators().first()
    draft = policies.draft(tier=tier, by=admin)
    wanted = terms.of_plain(draft.terms)
    first, *others = wanted.stages
    stricter = replace(wanted, stages=(replace(first, rests_on=tuple(Part), quorum=2), *others))
    seen = draft.changed_at.isoformat()
    draft = policies.revise(draft=draft, wanted=stricter, reason="To measure.", seen=seen, by=admin)
    forecast = forecasting.ask(draft)
    began = time.perf_counter()
    forecasting.compute(forecast)
    seconds = time.perf_counter() - began
    forecast.refresh_from_db()
    policies.discard(draft=draft, by=admin)
    return {"seconds": seconds, "versions": forecast.total}


if __name__ == "__main__":
    main()
