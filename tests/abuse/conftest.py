from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from django.template.backends.django import Template


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Without drawing pages and logging requests, which answers nothing here."""
    monkeypatch.setattr(Template, "render", lambda template, context=None, request=None: "")
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
