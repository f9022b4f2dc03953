"""What checks that are only shown would have refused so far, so that they can be required one after the other."""

from __future__ import annotations

from collections import Counter

from registry.models import Deployment, RiskTier


def refused_in(tier: RiskTier) -> Counter[str]:
    """By check, how many deployments of the tier's models went through that it would have refused. One statement."""
    shown = Deployment.objects.filter(model__tier=tier).exclude(advised=[])
    return Counter(check for checks in shown.values_list("advised", flat=True).iterator() for check in checks)
