"""Reads an inventory kept as a table: one line for each version of a model, or for a model without any."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from audit.csv import as_given
from registry import addresses
from registry.imports.candidates import LONGEST_REFERENCE, Candidate, Checker, VersionCandidate, bounded, number_in
from registry.imports.reading import MOST_BYTES, MOST_ROWS, Inventory, too_many_rows, unreadable
from registry.models import Source

SEPARATORS = ",;\t"


@dataclass(frozen=True)
class Column:
    """One column; `example` stands in the sample file."""

    name: str
    help: str
    example: str = ""


COLUMNS = (
    Column("name", "What the model is called. Needed. Becomes small letters, digits and hyphens.", "Credit Scoring"),
    Column("version", "Its version. A number stays, such as 3 or v3; anything else gets the next number.", "3"),
    Column("purpose", "One sentence that somebody outside the team understands.", "Scores consumer credit."),
    Column("task", "classification, regression, forecasting, ranking, generation or other.", "classification"),
    Column("use_case", "What it is used for, in one line.", "Decides who is offered a loan."),
    Column("owner", "User name, address or full name of the accountable person.", "ada"),
    Column("team", "The owning team.", "Clinical ML"),
    Column("artifact_uri", "Where the model file is kept.", "s3://models/credit/3/model.pkl"),
    Column("artifact_sha256", "SHA-256 digest of the file. Nothing is deployed without it.", f"{3:064x}"),
    Column("artifact_size", "Size of the file in bytes.", "41200000"),
    Column("code_repository", "Where its code is kept.", "https://git.example.org/credit"),
    Column("code_commit", "The commit it was trained from.", f"{10:040x}"),
    Column("training_run", "The run that made it.", "run-8f31c0"),
    Column("summary", "What is new in this version.", "Trained on 2026 data"),
    Column("created_at", "When it was made, such as 2026-03-31.", "2026-03-31"),
    Column("source", "The system that the line comes from, when the file joins several.", "old-registry"),
)
#: A column may be named param:…, metric:… or tag:… for whatever else is known.
OPEN_COLUMNS = ("param", "metric", "tag")
#: Stands in the file of refused lines that Gatehouse hands out (`registry.imports.mending`), and is not read.
PROBLEMS = "problems"
MOST_COLUMNS = 300
VERSION_COLUMNS = frozenset(
    {"artifact_uri", "artifact_sha256", "artifact_size", "code_repository", "code_commit", "training_run", "summary"}
)
NAMES = frozenset(column.name for column in COLUMNS)


def read(content: bytes, name: str) -> Inventory:
    """Raises ValidationError when `content` is no such table as a whole; what is wrong in a line is kept with it."""
    if len(content) > MOST_BYTES:
        raise unreadable(
            f"The file is larger than {MOST_BYTES // 1024**2} MiB. Split it, and import the parts.", "too-large"
        )
    lines = _lines(_text(content))
    header = _header(next(lines, (1, []))[1])
    candidates: list[Candidate] = []
    for line, cells in lines:
        if len(candidates) == MOST_ROWS:
            raise too_many_rows()
        candidates.append(_candidate(line, header, cells))
    if not candidates:
        raise unreadable("It has a header and no lines. Add a line for each version.", "no-rows")
    return Inventory(Source.CSV, name, hashlib.sha256(content).hexdigest(), tuple(candidates))


def sample() -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([*(column.name for column in COLUMNS), "param:max_depth", "metric:roc_auc", "tag:domain"])
    writer.writerow([*(column.example for column in COLUMNS), "6", "0.93", "credit"])
    return written.getvalue()


def _text(content: bytes) -> str:
    if not content.strip():
        raise unreadable("The file is empty. Choose one with a header and a line for each version.", "empty-file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise unreadable(
            "The file is not written in UTF-8. In a spreadsheet, save it as “CSV UTF-8”, then upload it again.",
            "encoding",
        ) from error
    if "\x00" in text:
        raise unreadable("The file is no text, so it is no CSV. Save it as “CSV UTF-8”.", "binary")
    return text


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each line that is not blank, with the number of the line it begins on."""
    first = text.lstrip("\r\n").partition("\n")[0]
    separator = max(SEPARATORS, key=lambda sign: (_names_a_model(first.split(sign)), first.count(sign)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, [as_given(cell.strip()).strip() for cell in cells]
            begins = reader.line_num + 1
    except csv.Error as error:
        raise unreadable(
            f"Line {begins} cannot be read: {error}. Look for a quotation mark that is not closed.", "not-csv"
        ) from error


def _names_a_model(cells: list[str]) -> bool:
    """Whether these are column names: the name of a tag may hold any sign, and many of it."""
    return "name" in [_column(cell.strip(' "')) for cell in cells]


def _header(cells: list[str]) -> list[str]:
    names = [_column(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > MOST_COLUMNS:
        raise unreadable(f"It has more than {MOST_COLUMNS} columns. Leave some out.", "too-many-columns")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise unreadable(f"The column “{twice[0]}” is there twice. Keep one of the two.", "duplicate-column")
    if "name" not in names:
        raise unreadable(
            "The first line names no column “name”. Start the file with a line of column names.", "name-column"
        )
    unknown = [name for name in names if not _is_known(name)]
    if unknown:
        shown = unknown[0][:60]
        raise unreadable(
            f"There is no column “{shown}”. Rename it, or call it “tag:{shown}” to keep it as a tag.", "unknown-column"
        )
    return names


def _column(cell: str) -> str:
    prefix, colon, rest = cell.partition(":")
    if colon and prefix.strip().lower() in OPEN_COLUMNS:
        return f"{prefix.strip().lower()}:{rest.strip()}"
    return cell.lower().replace(" ", "_")


def _is_known(name: str) -> bool:
    prefix, colon, rest = name.partition(":")
    return name in NAMES or name == PROBLEMS or bool(colon and rest and prefix in OPEN_COLUMNS)


def _candidate(line: int, header: list[str], cells: list[str]) -> Candidate:
    checker = Checker()
    beyond = [cell for cell in cells[len(header) :] if cell]
    if beyond:
        checker.refuse("line", "too-many-cells", f"It has {len(cells)} cells, the header has {len(header)}.")
    row = dict(zip(header, cells, strict=False))
    name = checker.text("name", row.get("name", ""), 300)
    source = checker.text("source", row.get("source", ""), 100)
    reference = f"csv:{source}/{name}"
    version = _version(checker, row, reference)
    return Candidate(
        line=line,
        reference=reference,
        name=name,
        slug=checker.slug(name),
        purpose=checker.text("purpose", row.get("purpose", ""), 200),
        task=checker.task(row.get("task", "")),
        use_case_line=checker.text("use_case", row.get("use_case", ""), 200),
        owner=checker.text("owner", row.get("owner", ""), 120),
        team=checker.text("team", row.get("team", ""), 120),
        details=bounded({"source": source, "tags": _open(row, "tag")}),
        version=version,
        problems=tuple(checker.problems),
        given=_given(row, beyond),
    )


def _version(checker: Checker, row: Mapping[str, str], model: str) -> VersionCandidate | None:
    label = checker.text("version", row.get("version", ""), LONGEST_REFERENCE - 300 - 120)
    if not label:
        filled = sorted(column for column in VERSION_COLUMNS if row.get(column))
        if filled:
            checker.refuse("version", "version-missing", f"It has {filled[0]}, so it needs a version. Number it.")
        return None
    return VersionCandidate(
        reference=f"{model}@{label}",
        label=label,
        number=number_in(label),
        summary=checker.text("summary", row.get("summary", ""), 200),
        artifact_uri=checker.place("artifact_uri", row.get("artifact_uri", ""), 500),
        artifact_sha256=checker.digest("artifact_sha256", row.get("artifact_sha256", "")),
        artifact_size=checker.size("artifact_size", row.get("artifact_size", "")),
        code_repository=checker.place("code_repository", row.get("code_repository", ""), 300),
        code_commit=checker.commit("code_commit", row.get("code_commit", "")),
        training_run=checker.place("training_run", row.get("training_run", ""), 200),
        hyperparameters=bounded(_open(row, "param")),
        details=bounded({"created": _day(checker, row.get("created_at", "")), "metrics": _open(row, "metric")}),
    )


def _given(row: Mapping[str, str], beyond: list[str]) -> dict[str, str]:
    """What the line says by column, without secrets; what stands beyond the last column has no name."""
    said = {column: cell for column, cell in row.items() if cell and column != PROBLEMS}
    said |= {"": ", ".join(beyond)} if beyond else {}
    return {column: addresses.without_secret(cell) for column, cell in said.items()}


def _open(row: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name.partition(":")[2]: value for name, value in row.items() if name.startswith(f"{prefix}:") and value}


def _day(checker: Checker, value: str) -> str:
    try:
        return datetime.fromisoformat(value).isoformat() if value else ""
    except ValueError:
        checker.refuse("created_at", "date", "This is no date. Write it as in 2026-03-31.")
        return ""
