"""A bucket that locks what is put into it: a real one that TEST_S3_BUCKET names, or one of moto's server here.

What moto's server refuses is what the tests rely on with it: deleting a version that is locked. It does let everybody
shorten a retention, so that is asked of real buckets only.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3

from audit.anchors.s3 import S3

REAL_BUCKET = os.environ.get("TEST_S3_BUCKET", "")
REAL_ENDPOINT = os.environ.get("TEST_S3_ENDPOINT", "")
#: A real bucket keeps everything for so long, and then its owner may clear it.
RETENTION_DAYS = 5 / (24 * 60)
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True)
class Bucket:
    """`prefix` is of this test alone, since what a bucket locks is there for the next test too."""

    name: str
    endpoint: str
    prefix: str

    @property
    def client(self) -> Any:
        return boto3.session.Session().client("s3", endpoint_url=self.endpoint or None)

    def anchor(self, **options: Any) -> S3:
        """A new one, which remembers nothing of what another has seen."""
        place = {"bucket": self.name, "endpoint": self.endpoint, "prefix": self.prefix}
        return S3(**place | {"retention_days": RETENTION_DAYS} | options)

    def key(self, name: str) -> str:
        return f"{self.prefix}/{name}"

    def versions(self, name: str) -> list[str]:
        """Newest first."""
        found = self.client.list_object_versions(Bucket=self.name, Prefix=self.key(name))
        return [version["VersionId"] for version in found.get("Versions", [])]


@contextmanager
def moto_endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def real_bucket() -> Bucket:
    return Bucket(REAL_BUCKET, REAL_ENDPOINT, f"gatehouse-test-{uuid.uuid4()}")


def moto_bucket(endpoint: str, *, locks: bool = True) -> Bucket:
    bucket = Bucket(f"bucket-{uuid.uuid4()}", endpoint, "ledger")
    bucket.client.create_bucket(Bucket=bucket.name, ObjectLockEnabledForBucket=locks)
    return bucket
