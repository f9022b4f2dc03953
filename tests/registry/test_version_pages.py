"""Registering versions and downloading artifacts: through the doors people use."""

from __future__ import annotations

import hashlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from registry.forms.fields import read_object
from registry.models import AIModel, ModelVersion, Person
from tests import builders
from tests.builders import Cast
from tests.statements import statements

CONTENT = b"weights and a few trees"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
BUDGET = 13


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="governance.roles.SignInBackend")
    return client


@pytest.fixture
def model(cast: Cast) -> AIModel:
    return builders.build_model(cast, name="form-digit-reader")


def register_url(model: AIModel) -> str:
    return reverse("registry:version_register", args=[model.name])


def artifact_url(version: ModelVersion) -> str:
    return reverse("registry:artifact_download", args=[version.model.name, version.number])


def upload(content: bytes = CONTENT) -> SimpleUploadedFile:
    return SimpleUploadedFile("model.skops", content)


def typed(**changes: object) -> dict[str, object]:
    """Everything that lets a version leave development."""
    return {
        "summary": "The first one",
        "artifact_uri": "s3://models/reader/1",
        "artifact_sha256": f"{7:064x}",
        "artifact_size": "41200000",
        "code_repository": "https://git.example.org/clinical-ml/models",
        "code_commit": "8F31C0A",
        "data_name": "scanned-forms-2026",
        "data_sha256": f"sha256:{8:064x}",
        "data_reference": "s3://data/forms@7",
        "data_source": "Paper forms of the clinics.",
        "data_period": "2021 to 2025",
        "data_row_count": "1200",
        "hyperparameters": '{"max_depth": 6, "rates": [0.10, 1e-5], "deep": {"on": true}}',
        "training_run": "run-8f31c0",
        "built_on": "",
    } | changes


def posted(person: Person, model: AIModel, **changes: object) -> ModelVersion:
    answer = signed_in(person).post(register_url(model), typed(**changes))
    assert answer.status_code == 302, answer.context["form"].errors
    return model.versions.order_by("-number").first()


def test_a_version_that_stays_elsewhere_is_registered_with_all_it_was_made_from(cast: Cast, model: AIModel) -> None:
    version = posted(cast.author, model)
    assert (version.number, version.artifact_uri, version.artifact_size) == (1, "s3://models/reader/1", 41_200_000)
    assert (version.code_commit, version.training_run) == ("8f31c0a", "run-8f31c0")
    assert (version.training_data.name, version.training_data.row_count) == ("scanned-forms-2026", 1200)
    assert version.training_data.sha256 == f"{8:064x}"
    assert version.hyperparameters == {"max_depth": 6, "rates": ["0.10", "1e-5"], "deep": {"on": True}}


def test_the_next_page_is_the_version_and_the_message_says_what_was_registered(cast: Cast, model: AIModel) -> None:
    client = signed_in(cast.author)
    answer = client.post(register_url(model), typed())
    assert answer.url == reverse("governance:version_detail", args=[model.name, 1])
    said = client.get(reverse("registry:model_list")).content.decode()
    assert f"Registered form-digit-reader v1 with the digest sha256:{7:064x}." in said
    assert "cannot leave development" not in said


def test_what_is_missing_is_said_after_registering(cast: Cast, model: AIModel) -> None:
    client = signed_in(cast.author)
    client.post(register_url(model), typed(code_commit="", data_name="", data_sha256="", **NO_DATA))
    said = client.get(reverse("registry:model_list")).content.decode()
    assert "does not name the code commit and the training data." in said


NO_DATA = dict.fromkeys(["data_reference", "data_source", "data_period", "data_row_count"], "")


def test_an_uploaded_file_is_kept_and_given_back_as_it_was(cast: Cast, model: AIModel) -> None:
    version = posted(cast.author, model, artifact=upload(), artifact_uri="", artifact_sha256="", artifact_size="")
    assert (version.artifact_sha256, version.artifact_size) == (DIGEST, len(CONTENT))
    answer = signed_in(cast.auditor).get(artifact_url(version))
    assert b"".join(answer.streaming_content) == CONTENT
    assert answer["Content-Disposition"] == 'attachment; filename="form-digit-reader-v1"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_an_upload_is_checked_against_an_announced_digest(cast: Cast, model: AIModel) -> None:
    posted(cast.author, model, artifact=upload(), artifact_uri="", artifact_sha256=DIGEST, artifact_size="")
    other = typed(artifact=upload(b"other"), artifact_uri="", artifact_sha256=DIGEST, artifact_size="")
    answer = signed_in(cast.author).post(register_url(model), other)
    assert answer.status_code == 422
    assert "Check the upload" in answer.content.decode()
    assert model.versions.count() == 1


def test_a_double_submit_registers_two_versions_and_says_so(cast: Cast, model: AIModel) -> None:
    posted(cast.author, model)
    assert posted(cast.author, model).number == 2


