"""The table of bad input: for each form that takes a POST, each of its fields, and what is refused in it.

A row is a field, a value that does not belong there, and a part of what is said about it. `FORMS` lists fields by the
kind of what belongs there, since what is wrong with a name is wrong with every name; `MEANWHILE` says what becomes of a
form that was fine when it was opened. `test_forms.py` sends them all.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from approvals.actions import (
    assessments,
    comments,
    conditions,
    deployments,
    performance_reviews,
    policies,
    reviews,
    stops,
    waivers,
)
from approvals.facts import team_named
from approvals.models import Check, Stage
from registry import cards, days, preferences
from registry.actions import consumers, people, questionnaires, use_cases
from registry.models import Questionnaire
from registry.questionnaires import FIRST
from tests import builders
from tests import policies as written_policies
from tests.permissions.story import DATASET, Story

TOP, NEXT_PAGE, INSTEAD = "the top of the form", "the next page", "in place of the form"


@dataclass(frozen=True)
class Bad:
    """`value` may be a function of the story. `at` is where it is said, beside the field itself unless given.

    Of many that are refused in every field of a kind, the ordinary suite sends two for each field, another two for the
    next; tests/proofs/ sends all of them.
    """

    name: str
    value: Any
    said: str
    at: str = ""
    others: dict[str, Any] = field(default_factory=dict)
    is_one_of_many: bool = False


Fields = dict[str, list[Bad]]

HIDDEN = {
    "NUL": ("a\x00b", "U+0000"),
    "a bell": ("a\x07b", "U+0007"),
    "an escape": ("a\x1b[31mb", "U+001B"),
    "a control of the upper half": ("a\x9bb", "U+009B"),
    "what turns the text round": ("a\u202egpj.exe", "right-to-left override"),
    "an isolated direction": ("a\u2066b", "left-to-right isolate"),
    "letters of hidden text": ("a\U000e0041b", "U+E0041"),
}
HIDDEN_IN_LINES = HIDDEN | {
    "a space of no width": ("Clini\u200bcal", "zero width space"),
    "a joiner that joins nothing": ("Clini\u200dcal", "zero width joiner"),
    "a mark of byte order": ("a\ufeffb", "U+FEFF"),
    "a blank letter": ("a\u3164b", "hangul filler"),
    "a soft hyphen": ("a\u00adb", "soft hyphen"),
    "two lines": ("a\nb", "a line break"),
    "a line separator": ("a\u2028b", "a line break"),
}
EMPTY = {"nothing": "", "blanks": " \t\u3000 "}


def line(longest: int, *, optional: bool = False) -> list[Bad]:
    return [*hidden(HIDDEN_IN_LINES), *too_long(longest), *([] if optional else nothing())]


def prose(longest: int = 20_000, *, optional: bool = False) -> list[Bad]:
    return [*hidden(HIDDEN), *too_long(longest), *([] if optional else nothing())]


def calls() -> list[Bad]:
    """Those who may not read what they are called to."""
    return [
        Bad(f"@{name}", f"Look, @{name}.", f"has the user name @{name}.") for name in ("stranger", "pipeline", "x-y")
    ]


def hidden(letters: dict[str, tuple[str, str]]) -> list[Bad]:
    return [Bad(name, value, said, is_one_of_many=True) for name, (value, said) in letters.items()]


def too_long(longest: int) -> list[Bad]:
    return [Bad("one character too many", "x" * (longest + 1), f"at most {longest} characters")]


def nothing(said: str = "Fill this in.") -> list[Bad]:
    return [Bad(name, value, said, is_one_of_many=True) for name, value in EMPTY.items()]


def many(said: str, *values: str) -> list[Bad]:
    """What is written in one way only, such as a digest, in other ways."""
    return [Bad(f"“{value[:40]}”", value, said, is_one_of_many=True) for value in values]


NAMES = (
    "Upper",
    "a b",
    "a/b",
    "a:b",
    "../a",
    "-a",
    "a--b",
    "1a",
    "é",
    "ａ",
    "а",
    "a\u202eb",
    "a\u200bb",
    "a\x00b",
    "a\nb",
    "a%00",
    "a'b",
    "<b>",
    "=a",
)


DIGESTS = (
    "a" * 63,
    "g" * 64,
    "sha256:",
    "sha512:" + "a" * 64,
    "a" * 63 + "\x00",
    "a" * 32 + "\u200b" + "a" * 32,
    "ａ" * 64,
)


def digest(*, optional: bool = False) -> list[Bad]:
    return [*many("64 hexadecimal digits", *DIGESTS), *([] if optional else nothing())]


def commit() -> list[Bad]:
    return many("7 to 64 hexadecimal digits", "a" * 6, "main", "a" * 39 + "\u0430", "aaaaaaa;")


def choice(*, optional: bool = False) -> list[Bad]:
    unknown = many("Select a valid choice", "nobody-offers-this", "0", "a\x00b", "é" * 300)
    return unknown + ([] if optional else [Bad("none", "", "Choose one.")])


def reference(*, optional: bool = False, others: tuple[Bad, ...] = ()) -> list[Bad]:
    """Something that exists, by its number."""
    unknown = many("Select a valid choice", "0", "-1", "9" * 30, "1.5", "1 OR 1=1", "a b")
    others = (*others, Bad("NUL", "1\x00", "Null characters"))
    return [*unknown, *others, *([] if optional else [Bad("none", "", "Choose one.")])]


def person(*others: Bad) -> list[Bad]:
    nobody = Bad("nobody", "00000000-0000-0000-0000-000000000001", "Select a valid choice")
    return [nobody, *many("is not a valid UUID", "0", "author", "9" * 30), *others, Bad("none", "", "Choose one.")]


def whole(*, least: int, optional: bool = True, largest: int = 2**53 - 1) -> list[Bad]:
    words = ("NaN", "Infinity", "1e400", "1.5", "0x10", "1,000", "one", "1\x00")
    return [
        *many("Enter a whole number.", *words),
        Bad("too few", str(least - 1), f"greater than or equal to {least}"),
        Bad("too many", str(largest + 1), f"less than or equal to {largest}"),
        Bad("five thousand digits", "9" * 5000, "whole number"),
        *([] if optional else [Bad("none", "", "Fill this in.")]),
    ]


def yes_no() -> list[Bad]:
    return [
        *many("Select a valid choice", "maybe", "true", "1", "YES"),
        Bad("no answer", "", "Answer yes or no."),
    ]


def day(*, optional: bool = False) -> list[Bad]:
    words = ("0000-01-01", "2026-13-01", "2026-02-30", "yesterday", "20261", "2026-01-01T00:00", "NaN", "1e9", "a\x00b")
    years = ("0001-01-01", "1999-12-31", "2100-01-01", "9999-12-31")
    return [
        *many("Enter a valid date.", *words),
        *many("years 2000 to 2099", *years),
        *([] if optional else [Bad("none", "", "Fill this in.")]),
    ]


SCRIPTS = ("javascript:alert(1)", "JaVaScRiPt :alert(1)", "data:text/html,<script>x</script>", "vbscript:x")
SECRETS = ("https://ada:secret@example.org/x", "https://ghp_0123456789@example.org/x")


def place(longest: int) -> list[Bad]:
    return [
        *line(longest, optional=True),
        *many("This is a script", *SCRIPTS),
        *many("holds a password or token", *SECRETS, "ssh://git:secret@example.org/x"),
    ]


NO_WEB_ADDRESSES = (
    "not an address",
    "ftp://example.org/x",
    "file:///etc/passwd",
    "https://",
    "https://a b.example",
    "https://example.org/\nSet-Cookie: x=1",
)


def web_address() -> list[Bad]:
    return [
        *many("Write the address of a web page", *NO_WEB_ADDRESSES),
        *many("This is a script", "javascript:alert(1)", "javascript://example.org/%0aalert(1)", "data:text/html,x"),
        *many("holds a password or token", *SECRETS),
        Bad("NUL", "https://example.org/\x00", "U+0000"),
        Bad("a host turned round", "https://exam\u202eple.org", "right-to-left override"),
        Bad("too long", f"https://example.org/{'x' * 500}", "at most 500 characters"),
    ]


NO_MAIL_ADDRESSES = (
    "nobody",
    "a@",
    "@example.org",
    "a@b",
    "a b@example.org",
    "a@example.org\nBcc: b@example.org",
    "a@example.org, b@example.org",
    "<a@example.org>",
)


def email() -> list[Bad]:
    return [
        *many("Enter a valid email address.", *NO_MAIL_ADDRESSES),
        Bad("a host turned round", "a@exam\u202eple.org", "right-to-left override"),
        Bad("too long", f"{'a' * 320}@example.org", "at most 320 characters"),
    ]


def revision() -> list[Bad]:
    """Hidden, so what is wrong is said on top."""
    return [
        *(Bad(f"“{value[:10]}”", value, "seen revision", at=TOP) for value in ("", "x", "-1", "NaN", "1.5", "9" * 30)),
        Bad("one that was overtaken", "0", "Somebody wrote revision 1", at=TOP),
    ]


def upload(name: str, content: bytes) -> Callable[[Story], SimpleUploadedFile]:
    return lambda story: SimpleUploadedFile(name, content)


def evaluation_file(**changes: Any) -> Callable[[Story], SimpleUploadedFile]:
    good = {"purpose": "staging", "dataset": DATASET, "measurements": [{"metric": "accuracy", "value": "0.9"}]}
    return upload("evaluation.json", json.dumps(good | changes).encode())


def figure(**changes: Any) -> dict[str, Any]:
    return {"measurements": [{"metric": "accuracy", "value": "0.9"} | changes]}


NO_NUMBERS = ("NaN", "Infinity", "-inf", "0x1", "1,5", "½", "١", "1e", "--1", "1_0")
TOO_LARGE = ("1e400", "9" * 10)

EVALUATION_FILES = [
    Bad("no file", "", "Choose a file."),
    Bad("an empty file", upload("evaluation.json", b""), "is empty"),
    Bad("no JSON", upload("evaluation.json", b"{"), "is not JSON"),
    Bad("not UTF-8", upload("evaluation.json", b"\xff\xfe{}"), "is not UTF-8"),
    Bad("a list", upload("evaluation.json", b"[]"), "has to be an object"),
    Bad("more than a megabyte", upload("evaluation.json", b" " * 1_000_001), "larger than 1 MB"),
    Bad("a key twice", upload("evaluation.json", b'{"purpose": "staging", "purpose": "staging"}'), "is given twice"),
    Bad("ten thousand brackets", upload("evaluation.json", b"[" * 10_000 + b"]" * 10_000), "brackets"),
    Bad("NaN", upload("evaluation.json", b'{"measurements": [{"metric": "a", "value": NaN}]}'), "NaN"),
    Bad("1e400", evaluation_file(**figure(value="1e400")), "9 digits before the point"),
    Bad("a name nobody knows", evaluation_file(is_superuser=True), "is_superuser is not known here"),
    Bad("another purpose", evaluation_file(purpose="fun"), "is none of"),
    Bad("a wrong type", evaluation_file(purpose=1), "has to be text"),
    Bad("no figure", evaluation_file(measurements=[]), "There is no figure in it", at=TOP),
    Bad("too many figures", evaluation_file(measurements=[{}] * 1001), "at most 1000 are taken"),
    Bad("a digest too short", evaluation_file(dataset=DATASET | {"sha256": "a"}), "64 hexadecimal digits"),
    Bad("NUL", evaluation_file(note="a\x00b"), "NUL"),
    Bad("half a character", evaluation_file(note="\ud800"), "lone surrogate"),
    Bad("a slice turned round", evaluation_file(**figure(group="sex", slice="\u202efemale")), "right-to-left override"),
    Bad("a slice without group", evaluation_file(**figure(slice="female")), "belong together"),
    Bad("a figure twice", evaluation_file(measurements=figure()["measurements"] * 2), "is given twice", at=TOP),
    Bad("an impossible figure", evaluation_file(**figure(value="1.5")), "cannot be 1.5", at=TOP),
    Bad("half a person", evaluation_file(**figure(sample_size=1.5)), "has to be a whole number"),
]
INVENTORIES = [
    Bad("no file", "", "Choose a file."),
    Bad("an empty file", upload("models.csv", b""), "is empty"),
    Bad("not UTF-8", upload("models.csv", b"name\n\xff\xfe"), "UTF-8"),
    Bad("no column of names", upload("models.csv", b"model,version\na,1\n"), "name"),
]
ARTIFACTS = [
    Bad("an empty file", upload("model.skops", b""), "is empty"),
    Bad(
        "more than is taken",
        upload("model.skops", b"x" * 2001),
        "larger than 2000 bytes",
        others={"artifact_uri": ""},
    ),
    Bad("a file and an address", upload("model.skops", b"x"), "not both"),
    Bad(
        "other bytes than announced",
        upload("model.skops", b"x"),
        "not the one given",
        at="artifact_sha256",
        others={"artifact_uri": ""},
    ),
]
PARAMETERS = [
    Bad("no JSON", "{", "This is not JSON yet"),
    Bad("a list", "[1]", "Write names with values in braces"),
    Bad("NaN", '{"a": NaN}', "NaN is not a number"),
    Bad("Infinity", '{"a": -Infinity}', "Infinity is not a number"),
    Bad("a huge number", f'{{"a": {10**20}}}', "beyond 2^53"),
    Bad("five thousand digits", f'{{"a": {"9" * 5000}}}', "too many digits"),
    Bad("a name twice", '{"a": 1, "a": 2}', "is given twice"),
    Bad("half a character", '{"a": "\\ud800"}', "lone surrogate"),
    Bad("NUL in a name", '{"a\\u0000": 1}', "NUL"),
    Bad("a name turned round", '{"a\\u202eb": 1}', "right-to-left override"),
    Bad("an escape", '{"a": ["\\u001b[31m"]}', "U+001B"),
    Bad("deeper than anybody needs", '{"a":' * 21 + "1" + "}" * 21, "deep"),
    Bad("thousands of brackets", "[" * 20_000, "deep"),
    Bad("too long", json.dumps({"a": "x" * 50_000}), "at most 50000 characters"),
]
VERSION_NAMES = [
    *many("Write a model and its version", "v1", "a/b v1", "a v-1", "a v1.5", "a v" + "9" * 30, "a v١"),
    *many("There is no", "no-such-model v1"),
]
ENVIRONMENTS = [
    Bad(f"“{value}”", value, "Select a valid choice", at=TOP) for value in ("nobody", "a\x00b", "Production")
]
STAGES = [
    *(Bad(f"“{value}”", value, "does not ask for this stage", at=TOP) for value in ("nobody", "Technical")),
    Bad("NUL", "a\x00b", "Null characters are not allowed", at=TOP),
    Bad("no name of a stage", "a/b", "letters, digits and spaces", at=TOP),
]


def among(others: dict[str, Any], rows: list[Bad]) -> list[Bad]:
    """The same rows, with the fields around them filled in."""
    return [replace(row, others=others | row.others) for row in rows]


ONE_FIGURE = {"figures-TOTAL_FORMS": "1", "figures-0-metric": "recall", "figures-0-value": "0.9"}
IN_A_GROUP = ONE_FIGURE | {"figures-0-group": "sex", "figures-0-slice": "female"}
ONE_CONDITION = {
    "conditions-TOTAL_FORMS": "1",
    "conditions-0-text": "Watch it.",
    "conditions-0-due_on": lambda story: (timezone.localdate() + datetime.timedelta(days=9)).isoformat(),
    "conditions-0-owner": lambda story: story.cast.author.pk,
}
PIPELINE = Bad("a pipeline", lambda story: story.cast.pipeline.pk, "Select a valid choice")
REJECTED = Bad("a rejected one", lambda story: story.objects["rejected use case"].pk, "Select a valid choice")
OTHER_TEAM = Bad("of others", lambda story: story.objects["other team"].pk, "Select a valid choice")
LEFT = Bad("somebody who left", lambda story: story.objects["deactivated person"].pk, "Select a valid choice")
STRANGER = Bad("somebody without a role", lambda story: story.cast.stranger.pk, "Select a valid choice")
READER = Bad("somebody who only reads", lambda story: story.cast.auditor.pk, "Select a valid choice")
NO_LETTERS = Bad("no letter of an address", "日本 ☃", "at least one letter or digit")
USERNAMES = [
    *many("Use small letters", *(name for name in NAMES if name not in ("a--b", "1a"))),
    *nothing(),
    Bad("too long", "x" * 61, "at most 60 characters"),
    Bad("a taken one", "author", "already exists"),
]
ANSWER = [*many("Select a valid choice", "maybe", "true", "1", "YES"), Bad("no answer", "", "Choose an answer.")]
RISK: Fields = {
    "task": choice(),
    "use_case": [
        *reference(optional=True, others=(REJECTED,)),
        Bad("none, at high risk", "", "takes a use case", others=builders.answers_typed("high")),
    ],
    "use_case_line": [
        *line(200, optional=True),
        Bad("neither line nor use case", "", "or say in one line"),
    ],
    "revision": [
        *(Bad(f"“{typed}”", typed, "Enter a whole number", at=TOP) for typed in ("x", "1.5")),
        Bad("another one", "7", "was published since you opened it", at=TOP),
    ],
    **dict.fromkeys(builders.answers_typed(), ANSWER),
}
UNSEEN = [Bad("what nobody saw", "2020-01-01T00:00:00+00:00", "has saved this draft since", at=TOP)]
#: In the row of thresholds that is there first, everything else is right.
LIMITS = many("Enter a number.", "NaN", "Infinity", "one", "1,5", "0x10", "1\x00")
UNOFFERED = many("Select a valid choice", "nobody-offers-this", "a\x00b")
NEW_STAGE = "stages-not-yet-named-approval"
ONE_DECIDER = {"deciders-0-who": lambda story: team_named(story.cast.team.pk)}
POLICY: Fields = {
    "reason": prose(4000, optional=True),
    "seen": UNSEEN,
    "review_cadence_days": whole(least=1, optional=False, largest=3650),
    "rollback_test_valid_days": whole(least=1, optional=False, largest=3650),
    "approval_valid_days": whole(least=1, largest=3650),
    "is_one_stage_each": [],
    **{f"checks-{check}": choice() for check in Check},
    "checks-card_sections": many("Select a valid choice", "nobody-offers-this", "a\x00b"),
    "checks-least_test_coverage": whole(least=0, largest=100),
    **{f"stages-{stage}-asked": [] for stage in Stage.KNOWN},
    "stages-technical-asked": [
        Bad("no approval at all", "", "at least one approval", at=TOP, others={"stages-business-asked": ""})
    ],
    **{f"stages-{stage}-position": whole(least=1, optional=False, largest=9) for stage in Stage.KNOWN},
    **{f"stages-{stage}-quorum": whole(least=1, optional=False, largest=9) for stage in Stage.KNOWN},
    **{f"stages-{stage}-checklist": prose(2000, optional=True) for stage in Stage.KNOWN},
    **{f"stages-{stage}-is_signed": [] for stage in Stage.KNOWN},
    **{f"stages-{stage}-service_level_days": whole(least=1, largest=99) for stage in Stage.KNOWN},
    **{f"stages-{stage}-fallback": choice(optional=True) for stage in Stage.KNOWN},
    **{f"stages-{stage}-rests_on": UNOFFERED for stage in Stage.KNOWN},
    **{f"stages-{stage}-question": line(200, optional=True) for stage in Stage.KNOWN},
    **{f"stages-{stage}-right": choice(optional=True) for stage in Stage.KNOWN},
    f"{NEW_STAGE}-name": [*line(20, optional=True), *many("letters, digits and spaces", "a/b", "<b>", "1st", "größe")],
    f"{NEW_STAGE}-position": whole(least=1, optional=False, largest=9),
    f"{NEW_STAGE}-quorum": whole(least=1, optional=False, largest=9),
    f"{NEW_STAGE}-checklist": prose(2000, optional=True),
    f"{NEW_STAGE}-is_signed": [],
    f"{NEW_STAGE}-service_level_days": whole(least=1, largest=99),
    f"{NEW_STAGE}-fallback": choice(optional=True),
    f"{NEW_STAGE}-rests_on": UNOFFERED,
    f"{NEW_STAGE}-question": line(200, optional=True),
    f"{NEW_STAGE}-right": choice(optional=True),
    "deciders-0-stage": among(ONE_DECIDER, choice()),
    "deciders-0-who": choice(optional=True),
    "deciders-0-model": among(
        ONE_DECIDER, [*line(100, optional=True), Bad("no model", "no-such-model", "No model has this name")]
    ),
    "deciders-TOTAL_FORMS": [Bad("no number", "x", "ManagementForm", at=TOP)],
    "thresholds-0-metric": [
        *line(60),
        *many("Name it with letters", "a/b", "<b>", "p < 0.05", "Genauigkeit (ü)"),
        Bad("one that nobody measures", "acuracy", "Did you mean Accuracy?"),
    ],
    "thresholds-0-group": line(60, optional=True),
    "thresholds-0-bound": choice(),
    "thresholds-0-task": choice(),
    "thresholds-0-purposes": many("Select a valid choice", "nobody-offers-this", "a\x00b"),
    "thresholds-0-limit": [
        *LIMITS,
        Bad("an exponent", "1e400", "no more than 15 digits in total"),
        Bad("too exact a one", "0.1234567", "no more than 6 decimal places"),
        Bad("nine digits and more", "1234567890", "no more than 9 digits before"),
        Bad("none", "", "Fill this in."),
        Bad("an impossible one", "1.5", "so no limit lies outside of that", at=TOP),
    ],
    "thresholds-TOTAL_FORMS": [Bad("no number", "x", "ManagementForm", at=TOP)],
}
QUESTION_NAMES = many("Write a small letter", "Upper", "1st", "a b", "a/b", "ü", "<b>", "a\u202eb")
QUESTIONNAIRE: Fields = {
    "reason": prose(4000, optional=True),
    "seen": UNSEEN,
    "questions-0-name": [*QUESTION_NAMES, *nothing(), Bad("41 letters", "a" * 41, "at most 40 characters")],
    "questions-0-text": line(200),
    "questions-0-help": line(400, optional=True),
    "questions-0-answers-0-name": [
        *QUESTION_NAMES,
        *nothing(),
        Bad("41 letters", "a" * 41, "at most 40 characters"),
        Bad("that of another", "no", "are the same", at=TOP),
    ],
    "questions-0-answers-0-label": [*line(120), Bad("that of another", "No", "are the same", at=TOP)],
    "questions-0-answers-0-least": choice(optional=True),
    "questions-0-answers-1-least": [Bad("none that asks for anything", "", "No answer asks for a tier", at=TOP)],
    "questions-0-answers-TOTAL_FORMS": [Bad("no number", "x", "ManagementForm", at=TOP)],
    "questions-TOTAL_FORMS": [Bad("no number", "x", "ManagementForm", at=TOP)],
}
DECISION: Fields = {"stage": STAGES, "rationale": prose(8000)}
CONDITIONS: Fields = {
    "conditions-0-text": among(ONE_CONDITION, [*prose(2000, optional=True), *nothing("Say what must be kept.")]),
    "conditions-0-owner": among(
        ONE_CONDITION,
        [*choice(optional=True), Bad("none", "", "Choose who keeps it."), PIPELINE, LEFT, STRANGER, READER],
    ),
    "conditions-0-consequence": among(ONE_CONDITION, choice()),
    "conditions-0-due_on": among(
        ONE_CONDITION,
        [
            *day(optional=True),
            Bad("none", "", "Choose the day"),
            Bad("a day that has passed", "2020-01-01", "due on a day that has passed", at=TOP),
        ],
    ),
    "conditions-TOTAL_FORMS": [Bad("no number", "x", "ManagementForm", at=TOP)],
}
TOKEN: Fields = {
    "label": line(80),
    "scopes": [
        Bad("none", [], "Choose one."),
        Bad("one nobody knows", ["read", "admin"], "Select a valid choice"),
        Bad("NUL", ["read\x00"], "Select a valid choice"),
    ],
    "life": [
        *choice(),
        Bad("for ever", "none", "Select a valid choice"),
        Bad("before it begins", "-1", "Select a valid choice"),
    ],
}
TEAM: Fields = {"name": [*line(120), NO_LETTERS, Bad("a taken one", "Clinical ML", "already exists")]}
ON_RECORD = {"username": "stranger", "email": "stranger@example.org"}
PERSON: Fields = {"name": line(120), "username": USERNAMES, "email": email()}

NO_LISTS = ("governance:home", "//evil.example", "", "a\x00b")
TESTED = {"rollback_tested_on": "2026-01-01", "rollback_test_result": "passed"}

#: (route, case) -> field -> what is refused in it.
FORMS: dict[tuple[str, str], Fields] = {
    ("registry:import_begin", ""): {
        "file": INVENTORIES,
        "team": [OTHER_TEAM, *reference()],
        "owner": person(PIPELINE, LEFT, STRANGER),
    },
    ("governance:account", ""): {"time_zone": choice(optional=True)},
    ("governance:account_mail", ""): {"when": choice()},
    ("governance:person_add", ""): PERSON
    | {
        "team": [
            *reference(optional=True),
            Bad("none for who builds models", "", "models belong to teams", others={"roles": ["author"]}),
        ],
        "new_team": [
            *line(120, optional=True),
            NO_LETTERS,
            Bad("a taken one", "Clinical ML", "already exists"),
            Bad("beside a team", "New team", "not both", others={"team": lambda story: story.cast.team.pk}),
        ],
        "roles": [Bad(role, [role], "Select a valid choice") for role in ("pipeline", "superuser", "a\x00b", "1")],
    },
    ("governance:person_change", ""): PERSON
    | {
        "name": [
            *line(120),
            Bad("what is on record", "Stranger", "Nothing differs", at=TOP, others=ON_RECORD),
        ]
    },
    ("governance:person_deactivate", ""): {"reason": prose(2000)},
    ("governance:person_sign_out", ""): {"reason": prose(2000)},
    ("governance:person_link_account", ""): {
        "username": [
            *line(60),
            Bad("nobody", "nobody-here", "There is no account with this user name", at=TOP),
            Bad("itself", "stranger", "one person’s already", at=TOP),
            Bad("a pipeline", "pipeline", "A pipeline is nobody’s account", at=TOP),
        ],
        "reason": prose(2000),
    },
    ("governance:person_separate_account", ""): {"reason": prose(2000)},
    ("governance:person_grant_role", ""): {
        "role": [Bad(role, role, "Select a valid choice", at=NEXT_PAGE) for role in ("pipeline", "superuser", "a\x00b")]
        + [Bad("none", "", "Choose one.", at=NEXT_PAGE)]
    },
    ("governance:person_join_team", ""): {"team": [replace(row, at=NEXT_PAGE) for row in reference()]},
    ("governance:pipeline_add", ""): {"name": line(120), "username": USERNAMES, "team": reference()},
    ("governance:team_create", ""): TEAM,
    ("governance:team_rename", ""): {"name": line(120)},
    ("governance:token_issue", ""): TOKEN,
    ("governance:own_token_issue", ""): TOKEN,
    ("registry:model_register", ""): RISK
    | {
        "name": [
            *many("Small letters, digits and single hyphens, starting with a letter, such as", *NAMES),
            *many("“register” is an address of its own", "register"),
            *nothing(),
            Bad("300 letters", "a" * 300, "at most 60 characters"),
            Bad("a taken one", lambda story: story.objects["version"].model.name, "There is a model"),
        ],
        "purpose": line(200),
        "owner": person(PIPELINE, LEFT, STRANGER),
        "team": reference(others=(OTHER_TEAM,)),
    },
    ("approvals:model_assess", ""): RISK,
    **{(f"approvals:assessment_{name}", ""): {"reason": prose(4000)} for name in ("confirm", "decline")},
    ("registry:questionnaire_revise", ""): QUESTIONNAIRE,
    ("registry:questionnaire_publish", ""): {"reason": prose(4000), "seen": UNSEEN},
    ("registry:version_register", ""): {
        "summary": line(200, optional=True),
        "artifact": ARTIFACTS,
        "artifact_uri": [*place(500), Bad("nowhere", "", "Upload the model file, or give its address", at="artifact")],
        "artifact_sha256": [*digest(optional=True), Bad("none of what is elsewhere", "", "Give its SHA-256 digest")],
        "artifact_size": [*whole(least=1), Bad("none of what is elsewhere", "", "Give its size")],
        "code_repository": place(300),
        "code_commit": commit(),
        "data_name": [
            *line(120, optional=True),
            Bad("none beside a digest", "", "Data needs a name", others={"data_sha256": "a" * 64}),
        ],
        "data_sha256": [
            *digest(optional=True),
            Bad("none beside a name", "", "Data needs a name", others={"data_name": "training"}),
        ],
        "data_reference": place(300),
        "data_source": prose(optional=True),
        "data_period": line(120, optional=True),
        "data_row_count": whole(least=0),
        "hyperparameters": PARAMETERS,
        "training_run": place(200),
        "built_on": VERSION_NAMES,
    },
    ("registry:evaluation_attach", ""): {
        "purpose": choice(),
        "note": line(300, optional=True),
        "dataset_name": line(120),
        "dataset_sha256": digest(),
        "dataset_row_count": whole(least=0),
        "figures-0-metric": among(ONE_FIGURE, line(60)),
        "figures-0-value": [
            *among(ONE_FIGURE, many("is not a number", *NO_NUMBERS)),
            *among(ONE_FIGURE, many("9 digits before the point", *TOO_LARGE)),
            Bad("too exact a one", "0.1234567", "more than 6 decimals", others=ONE_FIGURE),
            Bad("none", "", "Fill this in.", others=IN_A_GROUP),
            Bad("none in any row", "", "There is no figure in it", at=TOP, others=ONE_FIGURE),
            Bad("an impossible one", "1.5", "Recall cannot be 1.5", at=TOP, others=ONE_FIGURE),
        ],
        "figures-0-group": [
            *among(IN_A_GROUP, line(60, optional=True)),
            Bad("none for a slice", "", "Say which group", others=IN_A_GROUP),
        ],
        "figures-0-slice": [
            *among(IN_A_GROUP, line(120, optional=True)),
            Bad("none in a group", "", "Say which slice", others=IN_A_GROUP),
        ],
        "figures-0-sample_size": among(ONE_FIGURE, whole(least=0)),
        "figures-TOTAL_FORMS": [
            Bad("no number", "x", "ManagementForm", at=TOP),
            Bad("no row", "0", "There is no figure in it", at=TOP),
        ],
    },
    ("registry:evaluation_upload", ""): {"file": EVALUATION_FILES},
    ("registry:card_revise", ""): {
        "draft": [],  # is read by what keeps the draft, and not by what saves
        "seen_revision": revision(),
        **{name: prose(optional=True) for name in cards.FIELD_NAMES},
        "training_period": line(120, optional=True),
    },
    ("registry:release_plan_revise", ""): {
        "seen_revision": revision(),
        "steps": prose(optional=True),
        "monitoring_url": web_address(),
        "alerts_url": web_address(),
        "on_call": line(200, optional=True),
        "rollback_procedure": prose(optional=True),
        "rollback_tested_on": [
            *day(optional=True),
            Bad("a day to come", "2099-01-01", "in the future"),
            Bad("none for a result", "", "Say on which day", others={"rollback_test_result": "passed"}),
        ],
        "rollback_test_result": [
            *choice(optional=True),
            Bad("none for a day", "", "Say whether the test worked", others={"rollback_tested_on": "2026-01-01"}),
        ],
        "rollback_test_evidence": [
            *place(500),
            Bad("none", "", "Say what shows the result", others=TESTED),
        ],
    },
    ("registry:consumer_declare", ""): {
        "name": [*line(120), Bad("a declared one", "Clinic planner", "already")],
        "contact": line(200),
    },
    ("registry:view_save", ""): {
        "page": [
            Bad(page, page, "Not saved", at=NEXT_PAGE) for page in ("governance:home", "//evil.example", "", "a\x00b")
        ],
        "name": [replace(row, said="Not saved", at=NEXT_PAGE) for row in line(40)]
        + [Bad("a taken one", "Risky", "already", at=NEXT_PAGE)],
        "query": [
            Bad("no condition", "", "Filter or sort the list first", at=NEXT_PAGE),
            Bad("NUL", "q=a\x00b", "Not saved", at=NEXT_PAGE),
            Bad("too long", f"q={'x' * 1000}", "Not saved", at=NEXT_PAGE),
            Bad("longer when it is written out", f"q={'é' * 400}", "Not saved", at=NEXT_PAGE),
        ],
    },
    ("registry:use_case_propose", ""): {
        "title": line(120),
        **{name: prose() for name in ("problem", "requirement", "acceptance_criteria", "affected_people")},
        "sponsor": person(PIPELINE, LEFT, STRANGER),
        "is_regulated": yes_no(),
    },
    ("registry:use_case_approve", ""): {"reason": prose()},
    ("registry:use_case_reject", ""): {"reason": prose()},
    ("approvals:review_open", ""): {"message": prose(4000, optional=True), "ticket_url": web_address()},
    ("approvals:review_submit", ""): {"message": prose(4000, optional=True), "ticket_url": web_address()},
    ("approvals:review_submit", "unchanged"): {
        "message": prose(4000, optional=True),
        "ticket_url": web_address(),
        "unchanged": [Bad("not said", "", "Nothing has changed since", at=TOP)],
    },
    ("approvals:review_approve", "technical"): DECISION | CONDITIONS,
    ("approvals:review_approve", "business"): {"stage": STAGES},
    ("approvals:review_approve", "compliance"): {"stage": STAGES},
    ("approvals:review_approve", "deployment"): {"stage": STAGES},
    ("approvals:review_request_changes", ""): DECISION,
    ("approvals:review_reject", ""): DECISION,
    ("approvals:review_suspend", ""): {"reason": prose(4000)},
    ("approvals:review_reinstate", ""): {"reason": prose(4000)},
    ("approvals:review_revoke", ""): {"reason": prose(4000)},
    ("approvals:policy_revise", ""): POLICY,
    ("approvals:policy_publish", ""): {"reason": prose(4000), "seen": UNSEEN},
    ("approvals:policy_hand_back", ""): {"reason": prose(4000), "seen": UNSEEN},
    ("approvals:review_comment", ""): {
        "place": [
            *many("There is no such place", "section:nowhere", "metric:nothing", "section", "0", "a\x00b", "é" * 300),
            Bad("none", "", "Choose one."),
        ],
        "text": [*prose(4000), *calls()],
    },
    ("approvals:comment_answer", ""): {"text": [*prose(4000), *calls()]},
    ("approvals:waiver_ask", ""): {
        "what": [
            *many("asked for or granted already", "nobody-offers-this", "a\x00b"),
            Bad("none", "", "Choose one."),
        ],
        "reason": prose(4000),
        "ends_on": [
            *many("Enter a valid date.", "tomorrow", "31.12.2026", "2026-02-30", "1\x00"),
            Bad("yesterday", (days.today() - datetime.timedelta(days=1)).isoformat(), "from today on", at=TOP),
            Bad("far away", "9999-12-31", "from today on", at=TOP),
            Bad("none", "", "Fill this in."),
        ],
    },
    **{(f"approvals:waiver_{name}", ""): {"reason": prose(4000)} for name in ("grant", "decline", "end")},
    ("approvals:condition_fulfil", ""): {"fulfilment": prose(4000)},
    ("approvals:deployment_record", ""): {"environment": ENVIRONMENTS, "reference": place(300)},
    ("approvals:deployment_end", ""): {"reason": line(300)},
    ("approvals:version_retire", ""): {"reason": prose(4000), "replacement": choice()},
    ("approvals:performance_review_close", ""): {"finding": choice(), "summary": prose(8000)},
}

#: Nothing is typed: a button, and what it says when somebody was faster stands in `MEANWHILE`, where there is anything.
BUTTONS = {
    "account_logout",
    "openid_begin",
    "audit:event_export",
    "audit:ledger_verify",
    "governance:first_steps_bring_back",
    "governance:first_steps_put_away",
    "governance:person_leave_team",
    "governance:person_reactivate",
    "governance:person_reset",
    "governance:person_confirm_role",
    "governance:person_revoke_role",
    "governance:session_end",
    "governance:session_end_others",
    "governance:token_revoke",
    "mfa_deactivate_totp",
    "mfa_generate_recovery_codes",
    "mfa_remove_webauthn",
    "registry:card_draft_discard",
    "registry:consumer_end",
    "registry:import_discard",
    "registry:import_start",
    "registry:view_delete",
    "registry:questionnaire_draft",
    "registry:questionnaire_discard",
    "approvals:assessment_withdraw",
    "approvals:policy_draft",
    "approvals:policy_discard",
    "approvals:policy_forecast",
    "approvals:policy_propose",
    "approvals:review_withdraw",
    "approvals:review_discard",
    "approvals:comment_resolve",
    "approvals:comment_reopen",
    "approvals:version_retire_confirm",
}

#: What forms send by themselves while they are filled in, and are answered in a line of their own.
SENT_BY_THEMSELVES = {"registry:card_draft"}  # tests/registry/test_card_drafts.py


@dataclass(frozen=True)
class Meanwhile:
    """What somebody else did while the form was open, and what it says then. `others` are further fields that were
    filled in, `status` 404 where nothing is left to speak of."""

    done: Callable[[Story], Any]
    said: str
    at: str = TOP
    status: int = 422
    others: dict[str, Any] = field(default_factory=dict)


def settle_comment(told: Story) -> None:
    comments.resolve(thread=told.objects["comment"], by=told.cast.author)


def answered(done: Callable[[Story], Any], said: str) -> Meanwhile:
    """Said on the next page, as buttons without a form do."""
    return Meanwhile(done, said, at=NEXT_PAGE, status=302)


def gone(done: Callable[[Story], Any]) -> Meanwhile:
    return Meanwhile(done, "", status=404)


def decide(name: str, stage: str) -> Callable[[Story], Any]:
    return lambda told: builders.approve_stage(told.cast, told.objects[name], stage)


REVIEW, DRAFT = "review", "draft review"


def move(name: str, act: Callable[..., Any]) -> Callable[[Story], Any]:
    return lambda told: act(draft=told.objects[name], by=told.cast.superuser)


def stop(name: str, act: Callable[..., Any]) -> Callable[[Story], Any]:
    return lambda told: act(review=told.objects[name], reason="No longer.", by=told.cast.compliance)


def rewrite(told: Story) -> None:
    draft = told.objects["policy draft"]
    seen = draft.changed_at.isoformat()
    wanted = written_policies.wanted(draft, review_cadence_days=14)
    policies.revise(draft=draft, wanted=wanted, reason="Sooner.", seen=seen, by=told.cast.superuser)


def ask_otherwise(told: Story) -> None:
    draft = Questionnaire.objects.get(pk=told.objects["questionnaire"].pk)
    questionnaires.revise(
        draft=draft, questions=FIRST[:2], reason="Fewer.", seen=draft.changed_at.isoformat(), by=told.cast.superuser
    )


#: (route, case) -> what somebody else was faster with.
MEANWHILE: dict[tuple[str, str], list[Meanwhile]] = {
    ("governance:person_add", ""): [
        Meanwhile(lambda told: builders.build_person("newcomer", ""), "already exists", at="username")
    ],
    ("governance:person_change", ""): [
        Meanwhile(lambda told: builders.build_person("newcomer", ""), "already exists", at="username")
    ],
    ("governance:pipeline_add", ""): [
        Meanwhile(lambda told: builders.build_person("ci-new", ""), "already exists", at="username")
    ],
    ("governance:person_deactivate", ""): [
        Meanwhile(
            lambda told: people.deactivate(person=told.cast.stranger, reason="Left.", by=told.cast.superuser),
            "deactivated already",
        )
    ],
    ("governance:person_reactivate", ""): [
        Meanwhile(
            lambda told: people.reactivate(person=told.objects["deactivated person"], by=told.cast.superuser),
            "active already",
        )
    ],
    ("governance:person_reset", ""): [
        Meanwhile(
            lambda told: people.deactivate(person=told.cast.stranger, reason="Left.", by=told.cast.superuser),
            "This account is deactivated",
        )
    ],
    ("governance:person_grant_role", ""): [
        answered(
            lambda told: people.grant_role(person=told.cast.stranger, role="auditor", by=told.cast.superuser),
            "Select a valid choice",
        )
    ],
    ("governance:person_confirm_role", ""): [
        Meanwhile(
            lambda told: people.confirm_role(
                person=told.cast.technical, role="technical-reviewer", decides="technical", by=told.cast.superuser
            ),
            "Nothing of this role waits",
        )
    ],
    ("governance:person_link_account", ""): [
        Meanwhile(
            lambda told: people.link_accounts(
                person=told.cast.stranger, other=told.cast.author, reason="The same.", by=told.cast.superuser
            ),
            "This account is linked to another one",
        )
    ],
    ("governance:person_separate_account", ""): [
        Meanwhile(
            lambda told: people.separate_account(
                person=told.objects["further account"], reason="Two.", by=told.cast.superuser
            ),
            "linked to none",
        )
    ],
    ("governance:person_revoke_role", ""): [
        gone(lambda told: people.revoke_role(person=told.cast.author, role="author", by=told.cast.superuser))
    ],
    ("governance:person_join_team", ""): [
        answered(
            lambda told: people.join_team(person=told.cast.stranger, team=told.cast.team, by=told.cast.superuser),
            "Select a valid choice",
        )
    ],
    ("governance:person_leave_team", ""): [
        answered(
            lambda told: people.leave_team(person=told.cast.author, team=told.cast.team, by=told.cast.superuser),
            "Not in this team any more",
        )
    ],
    ("governance:team_create", ""): [
        Meanwhile(lambda told: people.create_team(name="New team", by=told.cast.superuser), "already exists", at="name")
    ],
    ("governance:team_rename", ""): [
        Meanwhile(lambda told: people.create_team(name="New team", by=told.cast.superuser), "already exists", at="name")
    ],
    ("governance:token_issue", ""): [
        Meanwhile(
            lambda told: people.deactivate(person=told.cast.stranger, reason="Left.", by=told.cast.superuser),
            "This account is deactivated",
        )
    ],
    ("governance:token_revoke", ""): [
        Meanwhile(
            lambda told: people.revoke_token(token=told.objects["token"], by=told.cast.superuser), "ended already"
        )
    ],
    ("governance:session_end", ""): [gone(lambda told: told.objects["session"].delete())],
    ("registry:view_delete", ""): [gone(lambda told: told.objects["view"].delete())],
    ("registry:view_save", ""): [
        answered(
            lambda told: preferences.save_view(
                person=told.cast.author, page="registry:model_list", name="Low", query="tier=low"
            ),
            "already",
        )
    ],
    ("registry:model_register", ""): [
        Meanwhile(lambda told: builders.build_model(told.cast, name="new-model"), "There is a model", at="name"),
        Meanwhile(
            lambda told: use_cases.reject(
                use_case=told.objects["use_case"], reason="It serves nobody.", by=told.cast.business
            ),
            "Select a valid choice",
            at="use_case",
            others={"use_case": lambda told: told.objects["use_case"].pk},
        ),
    ],
    ("registry:consumer_declare", ""): [
        Meanwhile(
            lambda told: consumers.declare(
                version=told.objects["version"], name="Booking", contact="b@example.org", by=told.cast.author
            ),
            "already",
            at="name",
        )
    ],
    ("registry:consumer_end", ""): [
        answered(lambda told: consumers.end(consumer=told.objects["consumer"], by=told.cast.author), "already stopped")
    ],
    ("registry:card_revise", ""): [
        Meanwhile(
            lambda told: builders.write_card(told.cast, told.objects["version"], 1, overview="Otherwise."),
            "Somebody wrote revision 2",
        )
    ],
    ("registry:release_plan_revise", ""): [
        Meanwhile(
            lambda told: builders.write_release_plan(told.cast, told.objects["version"], 1, steps="Otherwise."),
            "Somebody wrote revision 2",
        )
    ],
    **{
        ("registry:use_case_" + verb, ""): [
            Meanwhile(
                lambda told: use_cases.approve(
                    use_case=told.objects["use_case"], reason="Good.", by=told.cast.business
                ),
                "already approved",
                at=INSTEAD,
            )
        ]
        for verb in ("approve", "reject")
    },
    ("approvals:review_open", ""): [
        Meanwhile(lambda told: builders.ask_for_review(told.cast, told.objects["ready version"]), "is open already")
    ],
    ("approvals:review_submit", ""): [
        Meanwhile(lambda told: reviews.discard(review=told.objects[DRAFT], by=told.cast.author), "not possible now")
    ],
    ("approvals:review_discard", ""): [
        answered(lambda told: reviews.submit(review=told.objects[DRAFT], by=told.cast.author), "not possible now")
    ],
    ("approvals:review_withdraw", ""): [
        answered(
            lambda told: reviews.reject(
                review=told.objects[REVIEW], stage="technical", rationale="No.", by=told.cast.technical
            ),
            "not possible now",
        )
    ],
    ("approvals:review_approve", "technical"): [
        Meanwhile(decide(REVIEW, "technical"), "approved already"),
        Meanwhile(lambda told: reviews.withdraw(review=told.objects[REVIEW], by=told.cast.author), "not possible now"),
        Meanwhile(
            lambda told: people.deactivate(person=told.cast.colleague, reason="Left.", by=told.cast.superuser),
            "Select a valid choice",
            others=ONE_CONDITION | {"conditions-0-owner": lambda told: told.cast.colleague.pk},
        ),
    ],
    ("approvals:review_request_changes", ""): [
        Meanwhile(lambda told: reviews.withdraw(review=told.objects[REVIEW], by=told.cast.author), "not possible now")
    ],
    ("approvals:review_reject", ""): [
        Meanwhile(lambda told: reviews.withdraw(review=told.objects[REVIEW], by=told.cast.author), "not possible now")
    ],
    ("approvals:review_suspend", ""): [Meanwhile(stop("approved review", stops.revoke), "is revoked")],
    ("approvals:review_reinstate", ""): [Meanwhile(stop("suspended review", stops.revoke), "is revoked")],
    ("approvals:review_revoke", ""): [Meanwhile(stop("approved review", stops.revoke), "is revoked")],
    ("approvals:policy_revise", ""): [
        Meanwhile(rewrite, "has saved this draft since"),
        Meanwhile(move("policy draft", policies.discard), "The draft is discarded", at=INSTEAD),
    ],
    ("approvals:policy_publish", ""): [
        Meanwhile(move("proposed policy", policies.discard), "The draft is discarded"),
    ],
    ("approvals:policy_hand_back", ""): [
        Meanwhile(move("proposed policy", policies.discard), "The draft is discarded"),
    ],
    ("approvals:policy_draft", ""): [
        answered(
            lambda told: policies.draft(tier=told.objects["policy"], by=told.cast.superuser), "is being changed already"
        )
    ],
    ("approvals:policy_propose", ""): [answered(move("policy draft", policies.discard), "The draft is discarded")],
    ("approvals:policy_discard", ""): [answered(move("policy draft", policies.discard), "The draft is discarded")],
    ("approvals:review_comment", ""): [
        Meanwhile(
            lambda told: reviews.withdraw(review=told.objects[REVIEW], by=told.cast.author), "This review is over"
        )
    ],
    ("approvals:comment_answer", ""): [Meanwhile(settle_comment, "This comment is resolved. Reopen it to go on.")],
    ("approvals:comment_resolve", ""): [answered(settle_comment, "This comment is resolved already.")],
    ("approvals:comment_reopen", ""): [
        answered(
            lambda told: comments.reopen(thread=told.objects["resolved comment"], by=told.cast.author),
            "This comment is open already.",
        )
    ],
    ("registry:questionnaire_revise", ""): [
        Meanwhile(ask_otherwise, "has saved this draft since"),
        Meanwhile(move("questionnaire", questionnaires.discard), "The draft is discarded", at=INSTEAD),
    ],
    ("registry:questionnaire_publish", ""): [
        Meanwhile(ask_otherwise, "has saved this draft since"),
        Meanwhile(move("questionnaire", questionnaires.discard), "The draft is discarded"),
    ],
    ("registry:questionnaire_discard", ""): [
        answered(move("questionnaire", questionnaires.discard), "The draft is discarded")
    ],
    **{
        (f"approvals:assessment_{name}", ""): [
            Meanwhile(
                lambda told: assessments.withdraw(assessment=told.objects["assessment"], by=told.cast.colleague),
                "The proposal is withdrawn",
            )
        ]
        for name in ("confirm", "decline")
    },
    ("approvals:assessment_withdraw", ""): [
        answered(
            lambda told: assessments.decline(
                assessment=told.objects["assessment"], reason="No.", by=told.cast.compliance
            ),
            "The proposal is declined",
        )
    ],
    ("approvals:waiver_ask", ""): [
        Meanwhile(
            lambda told: waivers.ask(
                version=told.objects["unplanned version"],
                check="monitoring",
                environment="production",
                reason="Faster.",
                ends_on=days.today(),
                by=told.cast.colleague,
            ),
            "asked for or granted already",
        )
    ],
    **{
        (f"approvals:waiver_{name}", ""): [
            Meanwhile(
                lambda told: waivers.decline(waiver=told.objects["waiver"], reason="No.", by=told.cast.compliance),
                "The waiver is declined",
            )
        ]
        for name in ("grant", "decline", "end")
    },
    ("approvals:condition_fulfil", ""): [
        Meanwhile(
            lambda told: conditions.fulfil(
                condition=told.objects["condition"], fulfilment="Kept.", by=told.cast.author
            ),
            "fulfilled already",
        )
    ],
    ("approvals:deployment_record", ""): [
        Meanwhile(
            lambda told: builders.deploy(told.cast, told.objects["approved version"], "staging"), "in staging already"
        )
    ],
    ("approvals:deployment_end", ""): [
        Meanwhile(
            lambda told: deployments.end(deployment=told.objects["deployment"], reason="Done.", by=told.cast.release),
            "ended already",
        )
    ],
    ("approvals:version_retire_confirm", ""): [
        answered(
            lambda told: consumers.declare(
                version=told.objects["clearance"].version, name="Late", contact="l@example.org", by=told.cast.author
            ),
            "Late",
        )
    ],
    ("approvals:performance_review_close", ""): [
        Meanwhile(
            lambda told: performance_reviews.close(
                performance_review=told.objects["performance_review"],
                finding="watch",
                summary="Looked.",
                by=told.cast.author,
            ),
            "closed already",
        )
    ],
}

# Signing in

WRONG = "User name or password is wrong."
FIDO = {"id": "YQ", "rawId": "YQ", "type": "public-key"}
PARTS = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle")
#: What is sent in place of what a browser makes of a passkey.
CREDENTIALS = {
    "nothing": "",
    "no JSON": "{",
    "null": "null",
    "a list": "[]",
    "a number": "1",
    "a text": '"x"',
    "an empty one": "{}",
    "a wrong type": '{"id": 1}',
    "NaN": '{"id": NaN}',
    "no base64": json.dumps(FIDO | {"rawId": "!!!", "response": {}}),
    "no response": json.dumps(FIDO | {"response": None}),
    "a response that is a list": json.dumps(FIDO | {"response": []}),
    "bytes of nothing": json.dumps(FIDO | {"response": dict.fromkeys(PARTS, "YQ")}),
    "somebody who is no text": json.dumps(FIDO | {"response": dict.fromkeys(PARTS, "__79")}),
    "half a character": '{"id": "\\ud800"}',
    "NUL": '{"id": "a\\u0000"}',
    "thousands of brackets": "[" * 100_000,
    "five thousand digits": "9" * 5000,
}
OWN_ADDRESS = "author@example.org"
PASSWORDS: Fields = {
    "password1": [
        Bad("none", "", "Fill this in."),
        Bad("a short one", "x7!q", "too short", others={"password2": "x7!q"}),
        Bad("a common one", "password1234", "too common", others={"password2": "password1234"}),
        Bad("one's own address", OWN_ADDRESS, "too similar", others={"password2": OWN_ADDRESS}),
    ],
    "password2": [
        Bad("none", "", "Fill this in."),
        Bad("another one", "a-third-and-louder-river", "type the same password each time"),
    ],
}
CODES = [
    Bad("none", "", "Fill this in."),
    *(
        Bad(f"“{code[:20]}”", code, "This code is wrong")
        for code in ("000000", "abcdef", "١٢٣٤٥٦", "1" * 10_000, "a\u202eb")
    ),
    Bad("NUL", "00000\x00", "Null characters"),
]
SIGN_IN: dict[str, Fields] = {
    "account_login": {
        "login": [
            Bad("nobody", "nobody-has-this", WRONG, at=TOP),
            Bad("300 letters", "x" * 300, "at most 60 characters"),
            Bad("one turned round", "author\u202e", WRONG, at=TOP),
            Bad("none", "", "Fill this in."),
            Bad("NUL", "author\x00", "Null characters"),
        ],
        "password": [
            Bad("a wrong one", "wrong", WRONG, at=TOP),
            Bad("a very long one", "x" * 10_000, WRONG, at=TOP),
            Bad("none", "", "Fill this in."),
            Bad("NUL", "a\x00b", "Null characters"),
        ],
    },
    "account_reauthenticate": {
        "password": [
            Bad("a wrong one", "wrong", "This is not your password."),
            Bad("none", "", "Fill this in."),
            Bad("NUL", "a\x00b", "Null characters"),
        ]
    },
    "account_change_password": PASSWORDS
    | {"oldpassword": [Bad("a wrong one", "wrong", "not your password now"), Bad("none", "", "Fill this in.")]},
    "account_reset_password_from_key": PASSWORDS,
    "mfa_activate_totp": {"code": CODES},
    "mfa_authenticate": {"code": CODES},
    "mfa_reauthenticate": {"code": CODES},
    "mfa_add_webauthn": {
        "name": line(60, optional=True),
        "credential": [Bad(name, given, "passkey", at=TOP) for name, given in CREDENTIALS.items()],
    },
    "mfa_edit_webauthn": {"name": line(60)},
    "mfa_login_webauthn": {
        "credential": [
            Bad(name, given, "does not open an account", at=NEXT_PAGE) for name, given in CREDENTIALS.items()
        ]
    },
    "mfa_reauthenticate_webauthn": {
        "credential": [Bad(name, given, "", at=NEXT_PAGE) for name, given in CREDENTIALS.items()]
    },
}
