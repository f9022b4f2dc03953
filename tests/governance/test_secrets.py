"""Keys: strong, and readable by nobody else."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from audit import keys
from governance import secrets as own_secrets


def test_a_generated_example_is_weak_however_long_it_is() -> None:
    key = secrets.token_urlsafe(64)
    assert not own_secrets.is_weak(key)
    assert own_secrets.is_weak(f"django-insecure-{key}")


def test_a_ledger_key_is_its_owner_s_only(settings: Any, tmp_path: Path) -> None:
    settings.LEDGER_KEYS = tmp_path / "keys"
    made = keys.create()
    file = settings.LEDGER_KEYS / f"ledger-{made}.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert settings.LEDGER_KEYS.stat().st_mode & 0o777 == 0o700
