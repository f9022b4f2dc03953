"""Whatever is done to the record, the portal refuses it or finds it and says where."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from audit import verify
from audit.verify import events
from tests.builders import Cast
from tests.tampering import attack as looks
from tests.tampering.attack import Attack
from tests.tampering.attacks import ATTACKS
from tests.tampering.scene import Scene, play, set_stage
from tests.tampering.unseen import UNSEEN, published_again

#: Each once; the proof of the same name does it many times.
pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(cast: Cast, signer_of_its_own: Path, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A minute after the last event, so that none counts as being written."""
    found = set_stage(settings, signer_of_its_own, tmp_path / "copies")
    play(cast)
    now = events.time.time
    monkeypatch.setattr(events.time, "time", lambda: now() + 60)
    assert verify.events_whole().fault is None
    assert verify.rows_as_recorded().fault is None
    return found


def missed(scene: Scene, attack: Attack, seed: int) -> list[str]:
    """What was found, when it is not what was done."""
    with scene.undone():
        wanted = attack.act(scene, Random(f"{attack} {seed}"))
        found = _looked(attack)
    if found and any(name in found for name in wanted):
        return []
    return [f"{attack}, seed {seed}: {wanted} wanted, found: {found or 'nothing'}"]


def _looked(attack: Attack) -> str:
    try:
        return attack.look()
    except Exception as broken:
        # Whoever makes the proof break off is not found by it.
        return f"{type(broken).__name__}: {broken}"


def everything() -> list[str]:
    """What there is to be found once all that was done is undone."""
    every = (looks.events, looks.rows, looks.unguarded, looks.the_signer)
    return [found for found in (look() for look in every) if found]


def test_each_way_of_tampering_is_found_and_named(scene: Scene) -> None:
    faults = [fault for attack in ATTACKS for fault in missed(scene, attack, seed=0)]
    assert faults == [], "\n".join(faults)
    assert everything() == []


def test_what_one_look_does_not_see_another_does_or_it_changes_nothing(scene: Scene) -> None:
    for unseen in UNSEEN:
        with scene.undone():
            unseen.act(scene)
            seeing = [look for look in (looks.events, looks.rows, looks.the_signer) if look()]
        assert seeing == ([unseen.seen] if unseen.seen else []), str(unseen)
    with scene.undone():
        assert published_again(scene)
