"""The one-time link with which somebody new sets their password. It ends with its first use, or after a few days."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from registry.models import Person


def link_for(person: Person) -> str:
    key = default_token_generator.make_token(person)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(person), "key": key})
    return f"{settings.PORTAL_URL}{path}"


def days_valid() -> int:
    return settings.PASSWORD_RESET_TIMEOUT // (24 * 60 * 60)
