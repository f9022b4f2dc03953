"""The four demo models: which rows they learn from, which rows are held back, and how they are built.

Rows are dealt to the parts by the SHA-256 of seed and row, so the parts do not depend on any library's random numbers.
"""

import hashlib
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import figures
import pandas as pd
from lifelines.datasets import load_rossi
from sklearn.base import BaseEstimator
from sklearn.datasets import load_diabetes, load_digits
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

PARTS = ("training", "development", "staging", "production")
PURPOSES = PARTS[1:]
SEED = 2

VISIT_FEATURES = [
    *("logc", "idp", "lpi", "fmde", "physlm", "disea", "hlthg", "hlthf", "hlthp"),
    *("xage", "female", "child", "lnum"),
]
VISIT_COLUMNS = ["zper", "year", "mdvis", *VISIT_FEATURES]

Parts = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Study:
    """A model with its data. `reference` tells where the rows are found, `groups` label them for the fairness check."""

    name: str
    task: str
    package: str
    reference: str
    source: str
    period: str
    load: Callable[[], pd.DataFrame]
    deal: Callable[[pd.DataFrame], Parts]
    features: list[str]
    target: str
    estimator: BaseEstimator
    hyperparameters: dict[str, str | int | bool]
    metrics: dict[str, figures.Metric]
    group_metrics: dict[str, figures.Metric]
    groups: dict[str, Callable[[pd.DataFrame], pd.Series]]

    def inputs(self, rows: pd.DataFrame) -> pd.DataFrame:
        return rows[self.features].astype("float64")

    def labels(self, rows: pd.DataFrame) -> dict[str, pd.Series]:
        return {group: label(rows) for group, label in self.groups.items()}


def shuffled(units: Iterable[Hashable]) -> list[Any]:
    return sorted(units, key=lambda unit: hashlib.sha256(f"{SEED}:{unit}".encode()).hexdigest())


def cut(units: list[Any], percents: tuple[int, ...]) -> dict[str, list[Any]]:
    """Consecutive runs of the units, one for each part, sized by percents that add up to 100."""
    ends = [round(len(units) * sum(percents[: place + 1]) / 100) for place in range(len(PARTS))]
    return {part: units[start:end] for part, start, end in zip(PARTS, [0, *ends], ends, strict=False)}


def in_file_order(rows: pd.DataFrame, percents: tuple[int, ...]) -> Parts:
    return {part: rows.loc[chosen] for part, chosen in cut(list(rows.index), percents).items()}


def stratified(rows: pd.DataFrame, strata: list[pd.Series], percents: tuple[int, ...]) -> Parts:
    chosen: dict[str, list[int]] = {part: [] for part in PARTS}
    for _, stratum in rows.groupby(strata):
        for part, some in cut(shuffled(stratum.index), percents).items():
            chosen[part].extend(some)
    return {part: rows.loc[sorted(some)] for part, some in chosen.items()}


def kept_together(rows: pd.DataFrame, units: pd.Series, percents: tuple[int, ...]) -> Parts:
    dealt = cut(shuffled(units.unique()), percents)
    return {part: rows[units.isin(some)] for part, some in dealt.items()}


def banded(ages: pd.Series, ends: list[int], names: list[str]) -> pd.Series:
    return pd.cut(ages, [0, *ends, 200], right=False, labels=names).astype(str)


def digit_rows() -> pd.DataFrame:
    return load_digits(as_frame=True).frame.astype("int64")


def digit_label(rows: pd.DataFrame) -> pd.Series:
    return rows["target"].astype(str)


def deal_digits(rows: pd.DataFrame) -> Parts:
    """Neighbouring rows look like one hand; shuffling would show the model the handwriting it is examined on."""
    return in_file_order(rows, (55, 15, 15, 15))


def diabetes_rows() -> pd.DataFrame:
    return load_diabetes(as_frame=True, scaled=False).frame


def sex_code(rows: pd.DataFrame) -> pd.Series:
    """The source codes sex as 1 and 2 and does not say which is which; a guess would be a false record."""
    return "code " + rows["sex"].astype(int).astype(str)


def patient_age_band(rows: pd.DataFrame) -> pd.Series:
    return banded(rows["age"], [40, 60], ["under 40", "40 to 59", "60 and over"])


def deal_diabetes(rows: pd.DataFrame) -> Parts:
    return stratified(rows, [sex_code(rows), patient_age_band(rows)], (40, 20, 20, 20))


def race(rows: pd.DataFrame) -> pd.Series:
    return rows["race"].map({1: "black", 0: "other"})


def release_age_band(rows: pd.DataFrame) -> pd.Series:
    return banded(rows["age"], [25], ["under 25", "25 and over"])


def deal_rossi(rows: pd.DataFrame) -> Parts:
    """Production gets the largest part: only there are enough people of the smaller race group to measure anything."""
    return stratified(rows, [race(rows), rows["arrest"]], (34, 13, 16, 37))


