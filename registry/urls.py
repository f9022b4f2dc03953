"""Addresses of the registry's pages. Who may open which is declared in `governance/access.py`."""

from django.urls import include, path

from registry.views import (
    artifacts,
    card_drafts,
    cards,
    consumers,
    evaluations,
    imports,
    models,
    preferences,
    questionnaires,
    release_plans,
    use_cases,
    versions,
)

app_name = "registry"

_version = [
    path("artifact/", artifacts.download, name="artifact_download"),
    path("evaluations/", evaluations.list_evaluations, name="evaluation_list"),
    path("evaluations/attach/", evaluations.attach, name="evaluation_attach"),
    path("evaluations/upload/", evaluations.upload, name="evaluation_upload"),
    path("card/", cards.detail, name="card_detail"),
    path("card/revise/", cards.revise, name="card_revise"),
    path("card/draft/", card_drafts.keep, name="card_draft"),
    path("card/draft/discard/", card_drafts.discard, name="card_draft_discard"),
    path("release-plan/", release_plans.detail, name="release_plan_detail"),
    path("release-plan/revise/", release_plans.revise, name="release_plan_revise"),
    path("consumers/declare/", consumers.declare, name="consumer_declare"),
]

_questionnaire_draft = [
    path("", questionnaires.draft_detail, name="questionnaire_draft_detail"),
    path("revise/", questionnaires.revise, name="questionnaire_revise"),
    path("publish/", questionnaires.publish, name="questionnaire_publish"),
    path("discard/", questionnaires.discard, name="questionnaire_discard"),
]

urlpatterns = [
    path("views/save/", preferences.save_view, name="view_save"),
    path("views/<int:pk>/delete/", preferences.delete_view, name="view_delete"),
    path("models/", models.list_models, name="model_list"),
    path("models.csv", models.download_models, name="model_download"),
    path("models/<slug:name>/versions.csv", models.download_versions, name="version_download"),
    path("models/register/", models.register, name="model_register"),
    path("models/<slug:name>/", models.detail, name="model_detail"),
    path("models/<slug:name>/versions/register/", versions.register, name="version_register"),
    path("models/<slug:name>/versions/<int:number>/", include(_version)),
    path("consumers/<int:pk>/end/", consumers.end, name="consumer_end"),
    path("imports/", imports.list_imports, name="import_list"),
    path("imports/begin/", imports.begin, name="import_begin"),
    path("imports/sample.csv", imports.sample, name="import_sample"),
    path("imports/<int:pk>/", imports.detail, name="import_detail"),
    path("imports/<int:pk>/start/", imports.start, name="import_start"),
    path("imports/<int:pk>/discard/", imports.discard, name="import_discard"),
    path("imports/<int:pk>/refused.csv", imports.download, name="import_download"),
    path("risk-questionnaire/", questionnaires.detail, name="questionnaire_detail"),
    path("risk-questionnaire/draft/", questionnaires.draft, name="questionnaire_draft"),
    path("risk-questionnaire/drafts/<int:pk>/", include(_questionnaire_draft)),
    path("use-cases/", use_cases.list_use_cases, name="use_case_list"),
    path("use-cases.csv", use_cases.download_use_cases, name="use_case_download"),
    path("use-cases/propose/", use_cases.propose, name="use_case_propose"),
    path("use-cases/<slug:slug>/", use_cases.detail, name="use_case_detail"),
    path("use-cases/<slug:slug>/approve/", use_cases.approve, name="use_case_approve"),
    path("use-cases/<slug:slug>/reject/", use_cases.reject, name="use_case_reject"),
]
