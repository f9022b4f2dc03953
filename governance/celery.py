"""The Celery application: `celery -A governance worker -B`."""

import os
from pathlib import Path

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")

from django.conf import settings

app = Celery("governance")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

for folder in ("data_folder_in", "control_folder"):
    path = getattr(settings, "CELERY_BROKER_TRANSPORT_OPTIONS", {}).get(folder)
    if path:
        Path(path).mkdir(parents=True, exist_ok=True)