def visit_rows() -> pd.DataFrame:
    """The full table beside the ten columns of `load_pandas()`: only it names the person, the sex and the age."""
    return pd.read_csv(files("statsmodels.datasets.randhie") / "src" / "randhie.csv")[VISIT_COLUMNS]


def sex(rows: pd.DataFrame) -> pd.Series:
    return rows["female"].map({1.0: "female", 0.0: "male"})


def self_rated_health(rows: pd.DataFrame) -> pd.Series:
    names = pd.Series("excellent", index=rows.index)
    for column, name in {"hlthg": "good", "hlthf": "fair", "hlthp": "poor"}.items():
        names[rows[column] == 1] = name
    return names


def deal_visits(rows: pd.DataFrame) -> Parts:
    return kept_together(rows, rows["zper"], (55, 15, 15, 15))


DIGITS = Study(
    name="form-digit-reader",
    task="classification",
    package="scikit-learn",
    reference="sklearn.datasets.load_digits()",
    source="Optical Recognition of Handwritten Digits (E. Alpaydin, C. Kaynak), UCI Machine Learning Repository",
    period="published July 1998",
    load=digit_rows,
    deal=deal_digits,
    features=[f"pixel_{row}_{column}" for row in range(8) for column in range(8)],
    target="target",
    estimator=make_pipeline(PCA(30, svd_solver="full"), QuadraticDiscriminantAnalysis(reg_param=0.5)),
    hyperparameters={
        "estimator": "QuadraticDiscriminantAnalysis",
        "reg_param": "0.5",
        "projection": "PCA",
        "n_components": 30,
        "whiten": False,
        "svd_solver": "full",
        "split": "file order",
    },
    metrics=figures.MULTICLASS,
    group_metrics=figures.ONE_CLASS,
    groups={"digit": digit_label},
)

DIABETES = Study(
    name="diabetes-progression",
    task="regression",
    package="scikit-learn",
    reference="sklearn.datasets.load_diabetes(scaled=False)",
    source="B. Efron, T. Hastie, I. Johnstone, R. Tibshirani: Least Angle Regression, Annals of Statistics, 2004",
    period="not stated by the source; published 2004",
    load=diabetes_rows,
    deal=deal_diabetes,
    features=["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"],
    target="target",
    estimator=make_pipeline(StandardScaler(), Ridge(alpha=10.0, solver="cholesky")),
    hyperparameters={
        "estimator": "Ridge",
        "scaling": "StandardScaler",
        "alpha": "10.0",
        "solver": "cholesky",
        "fit_intercept": True,
        "split": "stratified by sex and age band",
        "split_seed": SEED,
    },
    metrics=figures.REGRESSION,
    group_metrics=figures.REGRESSION,
    groups={"sex": sex_code, "age band": patient_age_band},
)

REARREST = Study(
    name="rearrest-risk",
    task="classification",
    package="lifelines",
    reference="lifelines.datasets.load_rossi()",
    source="P. H. Rossi, R. A. Berk, K. J. Lenihan: Money, Work, and Crime, Academic Press, 1980",
    period="releases from Maryland state prisons in the 1970s, followed for 52 weeks",
    load=load_rossi,
    deal=deal_rossi,
    features=["fin", "age", "wexp", "mar", "paro", "prio"],
    target="arrest",
    estimator=FixedThresholdClassifier(
        make_pipeline(StandardScaler(), LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-10)),
        threshold=0.25,
        response_method="predict_proba",
    ),
    hyperparameters={
        "estimator": "LogisticRegression",
        "scaling": "StandardScaler",
        "C": "1.0",
        "solver": "newton-cholesky",
        "tol": "0.0000000001",
        "decision_threshold": "0.25",
        "fit_intercept": True,
        "split": "stratified by race and re-arrest",
        "split_seed": SEED,
    },
    metrics=figures.BINARY,
    group_metrics=figures.BINARY,
    groups={"race": race, "age band": release_age_band},
)

VISITS = Study(
    name="visit-demand",
    task="regression",
    package="statsmodels",
    reference="statsmodels/datasets/randhie/src/randhie.csv",
    source="RAND Health Insurance Experiment, in A. C. Cameron, P. K. Trivedi: Microeconometrics, Cambridge, 2005",
    period="1974 to 1982",
    load=visit_rows,
    deal=deal_visits,
    features=VISIT_FEATURES,
    target="mdvis",
    estimator=make_pipeline(
        StandardScaler(), PoissonRegressor(alpha=0.001, solver="newton-cholesky", tol=1e-10, max_iter=200)
    ),
    hyperparameters={
        "estimator": "PoissonRegressor",
        "scaling": "StandardScaler",
        "alpha": "0.001",
        "solver": "newton-cholesky",
        "tol": "0.0000000001",
        "max_iter": 200,
        "fit_intercept": True,
        "split": "all years of a person kept together",
        "split_seed": SEED,
    },
    metrics=figures.REGRESSION,
    group_metrics=figures.REGRESSION,
    groups={"self-rated health": self_rated_health, "sex": sex},
)

STUDIES = (DIGITS, DIABETES, REARREST, VISITS)
