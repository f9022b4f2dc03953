"""What models, their use cases and people are called: different for each, readable, and the same in every run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields


def _words(*lines: str) -> list[str]:
    return " ".join(lines).split()


AREAS = _words(
    "household motor travel pension mortgage savings leasing clinic pharmacy school transit harbour forestry energy",
    "water housing customs library archive fleet payroll procurement warehouse retail",
)
SUBJECTS = _words(
    "claim invoice referral complaint letter contract visit order parcel meter outage permit grant refund application",
    "booking shift tender delivery document image message account sensor",
)
WORKS = {
    "triage": "Orders {subject}s of {area} by urgency, so that the oldest risk is looked at first",
    "forecast": "Forecasts how many {subject}s {area} will see in each of the next twelve weeks",
    "matching": "Finds the earlier {subject}s of {area} that a new one resembles",
    "reader": "Reads scanned {subject}s of {area} and fills in the fields that clerks type today",
    "routing": "Sends each {subject} of {area} to the desk that settles it",
    "anomaly": "Points at {subject}s of {area} that do not look like the others",
    "quality": "Estimates whether a {subject} of {area} is complete before anybody opens it",
}
FIRST = _words(
    "Ada Amara Anton Bela Carla Chidi Dana Elif Emil Farah Goran Hana Ines Ivo Jonas Kaia Lena Luis Mei Milan Nadia",
    "Noor Olga Omar Petra Priya Ravi Rosa Ruth Sami Sofia Tariq Uma Vera Wim Xenia Yara Zeno",
)
LAST = _words(
    "Adeyemi Almeida Bauer Becker Castro Chen Dubois Eriksen Farkas Fischer Garcia Haddad Ivanov Jansen Kaya Keller",
    "Lind Lopez Moreau Nakamura Novak Okafor Olsen Patel Quist Rossi Schmidt Silva Tanaka Ueda Varga Weber Yilmaz Zhou",
)


@dataclass(frozen=True)
class ModelNames:
    """Every text that is one model's own. Fields of two models stand for each other."""

    name: str
    purpose: str
    use_case_slug: str
    use_case_title: str
    first_artifact: str
    second_artifact: str
    first_commit: str
    second_commit: str
    training_digest: str
    evaluation_digest: str

    @classmethod
    def of(cls, number: int) -> ModelNames:
        area = AREAS[number % len(AREAS)]
        subject = SUBJECTS[number // 3 % len(SUBJECTS)]
        work = list(WORKS)[number // 7 % len(WORKS)]
        purpose = WORKS[work].format(area=area, subject=subject)
        return cls(
            name=f"{area}-{subject}-{work}-{number:06d}",
            purpose=f"{purpose} ({number}).",
            use_case_slug=f"{subject}-{work}-in-{area}-{number:06d}",
            use_case_title=f"{subject.title()} {work} in {area} {number:06d}",
            first_artifact=digest(number, "artifact 1"),
            second_artifact=digest(number, "artifact 2"),
            first_commit=digest(number, "commit 1")[:40],
            second_commit=digest(number, "commit 2")[:40],
            training_digest=digest(number, "training"),
            evaluation_digest=digest(number, "evaluation"),
        )


@dataclass(frozen=True)
class PersonNames:
    username: str
    name: str

    @classmethod
    def of(cls, number: int) -> PersonNames:
        first, last = FIRST[number % len(FIRST)], LAST[number // 5 % len(LAST)]
        return cls(username=f"{first}.{last}.{number:05d}".lower(), name=f"{first} {last} {number:05d}")

    @property
    def email(self) -> str:
        return f"{self.username}@example.org"


def digest(number: int, of: str) -> str:
    return hashlib.sha256(f"{of} of {number}".encode()).hexdigest()


def texts(names: ModelNames | PersonNames) -> list[str]:
    return [getattr(names, field.name) for field in fields(names)]
