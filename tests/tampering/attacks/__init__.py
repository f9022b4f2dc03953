"""What somebody may do who has the database, its guards and the files beside it, but none of the keys."""

from tests.tampering import attack
from tests.tampering.attacks import (
    anchors,
    checkpoints,
    history,
    live_rows,
    log,
    set_back,
    signer,
    tree,
    triggers,
    unreadable,
)

#: A seed chooses by the place in here: what is new comes last.
ATTACKS = [
    each
    for module in (log, tree, checkpoints, set_back, anchors, signer, live_rows, history, unreadable, triggers)
    for each in attack.of(module)
]
