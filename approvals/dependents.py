"""What still depends on a version: where it runs, who declared to use it, what was built on it."""

from __future__ import annotations

from registry.models import Consumer, Deployment, Environment, ModelVersion


def of(version: ModelVersion) -> list[dict[str, str]]:
    """Each dependent with `kind`, `name`, `how` it depends and the `remedy`; an empty list clears the version."""
    return _deployments(version) + _consumers(version) + _built_on(version)


def _deployments(version: ModelVersion) -> list[dict[str, str]]:
    active = Deployment.objects.filter(version=version, ended_at=None)
    return [
        {
            "kind": "deployment",
            "name": f"The {deployment.get_environment_display().lower()} environment",
            "how": "runs it",
            "remedy": "Take it out of there first.",
        }
        for deployment in active
    ]


def _consumers(version: ModelVersion) -> list[dict[str, str]]:
    return [
        {
            "kind": "consumer",
            "name": consumer.name,
            "how": f"declared that it uses it (contact: {consumer.contact})",
            "remedy": "Move it to another version, then end its declaration.",
        }
        for consumer in Consumer.objects.filter(version=version, ended_at=None)
    ]


def _built_on(version: ModelVersion) -> list[dict[str, str]]:
    living = ModelVersion.objects.filter(built_on=version, retirement=None).select_related("model")
    return [
        {"kind": "version", "name": str(descendant), "how": "was built on it", "remedy": "Retire that version first."}
        for descendant in living
    ]


def running_in(version: ModelVersion) -> list[str]:
    """The environments in which the version runs now, and so rests on its approval."""
    running = Deployment.objects.filter(version=version, ended_at=None).order_by("pk")
    return [Environment(each).label.lower() for each in running.values_list("environment", flat=True)]
