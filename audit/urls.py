"""Addresses of the ledger's pages. Who may open which is declared in `governance/access.py`."""

from django.urls import path

from audit import views

app_name = "audit"
urlpatterns = [
    path("", views.list_events, name="event_list"),
    path("export/", views.export, name="event_export"),
    path("state/", views.state, name="ledger_state"),
    path("verify/", views.verify, name="ledger_verify"),
    path("evidence/", views.bundle, name="evidence_export"),
    path("checkpoint/", views.checkpoint, name="checkpoint_download"),
    path("key/", views.key, name="key_download"),
    path("verify_evidence.py", views.verifier, name="verifier_download"),
    path("<uuid:uid>/", views.detail, name="event_detail"),
    path("<uuid:uid>/proof/", views.proof, name="event_proof"),
    path("<uuid:uid>/bytes/", views.content, name="event_content"),
]
