"""Checkpoints as objects of a bucket that lets nobody delete or change them before a day: S3 with Object Lock.

The lock holds on to versions. A newer version may be put over a name at any time, and a plain reader then gets that
one; what counts here is the oldest.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
from collections import deque
from collections.abc import Iterator
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from audit.anchors.base import (
    MOST_BYTES,
    NAME,
    Anchor,
    Differs,
    Unfit,
    Wanted,
    checked_name,
    compared,
    everything,
)

CONNECT_SECONDS, READ_SECONDS, TRIES = 5, 10, 2
MOST_NAMED = 10
#: No worker ever puts the same so often.
MOST_VERSIONS = 100
NO_LOCK = "ObjectLockConfigurationNotFoundError"

Version = dict[str, Any]


class S3(Anchor):
    """Credentials and region come from where boto3 looks for them itself, and never from our settings."""

    def __init__(self, bucket: str, endpoint: str = "", prefix: str = "", retention_days: float = 3650) -> None:
        """Raises ImproperlyConfigured when boto3 is not installed, ValueError when nothing would be locked."""
        if not bucket:
            raise ValueError("The bucket has no name.")
        if retention_days <= 0:
            raise ValueError(f"{retention_days} days of retention lock nothing.")
        _boto3()
        self._bucket = bucket
        self._endpoint = endpoint
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._retention = datetime.timedelta(days=retention_days)
        self._is_locked = False

    @property
    def where(self) -> str:
        return f"the bucket {self._bucket}" + (f" at {self._endpoint}" if self._endpoint else "")

    def keep(self, name: str, note: bytes) -> None:
        key = self._prefix + checked_name(name)
        self._refuse_unlocked()
        versions = self._versions_of(key)
        if versions:
            self._refuse_other(name, versions, note)
        # The same may have been put there without a lock, by somebody who means to delete it later.
        if not any(map(self._is_held, versions)):
            self._put(key, note)
            self._refuse_other(name, self._versions_of(key), note)

    def kept(self, wanted: Wanted = everything) -> Iterator[tuple[str, bytes | None]]:
        """The oldest version of each, and only then Differs for those that something else was put over."""
        overwritten = []
        for key, versions in self._keys_from(self._prefix):
            name = key.removeprefix(self._prefix)
            if NAME.fullmatch(name):
                yield name, self._content(versions[0]) if wanted(name) else None
                if self._has_another(versions):
                    overwritten.append(name)
        if overwritten:
            more = " and others" if len(overwritten) > MOST_NAMED else ""
            raise Differs(f"Something else was put over {', '.join(overwritten[:MOST_NAMED])}{more}.")

    @cached_property
    def _client(self) -> Any:
        from botocore.config import Config

        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": TRIES},
        )
        # A session of its own: boto3's shared one is not for several threads.
        return _boto3().session.Session().client("s3", endpoint_url=self._endpoint or None, config=config)

    def _refuse_unlocked(self) -> None:
        """A bucket's lock is never taken away again, so it is asked for until it is found."""
        if not self._is_locked:
            self._is_locked = self._has_versions() and self._has_lock()
        if not self._is_locked:
            raise Unfit(f"The bucket {self._bucket} has no versioning with Object Lock, so nothing in it would stay.")

    def _has_versions(self) -> bool:
        return self._client.get_bucket_versioning(Bucket=self._bucket).get("Status") == "Enabled"

    def _has_lock(self) -> bool:
        from botocore.exceptions import ClientError

        try:
            found = self._client.get_object_lock_configuration(Bucket=self._bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] == NO_LOCK:
                return False
            raise
        return found["ObjectLockConfiguration"].get("ObjectLockEnabled") == "Enabled"

    def _refuse_other(self, name: str, versions: list[Version], note: bytes) -> None:
        if not versions:
            raise Unfit(f"The bucket {self._bucket} does not list what it was given.")
        compared(name, self._content(versions[0]), note)
        if self._has_another(versions):
            raise Differs(f"Something else was put over {name}; its oldest version is what was kept.")

    def _is_held(self, version: Version) -> bool:
        """For long enough that it is one of ours, put before a worker was killed, or as good."""
        found = self._client.head_object(Bucket=self._bucket, Key=version["Key"], VersionId=version["VersionId"])
        if found.get("ObjectLockMode") != "COMPLIANCE":
            return False
        return found["ObjectLockRetainUntilDate"] - timezone.now() > self._retention / 2

    def _put(self, key: str, note: bytes) -> None:
        """With the checksum in a header, which older servers read too; boto3 would write it behind the body."""
        self._client.put_object(
            Bucket=self._bucket,
            Key=key,
            Body=note,
            ContentType="text/plain; charset=utf-8",
            ChecksumAlgorithm="SHA256",
            ChecksumSHA256=base64.b64encode(hashlib.sha256(note).digest()).decode(),
            ObjectLockMode="COMPLIANCE",
            ObjectLockRetainUntilDate=timezone.now() + self._retention,
        )

    def _versions_of(self, key: str) -> list[Version]:
        """Oldest first; none when nobody ever put anything there. A key comes before those that go on after it."""
        found, versions = next(self._keys_from(key), ("", []))
        return versions if found == key else []

    def _keys_from(self, prefix: str) -> Iterator[tuple[str, list[Version]]]:
        """Each key with its versions, oldest first. Marks that hide a key from plain readers hide none here."""
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix)
        listed = (version for page in pages for version in page.get("Versions", []))
        for key, newest_first in groupby(listed, key=itemgetter("Key")):
            yield key, list(deque(newest_first, maxlen=MOST_VERSIONS + 1))[::-1]

    def _has_another(self, versions: list[Version]) -> bool:
        """Whether a later version is not the same as the oldest. Two workers may well put the same twice."""
        oldest, *later = versions
        return len(versions) > MOST_VERSIONS or any(self._are_unlike(oldest, version) for version in later)

    def _are_unlike(self, one: Version, other: Version) -> bool:
        """The same tag is the same content; of the same content tags may differ, by how it was encrypted."""
        if one["Size"] != other["Size"]:
            return True
        return one["ETag"] != other["ETag"] and self._content(one) != self._content(other)

    def _content(self, version: Version) -> bytes:
        answer = self._client.get_object(Bucket=self._bucket, Key=version["Key"], VersionId=version["VersionId"])
        with answer["Body"] as body:
            return body.read(MOST_BYTES + 1)


def _boto3() -> Any:
    try:
        import boto3
    except ImportError:
        raise ImproperlyConfigured(
            "Anchors in S3 need boto3, which requirements-s3.txt adds: "
            "python script/_venv.py requirements-s3.txt, or start with script/run."
        ) from None
    return boto3
