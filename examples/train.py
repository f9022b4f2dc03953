"""Train the four demo models on data that ships inside Python packages and write the bundle the demo loads.

    python examples/train.py --out examples/bundle

All data comes from installed wheels: scikit-learn (digits, diabetes), lifelines (Rossi) and statsmodels (RAND health
insurance experiment). Nothing is downloaded. Two runs with the same lock on the same machine write the same bytes.

The code commit in the manifest is HEAD when this folder has no uncommitted change. Otherwise, and outside a git
repository, it is the SHA-1 of the text of the scripts in this folder, and the manifest says so in `commit_is`.
"""

import argparse
import hashlib
import json
import platform
import shutil
import subprocess
import uuid
from importlib.metadata import version
from pathlib import Path
from typing import Any

import artifacts
import cards
import figures
import pandas as pd
import skops.io
from studies import PARTS, PURPOSES, STUDIES, Parts, Study
from threadpoolctl import threadpool_limits

HERE = Path(__file__).resolve().parent
REPOSITORY = "https://git.example.org/northmere/models"
RUNS = uuid.uuid5(uuid.NAMESPACE_URL, REPOSITORY)
MODEL_VERSION = 1
LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy", "skops")


def canonical_csv(rows: pd.DataFrame) -> bytes:
    """UTF-8, LF, header line, first column the row number in the source, shortest exact decimal for each number."""
    return rows.to_csv(index_label="row", lineterminator="\n").encode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", "-C", str(HERE), *arguments], capture_output=True, text=True, check=False)


def committed_head() -> str | None:
    if shutil.which("git") is None:
        return None
    head = git("rev-parse", "--verify", "HEAD")
    scripts = [script.name for script in HERE.glob("*.py")]
    changes = git("status", "--porcelain", "--", *scripts)
    if head.returncode or changes.returncode or changes.stdout:
        return None
    return head.stdout.strip()


def scripts_sha1() -> str:
    texts = [script.read_bytes() for script in sorted(HERE.glob("*.py"))]
    return hashlib.sha1(b"".join(texts), usedforsecurity=False).hexdigest()


def code() -> dict[str, str]:
    head = committed_head()
    return {
        "repository": REPOSITORY,
        "commit": head or scripts_sha1(),
        "commit_is": "git commit" if head else "SHA-1 of the scripts",
    }


def described_dataset(study: Study, part: str, rows: pd.DataFrame) -> dict[str, Any]:
    return {
        "name": f"{study.name}-{part}-v{MODEL_VERSION}",
        "role": part,
        "reference": f"{study.package} {version(study.package)}: {study.reference}, part {part}",
        "sha256": sha256(canonical_csv(rows)),
        "rows": len(rows),
        "source": study.source,
        "period": study.period,
    }


def trained(study: Study, rows: pd.DataFrame) -> bytes:
    return artifacts.dumped(study.estimator.fit(study.inputs(rows), rows[study.target]))


def evaluated(study: Study, model: Any, rows: pd.DataFrame) -> tuple[list[figures.Figure], list[figures.Omission]]:
    answers = figures.answers_of(model, study.inputs(rows), rows[study.target])
    by_group, left_out = figures.per_group(answers, study.labels(rows), study.group_metrics)
    return figures.overall(answers, study.metrics) + by_group, left_out


def evaluated_for_each_purpose(study: Study, artifact: bytes, parts: Parts) -> cards.Run:
    """Asks the model as read back from the file, so the figures are those of the artifact that is handed over."""
    model = skops.io.loads(artifact)
    results = {purpose: evaluated(study, model, parts[purpose]) for purpose in PURPOSES}
    return cards.Run(
        rows={part: len(parts[part]) for part in PARTS},
        figures={purpose: measured for purpose, (measured, _) in results.items()},
        left_out={purpose: left_out for purpose, (_, left_out) in results.items()},
    )


def described_evaluation(purpose: str, dataset: str, run: cards.Run) -> dict[str, Any]:
    return {
        "purpose": purpose,
        "dataset": dataset,
        "measurements": [figure._asdict() for figure in run.figures[purpose]],
        "left_out": [omission._asdict() for omission in run.left_out[purpose]],
    }


def run_id(study: Study, training_digest: str) -> str:
    told = json.dumps([study.name, MODEL_VERSION, training_digest, study.hyperparameters], sort_keys=True)
    return str(uuid.uuid5(RUNS, told))


def libraries(study: Study) -> dict[str, str]:
    names = sorted({*LIBRARIES, study.package})
    return {"python": platform.python_version()} | {name: version(name) for name in names}


def described_model(study: Study, artifact: bytes, parts: Parts, run: cards.Run) -> dict[str, Any]:
    datasets = {part: described_dataset(study, part, parts[part]) for part in PARTS}
    return {
        "name": study.name,
        "version": MODEL_VERSION,
        "task": study.task,
        "artifact": {
            "file": f"{study.name}/model.skops",
            "format": "skops",
            "sha256": sha256(artifact),
            "size": len(artifact),
        },
        "code": code(),
        "hyperparameters": study.hyperparameters,
        "training_run": {"id": run_id(study, datasets["training"]["sha256"])},
        "datasets": datasets,
        "metrics": {name: metric.meaning for name, metric in study.metrics.items()},
        "evaluations": [described_evaluation(purpose, datasets[purpose]["name"], run) for purpose in PURPOSES],
        "libraries": libraries(study),
        "card": cards.card(study.name, run),
    }


def write_model(study: Study, out: Path) -> dict[str, Any]:
    parts = study.deal(study.load())
    artifact = trained(study, parts["training"])
    run = evaluated_for_each_purpose(study, artifact, parts)
    described = described_model(study, artifact, parts, run)
    file = out / described["artifact"]["file"]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(artifact)
    return described


def write_bundle(out: Path) -> None:
    manifest = {
        "rounding": "half to even, six decimals",
        "fewest_rows_for_a_group_figure": figures.FEWEST_ROWS,
        "models": [write_model(study, out) for study in STUDIES],
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (out / "manifest.json").write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the demo models and write the bundle.")
    parser.add_argument("--out", type=Path, default=HERE / "bundle", metavar="DIR", help="default: examples/bundle")
    out = parser.parse_args().out
    with threadpool_limits(limits=1):
        write_bundle(out)
    print(f"Wrote {len(STUDIES)} models to {out}")


if __name__ == "__main__":
    main()
