from celery import shared_task
from django.utils import timezone

from audit import checkpoints, outbox, tree
from audit.models import Heartbeat


@shared_task
def deliver_outbox() -> int:
    return outbox.deliver_due()


@shared_task
def keep_ledger() -> None:
    """Puts what waits into the tree, and signs it when that is due."""
    tree.integrate()
    checkpoints.sign_due()


@shared_task
def beat() -> None:
    """Shows that scheduler, broker and worker all work; /readyz reads the row it writes."""
    Heartbeat.objects.update_or_create(name="worker", defaults={"at": timezone.now()})
