"""A bucket with Object Lock keeps the first version whatever is done to its name, and the anchor looks at that one.

TEST_S3_BUCKET, and TEST_S3_ENDPOINT for another server than AWS's, put these tests on a real bucket.
"""

from __future__ import annotations

import datetime
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.utils import timezone

from audit.anchors import Differs, Unfit, s3
from audit.anchors.s3 import S3
from tests.audit import s3_bucket
from tests.audit.s3_bucket import REAL_BUCKET, RETENTION_DAYS, Bucket
from tests.audit.test_anchors import FIRST, LATER_EPOCH, NOTE, OTHER, SECOND
from tests.threads import answers_at_once


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_bucket.moto_endpoint() as found:
        yield found


@pytest.fixture
def moto(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where it answers, with credentials that are none of this machine's."""
    for name, value in s3_bucket.CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    return endpoint


@pytest.fixture
def bucket(request: pytest.FixtureRequest) -> Bucket:
    if REAL_BUCKET:
        return s3_bucket.real_bucket()
    return s3_bucket.moto_bucket(request.getfixturevalue("moto"))


@pytest.fixture
def anchor(bucket: Bucket) -> S3:
    return bucket.anchor()


def refused(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    return refusal.value.response["Error"]["Code"]


class TestWhatIsKept:
    def test_is_locked_for_compliance_until_its_day(self, bucket: Bucket, anchor: S3) -> None:
        anchor.keep(FIRST, NOTE)
        found = bucket.client.head_object(Bucket=bucket.name, Key=bucket.key(FIRST))
        assert found["ObjectLockMode"] == "COMPLIANCE"
        left = found["ObjectLockRetainUntilDate"] - timezone.now()
        assert abs(left - datetime.timedelta(days=RETENTION_DAYS)) < datetime.timedelta(minutes=1)

    def test_cannot_be_deleted(self, bucket: Bucket, anchor: S3) -> None:
        anchor.keep(FIRST, NOTE)
        (version,) = bucket.versions(FIRST)
        exactly = {"Bucket": bucket.name, "Key": bucket.key(FIRST), "VersionId": version}
        assert refused(bucket.client.delete_object, **exactly) == "AccessDenied"
        assert refused(bucket.client.delete_object, **exactly, BypassGovernanceRetention=True) == "AccessDenied"
        assert list(anchor.kept()) == [(FIRST, NOTE)]

    def test_is_found_under_the_mark_that_it_was_deleted(self, bucket: Bucket, anchor: S3) -> None:
        anchor.keep(FIRST, NOTE)
        bucket.client.delete_object(Bucket=bucket.name, Key=bucket.key(FIRST))
        assert refused(bucket.client.get_object, Bucket=bucket.name, Key=bucket.key(FIRST)) == "NoSuchKey"
        assert list(anchor.kept()) == [(FIRST, NOTE)]
        bucket.anchor().keep(FIRST, NOTE)
        assert len(bucket.versions(FIRST)) == 1

    @pytest.mark.parametrize("other", [OTHER, NOTE + b"more", b""], ids=["as long", "longer", "empty"])
    def test_is_found_under_what_was_put_over_it(self, bucket: Bucket, anchor: S3, other: bytes) -> None:
        for name in (FIRST, SECOND, LATER_EPOCH):
            anchor.keep(name, NOTE)
        bucket.client.put_object(Bucket=bucket.name, Key=bucket.key(SECOND), Body=other)
        assert len(bucket.versions(SECOND)) == 2

        with pytest.raises(Differs, match=r"Something else was put over 1/0+12-"):
            anchor.keep(SECOND, NOTE)
        with pytest.raises(Differs):
            anchor.keep(SECOND, other)
        kept = anchor.kept()
        assert [next(kept) for _ in range(3)] == [(FIRST, NOTE), (SECOND, NOTE), (LATER_EPOCH, NOTE)]
        with pytest.raises(Differs, match=r"Something else was put over 1/0+12-"):
            next(kept)

    def test_is_found_under_what_was_put_over_it_and_then_put_right(self, bucket: Bucket, anchor: S3) -> None:
        anchor.keep(FIRST, NOTE)
        for body in (OTHER, NOTE):
            bucket.client.put_object(Bucket=bucket.name, Key=bucket.key(FIRST), Body=body)
        with pytest.raises(Differs):
            anchor.keep(FIRST, NOTE)

    def test_may_have_been_put_twice_by_two_workers(self, bucket: Bucket, anchor: S3) -> None:
        answers_at_once([lambda: bucket.anchor().keep(FIRST, NOTE)] * 4)
        anchor._put(bucket.key(FIRST), NOTE)
        assert len(bucket.versions(FIRST)) > 1
        anchor.keep(FIRST, NOTE)
        assert list(anchor.kept()) == [(FIRST, NOTE)]

    def test_is_told_from_what_was_there_before(self, bucket: Bucket, anchor: S3) -> None:
        bucket.client.put_object(Bucket=bucket.name, Key=bucket.key(FIRST), Body=OTHER)
        with pytest.raises(Differs, match="with another content"):
            anchor.keep(FIRST, NOTE)
        assert len(bucket.versions(FIRST)) == 1

    @pytest.mark.parametrize(
        ("mode", "seconds"), [("", 0), ("GOVERNANCE", 300), ("COMPLIANCE", 2)], ids=["none", "another", "short"]
    )
    def test_is_put_again_when_it_is_there_without_a_lock_that_lasts(
        self, bucket: Bucket, anchor: S3, mode: str, seconds: int
    ) -> None:
        """Somebody else was quicker with the same, and means to delete it."""
        until = timezone.now() + datetime.timedelta(seconds=seconds)
        lock = {"ObjectLockMode": mode, "ObjectLockRetainUntilDate": until} if mode else {}
        theirs = {"Bucket": bucket.name, "Key": bucket.key(FIRST)}
        put = bucket.client.put_object(**theirs, Body=NOTE, ChecksumAlgorithm="SHA256", **lock)
        anchor.keep(FIRST, NOTE)
        ours, _ = bucket.versions(FIRST)
        if mode == "COMPLIANCE":
            time.sleep(seconds + 1)
        bucket.client.delete_object(**theirs, VersionId=put["VersionId"], BypassGovernanceRetention=True)
        assert bucket.versions(FIRST) == [ours]
        assert list(anchor.kept()) == [(FIRST, NOTE)]
        anchor.keep(FIRST, NOTE)
        assert bucket.versions(FIRST) == [ours]

    def test_does_not_lie_with_other_objects(self, bucket: Bucket, anchor: S3) -> None:
        anchor.keep(FIRST, NOTE)
        for stray in (f"{bucket.key(FIRST)}.part", f"{bucket.prefix}/README", f"{bucket.prefix}-other/{SECOND}"):
            bucket.client.put_object(Bucket=bucket.name, Key=stray, Body=OTHER)
        anchor.keep(FIRST, NOTE)
        assert list(anchor.kept()) == [(FIRST, NOTE)]

    def test_is_found_over_several_pages(self, bucket: Bucket, anchor: S3, monkeypatch: pytest.MonkeyPatch) -> None:
        names = [f"1/{size:020d}-1700000000.checkpoint" for size in range(7)]
        for name in names:
            anchor.keep(name, NOTE)
        anchor._put(bucket.key(names[2]), NOTE)
        paginator = anchor._client.get_paginator("list_object_versions")
        paginate = paginator.paginate
        paginator.paginate = lambda **asked: paginate(**asked, PaginationConfig={"PageSize": 3})
        monkeypatch.setattr(anchor._client, "get_paginator", lambda _: paginator)
        assert list(anchor.kept()) == [(name, NOTE) for name in names]

    def test_is_not_believed_under_more_versions_than_workers_make(
        self, bucket: Bucket, anchor: S3, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(s3, "MOST_VERSIONS", 2)
        for _ in range(4):
            anchor._put(bucket.key(FIRST), NOTE)
        with pytest.raises(Differs):
            anchor.keep(FIRST, NOTE)

    if REAL_BUCKET:

        def test_is_locked_no_shorter(self, bucket: Bucket, anchor: S3) -> None:
            anchor.keep(FIRST, NOTE)
            (version,) = bucket.versions(FIRST)
            soon = timezone.now() + datetime.timedelta(minutes=1)
            for mode, until in (("COMPLIANCE", soon), ("GOVERNANCE", soon + datetime.timedelta(days=1))):
                code = refused(
                    bucket.client.put_object_retention,
                    Bucket=bucket.name,
                    Key=bucket.key(FIRST),
                    VersionId=version,
                    Retention={"Mode": mode, "RetainUntilDate": until},
                    BypassGovernanceRetention=True,
                )
                assert code == "AccessDenied"


class TestABucketThatKeepsNothing:
    def test_is_refused_when_it_has_no_versions(self, moto: str) -> None:
        bucket = s3_bucket.moto_bucket(moto, locks=False)
        with pytest.raises(Unfit, match="no versioning with Object Lock"):
            bucket.anchor().keep(FIRST, NOTE)
        assert bucket.versions(FIRST) == []

    def test_is_refused_when_its_versions_are_not_locked(self, moto: str) -> None:
        bucket = s3_bucket.moto_bucket(moto, locks=False)
        bucket.client.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
        with pytest.raises(Unfit, match="no versioning with Object Lock"):
            bucket.anchor().keep(FIRST, NOTE)
        assert bucket.versions(FIRST) == []

    def test_is_asked_again_until_it_does(self, moto: str) -> None:
        bucket = s3_bucket.moto_bucket(moto, locks=False)
        anchor = bucket.anchor()
        with pytest.raises(Unfit):
            anchor.keep(FIRST, NOTE)
        bucket.client.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
        bucket.client.put_object_lock_configuration(
            Bucket=bucket.name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
        )
        anchor.keep(FIRST, NOTE)
        assert list(anchor.kept()) == [(FIRST, NOTE)]

    def test_is_no_bucket(self, moto: str) -> None:
        with pytest.raises(ClientError, match="NoSuchBucket"):
            S3(bucket="nowhere", endpoint=moto).keep(FIRST, NOTE)


def test_a_server_that_says_nothing_is_waited_for_a_bounded_time(moto: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "READ_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        anchor = S3(bucket="b", endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}")
        started = time.monotonic()
        with pytest.raises(Exception, match="Read timeout"):
            anchor.keep(FIRST, NOTE)
    assert time.monotonic() - started < 5


def test_a_claim_is_longer_than_the_slowest_bucket_takes() -> None:
    from audit.anchoring import CLAIM

    requests = 8  # versioning, lock, list, get, head, put, list, get
    assert requests * s3.TRIES * (s3.CONNECT_SECONDS + s3.READ_SECONDS) < CLAIM.total_seconds()
