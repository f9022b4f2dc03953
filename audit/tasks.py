import logging

from celery import shared_task
from django.contrib.auth import get_user_model
from django.utils import timezone

from audit import anchoring, checkpoints, halts, outbox, proving, tree, verify
from audit.actions import ledger
from audit.models import Heartbeat
from audit.verify import Progress

log = logging.getLogger(__name__)


@shared_task
def deliver_outbox() -> int:
    return outbox.deliver_due()


@shared_task
def keep_ledger() -> None:
    """Puts what waits into the tree, signs it when that is due, and writes what could not be written before."""
    tree.reconsider()
    tree.integrate()
    checkpoints.sign_due()
    ledger.write_owed(by=get_user_model().objects.system())


@shared_task
def verify_ledger() -> None:
    """Every night."""
    proving.ask()
    verify_asked()


@shared_task
def verify_asked() -> None:
    """Does the proof that was asked for, unless another worker is at it."""
    with proving.turn() as progress:
        if progress is not None:
            _verify(progress)


def _verify(progress: Progress) -> None:
    """Reads everything, rows and their history as well, and writes down what was found."""
    checkpoints.look_back()
    if halts.current() is None:
        found = verify.verify(deep=True, every_copy=False, progress=progress)
        if found.fault:
            log.critical("The ledger is not whole: %s.", found.fault)
        ledger.record_verification(verification=found, by=get_user_model().objects.system())


@shared_task
def keep_anchors() -> int:
    return anchoring.keep_due()


@shared_task
def beat() -> None:
    """Shows that scheduler, broker and worker all work; /readyz reads the row it writes."""
    Heartbeat.objects.update_or_create(name="worker", defaults={"at": timezone.now()})
