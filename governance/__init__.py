"""How it is wired: settings, addresses, roles, first run, the pages that span rooms."""

from governance.celery import app as celery_app

__all__ = ["celery_app"]
