"""What one look does not see. Each says which other one does, or why nothing can be said against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from audit import checkpoints, signing, tree
from audit.models import Anchoring, Checkpoint, Event, RowShape, WaitingEvent
from tests.tampering import attack, changes
from tests.tampering.attacks.set_back import remember
from tests.tampering.scene import Scene, governed_with_rows, rows_of, waiting


@dataclass(frozen=True)
class Unseen:
    """`seen` is what is found all the same, by which look; without one nobody finds it, for the reason in `act`."""

    act: Callable[[Scene], None]
    seen: Callable[[], str] | None = None

    def __str__(self) -> str:
        return self.act.__name__


def delete_copies_with_what_the_database_says_of_them(scene: Scene) -> None:
    """The ledger stands as it stood, with nothing outside to hold it against."""
    Anchoring.objects.all().delete()
    for path in scene.kept():
        path.unlink()


def have_the_signer_remember_an_earlier_checkpoint(scene: Scene) -> None:
    """It is true, and the ledger goes on from it."""
    newest = Checkpoint.objects.first()
    remember(scene, next(each for each in Checkpoint.objects.all() if each.size < newest.size))


def have_the_signer_forget(scene: Scene) -> None:
    """What was signed is in the database still."""
    (scene.keys / signing.MEMORY).unlink()


def delete_the_newest_checkpoint(scene: Scene) -> None:
    """As after a crash between signing and publishing: the signer knows it, and publishes it once more."""
    newest = Checkpoint.objects.first()
    Anchoring.objects.filter(checkpoint=newest).delete()
    changes.erase(newest)


def delete_the_newest_event_which_is_about_no_row(scene: Scene) -> None:
    """A refusal of the last minute, which nothing is signed for and nothing follows."""
    _delete_waiting(Event.objects.filter(rows=[]).order_by("-pk")[0])


def delete_the_newest_event_about_a_row(scene: Scene) -> None:
    """Nothing is signed for it and nothing follows it, but its rows are there."""
    event = next(each for each in reversed(waiting()) if each.rows)
    assert not Event.objects.filter(subject=event.subject, subject_number__gt=event.subject_number).exists()
    _delete_waiting(event)


def _delete_waiting(event: Event) -> None:
    changes.erase(event, *WaitingEvent.objects.filter(pk=event.pk))


def exchange_two_events_that_wait(scene: Scene) -> None:
    """They were written side by side; which of them comes first nobody has said yet."""
    first, second = waiting()[0], waiting()[-1]
    numbers = first.pk, second.pk
    changes.write(first, id=-1)
    changes.write(second, id=numbers[0])
    first.pk = -1
    changes.write(first, id=numbers[1])


def say_that_history_was_written_at_another_time(scene: Scene) -> None:
    """The event says when, and pages show that, or a column of the row itself."""
    row = rows_of(governed_with_rows()[0].history.model)[0]
    changes.write(row, history_date=row.history_date.replace(year=1999), history_change_reason="made up")


def keep_a_shape_that_no_row_has(scene: Scene) -> None:
    """It proves nothing and hides nothing."""
    changes.add(RowShape(digest="0" * 64, table="nothing", columns=[["id", "BigAutoField"]]))


def keep_a_shape_under_another_digest(scene: Scene) -> None:
    """Digests of shapes are computed, not read."""
    changes.write(rows_of(RowShape)[0], digest="0" * 64)


UNSEEN = [
    Unseen(delete_copies_with_what_the_database_says_of_them),
    Unseen(have_the_signer_remember_an_earlier_checkpoint),
    Unseen(have_the_signer_forget, attack.the_signer),
    Unseen(delete_the_newest_checkpoint),
    Unseen(delete_the_newest_event_which_is_about_no_row),
    Unseen(delete_the_newest_event_about_a_row, attack.rows),
    Unseen(exchange_two_events_that_wait),
    Unseen(say_that_history_was_written_at_another_time),
    Unseen(keep_a_shape_that_no_row_has),
    Unseen(keep_a_shape_under_another_digest),
]


def published_again(scene: Scene) -> bool:
    """Whether the newest checkpoint comes back into the database by itself, and goes to the anchors once more."""
    newest = Checkpoint.objects.first().note
    delete_the_newest_checkpoint(scene)
    tree.integrate(wait=True)
    checkpoints.sign_now()
    return Anchoring.objects.filter(checkpoint__note=newest).exists()
