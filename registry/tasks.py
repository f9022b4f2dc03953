"""Wake-ups for imports, which are rows: a lost message or a killed worker holds one up, and loses nothing of it."""

from celery import shared_task

from registry.imports import runs
from registry.models import ImportRun

SLICE_SECONDS = 15


@shared_task
def go_on_with_import(pk: int) -> None:
    """Works at one import for a while, then lets others have the worker and comes back."""
    run = ImportRun.objects.select_related("by").filter(pk=pk, state=ImportRun.State.RUNNING).first()
    if run and not runs.go_on(run, seconds=SLICE_SECONDS):
        go_on_with_import.delay(pk)


@shared_task
def resume_imports() -> int:
    """Finds the imports that nobody is at; throws away drafts that nobody came back to."""
    runs.discard_forgotten()
    stalled = list(ImportRun.objects.stalled().values_list("pk", flat=True))
    for pk in stalled:
        go_on_with_import.delay(pk)
    return len(stalled)
