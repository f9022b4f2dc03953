"""How a list says which models ran in an environment at an instant."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from approvals.past import Happened
from approvals.presenting.past import Lines, PastDecision, PastPlace, address_of, decision_told, place_told
from approvals.ran import Ran
from registry.models import AIModel


@dataclass(frozen=True)
class RanRow:
    """`evidence` are the digests of the parts by the stage that was decided on them; `url` is the model's
    own page of that instant, where each digest stands. `place` is None where the ledger does not say that it ran."""

    model: AIModel
    url: str
    tier: str
    place: PastPlace | None
    decisions: tuple[PastDecision, ...]
    evidence: Mapping[str, Mapping[str, str]]

    @property
    def digests(self) -> int:
        return len({each for parts in self.evidence.values() for each in parts.items()})

    @property
    def policies(self) -> list[str]:
        return list(dict.fromkeys(str(decision.policy) for decision in self.decisions if decision.policy))


def events_of(found: Iterable[Ran]) -> list[Happened]:
    """Those whose lines the list needs."""
    return [event for ran in found if ran.is_told for event in ran.place.events()]


def row(ran: Ran, at: datetime.datetime, lines: Lines) -> RanRow:
    judgements = ran.place.judgements if ran.is_told else ()
    return RanRow(
        model=ran.model,
        url=address_of(ran.model, at),
        tier=ran.standing.tier,
        place=place_told(ran.place, lines) if ran.is_told else None,
        decisions=tuple(decision_told(judgement, lines) for judgement in judgements),
        evidence={judgement.stage: judgement.evidence for judgement in judgements},
    )