def test_a_version_may_be_built_on_another(cast: Cast, model: AIModel) -> None:
    base = builders.build_version(cast)
    assert posted(cast.author, model, built_on=f"{base.model.name} v{base.number}").built_on == base


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"artifact_uri": ""}, "artifact", "Upload the model file"),
        ({"artifact_size": ""}, "artifact_size", "Give its size"),
        ({"artifact": "both"}, "artifact", "not both"),
        ({"artifact_sha256": "abc"}, "artifact_sha256", "64 hexadecimal digits"),
        ({"artifact_size": "0"}, "artifact_size", "greater than or equal to 1"),
        ({"artifact_size": "9" * 30}, "artifact_size", "less than or equal"),
        ({"code_commit": "main"}, "code_commit", "7 to 64"),
        ({"data_name": ""}, "data_name", "Data needs a name"),
        ({"data_sha256": ""}, "data_sha256", "Data needs a name"),
        ({"data_sha256": "zz"}, "data_sha256", "64 hexadecimal digits"),
        ({"data_row_count": "-1"}, "data_row_count", "greater than or equal to 0"),
        ({"built_on": "nothing v3"}, "built_on", "There is no nothing v3"),
        ({"built_on": "version three"}, "built_on", "form-digit-reader v2"),
        ({"summary": "a\x00b"}, "summary", "U+0000"),
    ],
)
def test_wrong_input_is_said_beside_its_field(
    cast: Cast, model: AIModel, change: dict[str, str], field: str, words: str
) -> None:
    if "artifact" in change:
        change = {"artifact": upload()}
    answer = signed_in(cast.author).post(register_url(model), typed(**change))
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert list(errors) == [field]
    assert words in " ".join(errors[field])
    assert not model.versions.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1,}', "line 1, column"),
        ('{"a": 1\n "b": 2}', "line 2, column 2: expecting ',' delimiter"),
        ("[1, 2]", "names with values in braces"),
        ("6", "names with values in braces"),
        ('{"a": NaN}', "NaN is not a number in JSON"),
        ('{"a": -Infinity}', "-Infinity is not a number in JSON"),
        ('{"a": 1, "a": 2}', "“a” is given twice"),
        ('{"a": 9007199254740993}', "2^53"),
        ('{"a": ' + "9" * 5000 + "}", "too many digits"),
        ('{"a": "\\u0000"}', "NUL"),
        ('{"a": "\\ud800"}', "surrogate"),
        ('{"a": ' + "[" * 30 + "]" * 30 + "}", "nested more than 20 deep"),
        ("[" * 20_000, "nested more than 20 deep"),
    ],
)
def test_json_errors_say_where_and_what(text: str, words: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        read_object(text)
    assert words in " ".join(refusal.value.messages)


def test_what_was_typed_comes_back_with_the_errors(cast: Cast, model: AIModel) -> None:
    answer = signed_in(cast.author).post(register_url(model), typed(hyperparameters='{"<a>": }')).content.decode()
    assert "This is not JSON yet: line 1, column 9" in answer
    assert "s3://models/reader/1" in answer
    assert "{&quot;&lt;a&gt;&quot;: }" in answer
    assert "Choose the file again" in answer


def test_the_repository_of_the_version_before_is_proposed(cast: Cast, model: AIModel) -> None:
    version = posted(cast.author, model)
    form = signed_in(cast.author).get(register_url(model)).context["form"]
    assert form["code_repository"].initial == version.code_repository


def test_who_does_not_belong_to_the_team_cannot_register_a_version(cast: Cast, model: AIModel) -> None:
    elsewhere = builders.build_person("elsewhere", "author")
    for person in (elsewhere, cast.auditor, cast.technical, cast.business, cast.admin, cast.release):
        client = signed_in(person)
        assert client.get(register_url(model)).status_code == 403, person
        assert client.post(register_url(model), typed()).status_code == 403, person
    assert not model.versions.exists()


def test_strangers_reach_neither_form_nor_artifact(cast: Cast, model: AIModel) -> None:
    version = posted(cast.author, model, artifact=upload(), artifact_uri="", artifact_sha256="", artifact_size="")
    for url in (register_url(model), artifact_url(version)):
        assert signed_in(cast.stranger).get(url).status_code == 403
        assert Client().get(url).status_code == 302


def test_an_artifact_kept_elsewhere_is_not_found_here(cast: Cast) -> None:
    version = builders.build_version(cast)
    assert signed_in(cast.author).get(artifact_url(version)).status_code == 404


def test_there_is_no_page_for_an_unknown_model(cast: Cast) -> None:
    url = reverse("registry:version_register", args=["nothing"])
    assert signed_in(cast.author).get(url).status_code == 404


def test_the_form_costs_the_same_for_two_versions_and_for_twelve(cast: Cast, model: AIModel) -> None:
    client = signed_in(cast.author)
    for _ in range(2):
        builders.build_version(cast, model=model)
    few = statements(client, register_url(model))
    for _ in range(10):
        builders.build_version(cast, model=model)
    assert few == statements(client, register_url(model)) <= BUDGET


def test_no_hyperparameters_are_an_empty_object(cast: Cast, model: AIModel) -> None:
    version = posted(cast.author, model, hyperparameters="")
    assert version.hyperparameters == {}
