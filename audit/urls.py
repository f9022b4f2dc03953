"""Addresses of the ledger's pages. Who may open which is declared in `governance/access.py`."""

from django.urls import path

from audit import views

app_name = "audit"
urlpatterns = [
    path("", views.list_events, name="event_list"),
    path("export/", views.export, name="event_export"),
    path("<uuid:uid>/", views.detail, name="event_detail"),
]
