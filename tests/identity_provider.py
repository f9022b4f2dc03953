"""An OpenID Connect provider that really runs: allauth's own, a Django of its own in a process of its own.

    python tests/identity_provider.py FOLDER REDIRECT_URI

prints its address once it answers. `/become/<who>/` signs a browser in there; who they are stands in PEOPLE.
"""

from __future__ import annotations

import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

CLIENT, SECRET = "gatehouse", "a secret between two servers"
PEOPLE = {
    "author": {"email": "Author@Example.org", "email_verified": True},
    "twin": {"email": "author@example.org", "email_verified": True},
    "unverified": {"email": "author@example.org", "email_verified": False},
    "technical": {"email": "technical@example.org", "email_verified": True},
    "business": {"email": "business@example.org", "email_verified": True, "amr": ["pwd", "otp", "mfa"]},
    "compliance": {"email": "compliance@example.org", "email_verified": True, "amr": ["pwd"], "acr": "silver"},
    "nobody": {"email": "nobody@example.org", "email_verified": True},
}


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


def configure(folder: Path, port: int) -> None:
    import django
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from django.conf import settings

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    settings.configure(
        SECRET_KEY="the provider's own, which guards nothing",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "allauth",
            "allauth.account",
            "allauth.idp.oidc",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "provider.sqlite3"}},
        SESSION_COOKIE_NAME="provider_session",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        IDP_OIDC_PRIVATE_KEY=key.decode(),
        IDP_OIDC_ADAPTER=f"{__name__}.adapter",
    )
    django.setup()


def adapter() -> Any:
    from allauth.idp.oidc.adapter import DefaultOIDCAdapter

    class Adapter(DefaultOIDCAdapter):
        def get_claims(self, purpose: str, user: Any, client: Any, scopes: Any, **kwargs: Any) -> dict[str, Any]:
            return super().get_claims(purpose, user, client, scopes, **kwargs) | PEOPLE[user.username]

    return Adapter()


def populate(redirect_uri: str) -> None:
    from allauth.idp.oidc.models import Client
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    for who in PEOPLE:
        User.objects.create_user(who)
    client = Client(id=CLIENT, name="Gatehouse", skip_consent=True)
    client.set_secret(SECRET)
    client.set_redirect_uris([redirect_uri])
    client.set_scopes(["openid", "profile", "email"])
    client.save()


def routes() -> list[Any]:
    from allauth.idp.oidc.views import configuration
    from django.conf import settings
    from django.contrib.auth import login
    from django.contrib.auth.models import User
    from django.http import HttpResponse, HttpResponseRedirect
    from django.urls import include, path

    def become(request: Any, who: str) -> HttpResponse:
        login(request, User.objects.get(username=who), backend="django.contrib.auth.backends.ModelBackend")
        return HttpResponse("Signed in at the provider.")

    return [
        path("become/<str:who>/", become),
        path("lent-key/", lambda request: HttpResponse(settings.IDP_OIDC_PRIVATE_KEY)),
        path("leads/elsewhere/", lambda request: HttpResponseRedirect("/.well-known/openid-configuration")),
        path("impostor/.well-known/openid-configuration", configuration),
        path("accounts/", include("allauth.account.urls")),
        path("", include("allauth.idp.urls")),
    ]


def main(folder: str, redirect_uri: str) -> None:
    server = make_server("127.0.0.1", 0, lambda *_: [], server_class=Server, handler_class=Quiet)
    configure(Path(folder), server.server_port)
    populate(redirect_uri)
    globals()["urlpatterns"] = routes()

    from django.core.wsgi import get_wsgi_application

    server.set_app(get_wsgi_application())
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
