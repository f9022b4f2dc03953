"""Prints what is measured in the installation as JSON: address, headers and statements of each visit."""

from __future__ import annotations

import json
from dataclasses import asdict

import django


def main() -> None:
    django.setup()
    from benchmarks import visits

    measured = list(visits.visits())
    headers = {who: visits.headers_of(who) for who in {visit.who for visit in measured}}
    told = [
        asdict(visit) | {"headers": headers[visit.who], "statements": visits.statements_of(visit, headers[visit.who])}
        for visit in measured
    ]
    print(json.dumps(told))


if __name__ == "__main__":
    main()
