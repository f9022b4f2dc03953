"""How fast one caller may ask, and that programs are answered by https only."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from registry import pace
from tests import callers
from tests.builders import Cast
from tests.registry.pages import signed_in

pytestmark = pytest.mark.django_db

HTTPS = {"X-Forwarded-Proto": "https"}


@pytest.fixture
def three_a_minute(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REQUESTS_PER_MINUTE = 3
    monkeypatch.setattr(pace, "_pace", pace.Pace())
    monkeypatch.setattr(pace, "WINDOW_SECONDS", 10**9)  # this test does not pass from one minute into the next


@pytest.mark.usefixtures("three_a_minute")
class TestPace:
    def test_a_token_that_asks_too_often_is_told_to_wait(self, cast: Cast) -> None:
        quick, other = callers.caller(cast.pipeline), callers.caller(cast.pipeline)
        for _ in range(3):
            assert quick.get("/models").status_code == 200
        answer = quick.get("/models")
        assert (answer.status_code, callers.codes(answer)) == (429, ["too-many-requests"])
        assert int(answer["Retry-After"]) > 0
        assert other.get("/models").status_code == 200

    def test_somebody_who_is_signed_in_too(self, cast: Cast) -> None:
        quick = signed_in(cast.author)
        for _ in range(3):
            assert quick.get("/models/").status_code == 200
        answer = quick.get("/models/")
        assert (answer.status_code, "Too many tries" in answer.content.decode()) == (429, True)
        assert int(answer["Retry-After"]) > 0
        assert callers.codes(quick.get("/api/v1/models")) == ["too-many-requests"]
        assert signed_in(cast.technical).get("/models/").status_code == 200

    def test_probes_are_never_slowed_down(self, client: Client) -> None:
        assert {client.get("/healthz").status_code for _ in range(5)} == {200}


def test_a_minute_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = pace.Pace()
    moments = iter([0, 1, 59, 60, 61])
    monkeypatch.setattr(pace.time, "time", lambda: next(moments))
    assert [counting.count("somebody") for _ in range(5)] == [1, 2, 3, 1, 2]


class TestEncryptedOnly:
    @pytest.fixture(autouse=True)
    def _behind_https(self, settings: Any) -> None:
        settings.SECURE_SSL_REDIRECT = True
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 365 * 24 * 3600, True
        settings.METRICS_TOKEN = "scraper-4b1f7d"

    def test_a_person_is_led_on(self) -> None:
        answer = Client().get("/models/?q=x")
        assert (answer.status_code, answer["Location"]) == (301, "https://testserver/models/?q=x")

    @pytest.mark.parametrize("path", ["/api/v1/models", "/api/v1/docs", "/api/nowhere", "/metrics"])
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_a_program_is_refused(self, cast: Cast, path: str, method: str) -> None:
        secret = callers.secret_for(cast.pipeline)
        answer = getattr(Client(headers={"Authorization": f"Bearer {secret}"}), method)(path)
        assert (answer.status_code, callers.codes(answer)) == (403, ["https-required"])
        assert "Location" not in answer

    def test_by_https_it_is_answered(self, cast: Cast) -> None:
        secret = callers.secret_for(cast.pipeline)
        answer = Client(headers=HTTPS | {"Authorization": f"Bearer {secret}"}).get("/api/v1/models")
        assert answer.status_code == 200
        answer = Client(headers=HTTPS | {"Authorization": "Bearer scraper-4b1f7d"}).get("/metrics")
        assert answer.status_code == 200

    def test_every_encrypted_answer_says_to_stay_with_https(self, cast: Cast) -> None:
        for path in ("/", "/api/v1/models", "/healthz", "/nowhere/", "/accounts/login/"):
            said = Client(headers=HTTPS).get(path)["Strict-Transport-Security"]
            assert said == "max-age=31536000; includeSubDomains", path

    def test_probes_are_answered_either_way(self) -> None:
        assert Client().get("/healthz").status_code == 200
