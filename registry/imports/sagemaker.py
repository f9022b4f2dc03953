"""Reads what the AWS CLI writes about a SageMaker model registry.

`aws sagemaker list-model-packages` and `aws sagemaker describe-model-package`, one answer or many: as a list, or one
after the other in one file. A description adds to what the list says of the same package.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from registry.imports.candidates import (
    LONGEST_REFERENCE,
    Candidate,
    Checker,
    VersionCandidate,
    bounded,
    fitting,
    number_in,
    shortened,
    shortened_place,
)
from registry.imports.reading import MOST_BYTES, MOST_ROWS, Inventory, read_with_care, too_many_rows, unreadable
from registry.models import Source
from registry.models.catalog import commit_validator

ARN = re.compile(
    r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:model-package/(?P<name>[^/\s]+)(/(?P<version>[0-9]+))?"
)
SUMMARIES = "ModelPackageSummaryList"


def read(content: bytes, name: str) -> Inventory:
    """Raises ValidationError when the file as a whole is no such export; what is wrong with a package stays with it."""
    if len(content) > MOST_BYTES:
        raise unreadable(
            f"The file is larger than {MOST_BYTES // 1024**2} MiB. Split it, and import the parts.", "too-large"
        )
    with read_with_care("Something in it is not what the AWS CLI writes. Export it again.", "not-sagemaker"):
        packages: dict[str, dict[str, Any]] = {}
        for package in _packages(_documents(_text(content))):
            arn = str(package.get("ModelPackageArn"))
            packages[arn] = packages.get(arn, {}) | package
        if not packages:
            raise unreadable("It lists no model package. Export a group that has some.", "no-rows")
        if len(packages) > MOST_ROWS:
            raise too_many_rows()
        ordered = sorted(packages.items(), key=_order)
        candidates = tuple(_candidate(line, arn, package) for line, (arn, package) in enumerate(ordered, start=1))
    return Inventory(Source.SAGEMAKER, name, hashlib.sha256(content).hexdigest(), candidates)


def _text(content: bytes) -> str:
    if not content.strip():
        raise unreadable("The file is empty. Choose what the AWS CLI wrote.", "empty-file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise unreadable("The file is not written in UTF-8, so it is no output of the AWS CLI.", "encoding") from None
    return text


def _documents(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder(parse_float=str, parse_constant=str)
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        try:
            document, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            line = text.count("\n", 0, getattr(error, "pos", position)) + 1
            raise unreadable(f"It is not JSON from line {line} on. Use --output json.", "not-json") from None
        yield document


def _packages(documents: Iterator[Any]) -> Iterator[dict[str, Any]]:
    for document in documents:
        if isinstance(document, list):
            yield from _packages(iter(document))
        elif isinstance(document, dict) and isinstance(document.get(SUMMARIES), list):
            if document.get("NextToken"):
                raise unreadable(
                    "The list is cut off: more packages follow it. Export without --max-items and --no-paginate.",
                    "cut-off",
                )
            yield from _packages(iter(document[SUMMARIES]))
        elif isinstance(document, dict) and "ModelPackageArn" in document:
            yield document
        else:
            raise unreadable(
                "This is neither what list-model-packages nor what describe-model-package writes.", "not-sagemaker"
            )


def _order(item: tuple[str, Mapping[str, Any]]) -> tuple[str, int]:
    arn, package = item
    return arn.rpartition("/")[0], number_in(str(package.get("ModelPackageVersion", ""))) or 0


def _candidate(line: int, arn: str, package: Mapping[str, Any]) -> Candidate:
    checker = Checker()
    found, address = ARN.fullmatch(arn), shortened(arn, LONGEST_REFERENCE)
    if not found:
        checker.refuse("ModelPackageArn", "arn", "This is no address of a model package. Export it again.")
    group = package.get("ModelPackageGroupName") or (found["name"] if found else package.get("ModelPackageName", ""))
    name = checker.text("ModelPackageGroupName", group, 300)
    made_by = _object(package.get("CreatedBy")).get("UserProfileName") or ""
    return Candidate(
        line=line,
        reference=f"{address.partition(':model-package/')[0]}:model-package-group/{name}"[:600],
        name=name,
        slug=checker.slug(name),
        purpose=shortened(str(package.get("ModelPackageDescription") or ""), 200),
        task=checker.task(""),
        use_case_line="",
        owner=shortened(str(made_by), 120),
        team="",
        details={},
        version=_version(checker, address, package, (found["version"] if found else "") or ""),
        problems=tuple(checker.problems),
    )


def _version(checker: Checker, arn: str, package: Mapping[str, Any], in_arn: str) -> VersionCandidate:
    label = checker.text("ModelPackageVersion", package.get("ModelPackageVersion") or in_arn or "1", 40)
    status = str(package.get("ModelPackageStatus", ""))
    if status not in ("", "Completed"):
        message = f"SageMaker says {shortened(status, 60)} of it. Mend it there first."
        checker.refuse("ModelPackageStatus", "not-completed", message)
    made = _object(package.get("MetadataProperties"))
    containers = _containers(package)
    details = {
        "created": _moment(package.get("CreationTime")),
        "approval": package.get("ModelApprovalStatus") or "",
        "approval description": package.get("ApprovalDescription") or "",
        "containers": [" ".join(filter(None, each)) for each in containers],
        "metadata": _object(package.get("CustomerMetadataProperties")),
        "metrics": _reports(_object(package.get("ModelMetrics"))),
        "domain": package.get("Domain") or "",
        "task": package.get("Task") or "",
    }
    return VersionCandidate(
        reference=arn,
        label=label,
        number=number_in(label),
        summary=shortened(str(package.get("ModelPackageDescription") or ""), 200),
        artifact_uri=checker.place("ModelDataUrl", next((uri for _, _, uri in containers if uri), ""), 500),
        code_repository=shortened_place(str(made.get("Repository") or ""), 300),
        code_commit=fitting(str(made.get("CommitId") or ""), commit_validator),
        training_run=shortened_place(str(made.get("GeneratedBy") or ""), 200),
        details=bounded(details),
    )


def _containers(package: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Image, its digest, and where the model file is, for each container."""
    listed = _object(package.get("InferenceSpecification")).get("Containers")
    containers = [_object(each) for each in listed] if isinstance(listed, list) else []
    return [
        (
            str(container.get("Image") or ""),
            str(container.get("ImageDigest") or ""),
            str(
                container.get("ModelDataUrl")
                or _object(_object(container.get("ModelDataSource")).get("S3DataSource")).get("S3Uri")
                or ""
            ),
        )
        for container in containers
    ]


def _reports(metrics: Mapping[str, Any], path: str = "") -> dict[str, str]:
    """The addresses of the reports, each under the path to it, such as `ModelQuality Statistics`."""
    found: dict[str, str] = {}
    for key, value in metrics.items():
        if isinstance(value, dict):
            found |= _reports(value, f"{path} {key}".strip())
        elif key == "S3Uri":
            found[path] = str(value)
    return found


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _moment(value: Any) -> str:
    """The CLI writes ISO 8601 or, in its first version, seconds since 1970."""
    try:
        return datetime.fromtimestamp(float(value), UTC).isoformat(timespec="seconds")
    except (TypeError, ValueError, OverflowError, OSError):
        return str(value or "")
