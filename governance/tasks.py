from celery import shared_task
from django.core.management import call_command


@shared_task
def clear_sessions() -> None:
    """Takes away the rows of sessions that are over; nobody can use them any more."""
    call_command("clearsessions")
