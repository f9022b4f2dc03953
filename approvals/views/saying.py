"""What the pages of this room share: showing a page, and saying no after a button without a form."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from audit import refusals


def page(request: HttpRequest, template: str, context: dict[str, Any], *, refused: bool = False) -> HttpResponse:
    return render(request, f"approvals/{template}", context, status=422 if refused else 200)


def say_no(request: HttpRequest, refusal: ValidationError) -> None:
    """Each objection as a message on the page that comes next."""
    for objection in refusals.each(refusal):
        messages.error(request, " ".join(objection.messages))
