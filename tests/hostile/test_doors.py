"""What visitors try at the doors: strange hosts, foreign forms, other people's numbers, files that are more than files.

Session fixation, guessing passwords and cookies are in tests/governance/test_sign_in*.py, large bodies and request ids
in test_middleware.py, bodies of the API in test_api_abuse.py.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from django.conf import settings as portal
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from audit.models import Event
from registry.actions import people
from registry.models import AIModel, ModelVersion, Person
from tests import builders, callers, stories
from tests.builders import Cast
from tests.permissions import story
from tests.permissions.table import Key, Matrix
from tests.registry.pages import signed_in

pytestmark = pytest.mark.django_db

PASSWORD = "a long sentence nobody guesses"
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "\x00//evil.example/",
]


@pytest.fixture
def author(cast: Cast) -> Person:
    people.change_password(person=cast.author, password=PASSWORD, by=cast.author)
    return cast.author


OWN_PAGES = ("governance:", "registry:", "approvals:", "audit:")


class TestHosts:
    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80", "a b", "[::1].evil"])
    def test_another_host_is_refused(self, client: Client, host: str) -> None:
        assert client.get("/accounts/login/", headers={"host": host}).status_code == 400

    def test_no_header_makes_a_link_lead_elsewhere(self, cast: Cast) -> None:
        """Links that people are sent are made from settings, not from what a proxy or a visitor says."""
        named = {"x-forwarded-host": "evil.example", "x-forwarded-server": "evil.example", "forwarded": "host=evil"}
        answer = signed_in(cast.admin).post(
            reverse("governance:person_add"), {"name": "New", "username": "new-one"}, headers=named
        )
        assert answer.status_code == 200
        assert f"{portal.PORTAL_URL}/accounts/password/reset/key/".encode() in answer.content
        assert b"evil" not in answer.content


class TestForms:
    def test_no_form_of_another_site_is_taken(self, cast: Cast) -> None:
        """Each route that takes a POST, as whoever could do it, without the token that our own pages carry."""
        told = story.tell(cast)
        author = signed_in(cast.superuser)
        browser = Client(enforce_csrf_checks=True)
        browser.cookies = author.cookies
        before = Event.objects.count()
        taken = [key for key in posts() if not key.route.startswith("api-1:")]
        assert len(taken) > 20
        for key in taken:
            answer = browser.post(story.address_of(key, told), story.body_of(key, told))
            assert answer.status_code == 403, key
            assert (
                browser.post(
                    story.address_of(key, told),
                    story.body_of(key, told),
                    headers={"X-CSRFToken": "x" * 32, "Origin": "https://evil.example"},
                ).status_code
                == 403
            ), key
        assert Event.objects.count() == before

    def test_signing_in_takes_the_token_too(self, author: Person) -> None:
        given = {"login": "author", "password": PASSWORD}
        assert Client(enforce_csrf_checks=True).post(reverse("account_login"), given).status_code == 403

    @pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
    def test_no_header_and_no_field_changes_the_method(self, cast: Cast, header: str) -> None:
        version = builders.build_version(cast)
        address = reverse("registry:model_detail", args=[version.model.name])
        assert signed_in(cast.author).post(address, {"_method": "GET"}, headers={header: "GET"}).status_code == 405
        writer = callers.caller(cast.author)
        answer = writer.client.get(f"{callers.API}/models?_method=DELETE", headers={header: "DELETE"})
        assert answer.status_code == 200
        assert ModelVersion.objects.filter(pk=version.pk).exists()

    def test_other_methods_do_nothing_anywhere(self, cast: Cast) -> None:
        told = story.tell(cast)
        browser = signed_in(cast.superuser)
        before = Event.objects.count()
        for key in Matrix.read("pages").rows:
            if key.method == "GET" and key.route.startswith(OWN_PAGES):
                for method in ("PUT", "PATCH", "DELETE", "TRACE"):
                    answer = browser.generic(method, story.address_of(key, told))
                    assert answer.status_code in (404, 405), (key, method)
        assert Event.objects.count() == before

    def test_fields_that_no_form_has_are_not_taken(self, cast: Cast) -> None:
        more = {"is_superuser": "on", "is_staff": "on", "is_active": "", "kind": "system", "id": "1", "password": "x"}
        given = {"name": "New One", "username": "new-one"} | more
        assert signed_in(cast.admin).post(reverse("governance:person_add"), given).status_code == 200
        added = Person.objects.get(username="new-one")
        assert (added.is_superuser, added.is_active, added.kind) == (False, True, "human")
        assert not added.has_usable_password()

    def test_a_model_is_put_into_its_tier_by_its_answers_alone(self, cast: Cast) -> None:
        told = story.tell(cast)
        key = Key("registry:model_register", "POST")
        more = {"tier": "high", "registered_by": str(cast.admin.pk), "registered_at": "1999-01-01", "pk": "1"}
        answer = signed_in(cast.author).post(story.address_of(key, told), story.body_of(key, told) | more)
        assert answer.status_code == 302
        model = AIModel.objects.get(name="new-model")
        assert (model.tier.slug, model.registered_by) == ("low", cast.author)


class TestSigningIn:
    @pytest.mark.parametrize("target", ELSEWHERE)
    def test_it_never_leads_to_another_site(self, client: Client, author: Person, target: str) -> None:
        for address in (f"{reverse('account_login')}?{urlencode({'next': target})}", reverse("account_login")):
            answer = client.post(address, {"login": "author", "password": PASSWORD, "next": target})
            assert (answer.status_code, answer["Location"]) == (302, "/"), address
            answer = client.post(reverse("account_logout"), {"next": target})
            assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")

    def test_it_works_as_hard_for_names_that_nobody_has(
        self, client: Client, author: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hashed: list[str] = []
        encode = MD5PasswordHasher.encode
        monkeypatch.setattr(
            MD5PasswordHasher, "encode", lambda hasher, *given: hashed.append("") or encode(hasher, *given)
        )
        works = {}
        for name in ("author", "nobody-has-this", "technical"):  # wrong password, unknown, has none
            hashed.clear()
            answer = client.post(reverse("account_login"), {"login": name, "password": "wrong"})
            works[name] = (answer.status_code, len(hashed), b"User name or password is wrong." in answer.content)
        assert set(works.values()) == {(200, 1, True)}, works


class TestOtherPeoplesNumbers:
    def test_a_number_of_another_model_is_unknown(self, cast: Cast) -> None:
        running = stories.everything_at_once(cast)
        other = builders.build_version(cast)
        deployer = callers.caller(cast.release)
        deployment = running.deployments.filter(ended_at=None).latest("pk")
        path = f"/models/{other.model.name}/deployments/{deployment.pk}/end"
        assert deployer.post(path, {"reason": "Not mine."}).status_code == 404
        assert deployer.get(f"/models/{other.model.name}/versions/99").status_code == 404

    def test_what_is_nowhere_and_what_is_hidden_look_the_same(self, cast: Cast) -> None:
        version = stories.everything_at_once(cast)
        stranger = signed_in(cast.stranger)
        review = version.reviews.latest("pk").pk
        for there, nowhere in [
            (reverse("approvals:review_detail", args=[review]), reverse("approvals:review_detail", args=[9**9])),
            (reverse("registry:model_detail", args=[version.model.name]), "/models/no-such-model/"),
        ]:
            shown, missing = stranger.get(there), stranger.get(nowhere)
            assert shown.status_code == missing.status_code == 403
            assert len(shown.content) == len(missing.content)


class TestFiles:
    @pytest.mark.parametrize(
        "path",
        [
            "/static/../manage.py",
            "/static/..%2fmanage.py",
            "/static/%2e%2e/manage.py",
            "/static/%2e%2e%2f%2e%2e%2fetc/passwd",
            "/static//etc/passwd",
            "/static/..\\manage.py",
            "/media/x",
            "/artifacts/x",
            "/var/keys/django-secret.key",
            "/.git/config",
            "/.env",
        ],
    )
    def test_nothing_but_static_files_is_served_from_the_disk(self, client: Client, path: str) -> None:
        assert client.get(path).status_code == 404

    @pytest.mark.parametrize(
        "name",
        [
            "../../../../tmp/evil",
            "/etc/passwd",
            "..\\..\\evil.exe",
            'a"; filename=b.html\r\nSet-Cookie: x=1',
            "a\u202egpj.exe",
            "x" * 300,
            ".htaccess",
            "model.skops\x00.html",
            "<img src=x onerror=alert(1)>.html",
        ],
    )
    def test_the_name_of_an_upload_decides_nothing(self, cast: Cast, name: str) -> None:
        """It is kept under its digest and handed out under the version's name, whatever it was called."""
        model = builders.build_model(cast)
        browser = signed_in(cast.author)
        file = SimpleUploadedFile("x", b"weights", content_type="text/html")
        file._name = name  # past Django's own cleaning, as a client would send it
        answer = browser.post(reverse("registry:version_register", args=[model.name]), {"artifact": file})
        assert answer.status_code == 302
        version = model.versions.get()
        assert version.artifact_file.name == f"{version.artifact_sha256[:2]}/{version.artifact_sha256}"
        download = browser.get(reverse("registry:artifact_download", args=[model.name, 1]))
        assert download["Content-Disposition"] == f'attachment; filename="{model.name}-v1"'
        assert (download["Content-Type"], download["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
        assert b"".join(download.streaming_content) == b"weights"

    def test_an_archive_is_kept_as_it_came_and_never_opened(self, cast: Cast) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("../../zeros", bytes(20_000_000))
        model = builders.build_model(cast)
        file = SimpleUploadedFile("model.zip", packed.getvalue())
        signed_in(cast.author).post(reverse("registry:version_register", args=[model.name]), {"artifact": file})
        assert model.versions.get().artifact_size == len(packed.getvalue()) < 100_000

    def test_a_compressed_body_is_not_unpacked(self, cast: Cast) -> None:
        bomb = gzip.compress(json.dumps({"name": "x" * 50_000_000}).encode())
        answer = callers.caller(cast.author).client.generic(
            "POST",
            f"{callers.API}/models",
            bomb,
            content_type="application/json",
            headers={"Content-Encoding": "gzip"},
        )
        assert (answer.status_code, callers.codes(answer)) == (400, ["malformed"])

    @pytest.mark.parametrize("deep", ["[" * 200_000, '{"a":' * 200_000, "[" * 5_000 + "]" * 5_000])
    def test_brackets_without_end_break_nothing(self, cast: Cast, deep: str) -> None:
        version = builders.build_version(cast)
        address = reverse("registry:evaluation_upload", args=[version.model.name, 1])
        file = SimpleUploadedFile("evaluation.json", deep.encode())
        assert signed_in(cast.author).post(address, {"file": file}).status_code == 422
        given = {"artifact_uri": "s3://x", "artifact_sha256": "a" * 64, "artifact_size": 1, "hyperparameters": deep}
        address = reverse("registry:version_register", args=[version.model.name])
        assert signed_in(cast.author).post(address, given).status_code == 422


def posts() -> Iterator[Key]:
    """The rows of the matrix whose POST does something."""
    return (
        key
        for key, cells in Matrix.read("pages").rows.items()
        if "method" not in cells.values() and key.method == "POST"
    )
