"""What the signer remembers."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from audit import signing
from audit.notes import Head
from tests.tampering import changes
from tests.tampering.attack import Naming, events, found_by, the_signer
from tests.tampering.scene import Scene, write


@found_by(events)
def have_the_signer_remember_another_root(scene: Scene, random: Random) -> Naming:
    _remember_another_root(scene, random)
    return ("what the signer remembers",)


@found_by(the_signer)
def have_the_signer_remember_another_root_and_start(scene: Scene, random: Random) -> Naming:
    _remember_another_root(scene, random)
    return ("are not those that were signed for",)


def _remember_another_root(scene: Scene, random: Random) -> None:
    memory = signing.remembered()
    head = Head(memory.head.size, changes.flipped(random, memory.head.root))
    write(scene.keys / signing.MEMORY, str(replace(memory, head=head)).encode())


@found_by(the_signer)
def have_the_signer_forget(scene: Scene, random: Random) -> Naming:
    (scene.keys / signing.MEMORY).unlink()
    return ("no memory of what was signed",)
