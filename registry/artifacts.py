"""Model files: stored under their own digest, so the same bytes are kept once and can never be replaced."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage

from registry import formats


@dataclass(frozen=True)
class StoredArtifact:
    uri: str
    file: str
    sha256: str
    size: int


def store(file: File | None, uri: str, sha256: str, size: int | None) -> StoredArtifact:
    """Keeps an uploaded file, or describes one that stays elsewhere.

    Raises ValidationError by field: neither or both given, empty, larger than settings.ARTIFACT_MAX_BYTES, of a format
    that settings.ARTIFACT_FORMATS does not name, or not the bytes announced.
    """
    if file is None:
        return _elsewhere(uri, sha256, size)
    if uri:
        raise _refusal("artifact", "Give the file or its address, not both.", "artifact-twice")
    if not file.size:
        raise _refusal("artifact", "The file is empty. Check the upload.", "artifact-empty")
    if file.size > settings.ARTIFACT_MAX_BYTES:
        raise _refusal(
            "artifact",
            f"The file is larger than {settings.ARTIFACT_MAX_BYTES} bytes. Store it elsewhere and give its address.",
            "artifact-too-large",
        )
    _refuse_format(file)
    return _uploaded(file, announced=sha256)


def _refuse_format(file: File) -> None:
    allowed = settings.ARTIFACT_FORMATS
    beginning = file.read(formats.BEGINNING)
    file.seek(0)
    if allowed and not formats.is_one_of(allowed, file.name or "", beginning):
        raise _refusal(
            "artifact",
            f"The file is none of {', '.join(allowed)}, by its name and its first bytes. Export the model anew.",
            "artifact-format",
        )


def _elsewhere(uri: str, sha256: str, size: int | None) -> StoredArtifact:
    if not uri:
        raise _refusal(
            "artifact",
            "Upload the model file, or give its address with its SHA-256 digest and size.",
            "artifact-missing",
        )
    if not sha256:
        raise _refusal("artifact_sha256", "Give its SHA-256 digest.", "artifact-missing")
    if size is None:
        raise _refusal("artifact_size", "Give its size.", "artifact-missing")
    return StoredArtifact(uri=uri, file="", sha256=sha256, size=size)


def _uploaded(file: File, announced: str) -> StoredArtifact:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    sha256 = digest.hexdigest()
    if announced and announced != sha256:
        raise _refusal(
            "artifact_sha256",
            f"The file has the digest {sha256}, not the one given. Check the upload.",
            "artifact-digest",
        )
    return StoredArtifact(uri=f"gatehouse:{sha256}", file=_kept(file, sha256), sha256=sha256, size=file.size)


def _refusal(field: str, message: str, code: str) -> ValidationError:
    return ValidationError({field: ValidationError(message, code=code)})


def _kept(file: File, sha256: str) -> str:
    """The name under which the bytes are kept. They get it once they are whole; what an interrupted copy left goes."""
    name = f"{sha256[:2]}/{sha256}"
    if default_storage.exists(name) and default_storage.size(name) == file.size:
        return name
    file.seek(0)
    copied = Path(default_storage.path(default_storage.save(f"incoming/{sha256}", file)))
    kept = Path(default_storage.path(name))
    kept.parent.mkdir(exist_ok=True)
    copied.replace(kept)
    return name
