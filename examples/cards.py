"""What the model cards say. Every measured figure in the text is taken from the run, none is typed."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from figures import FEWEST_ROWS, Figure, Omission
from studies import PARTS, PURPOSES

SECTIONS = (
    "overview",
    "intended_use",
    "not_intended_use",
    "training_data",
    "training_source",
    "training_period",
    "data_usage",
    "evaluation",
    "fairness",
    "limitations",
    "operational_requirements",
)


def percent(value: Decimal) -> str:
    return f"{value * 100:.1f} %"


def one_digit(value: Decimal) -> str:
    return f"{value:.1f}"


def two_digits(value: Decimal) -> str:
    return f"{value:.2f}"


def say_slice(figure: Figure, show: Callable[[Decimal], str]) -> str:
    return f"{show(Decimal(figure.value))} ({figure.slice}, {figure.sample_size} rows)"


@dataclass(frozen=True)
class Run:
    """The figures of one model, ready to be quoted. Unless told otherwise they are those of the production data."""

    rows: dict[str, int]
    figures: dict[str, list[Figure]]
    left_out: dict[str, list[Omission]]

    @property
    def all_rows(self) -> int:
        return sum(self.rows[part] for part in PARTS)

    def held_out_rows(self) -> str:
        *most, last = [f"{self.rows[purpose]} ({purpose})" for purpose in PURPOSES]
        return f"{', '.join(most)} and {last}"

    def found(self, metric: str, group: str = "", piece: str = "", purpose: str = "production") -> Figure:
        wanted = (metric, group, piece)
        return next(one for one in self.figures[purpose] if (one.metric, one.group, one.slice) == wanted)

    def say(self, metric: str, show: Callable[[Decimal], str], group: str = "", piece: str = "") -> str:
        return show(Decimal(self.found(metric, group, piece).value))

    def say_each_purpose(self, metric: str, show: Callable[[Decimal], str]) -> str:
        *most, last = [
            f"{show(Decimal(self.found(metric, purpose=purpose).value))} on {purpose} data" for purpose in PURPOSES
        ]
        return f"{', '.join(most)} and {last}"

    def say_range(self, metric: str, group: str, show: Callable[[Decimal], str]) -> str:
        pieces = [one for one in self.figures["production"] if (one.metric, one.group) == (metric, group)]
        low, *_, high = sorted(pieces, key=lambda one: Decimal(one.value))
        return f"from {say_slice(low, show)} to {say_slice(high, show)}"

    def not_measured(self, metric: str, group: str) -> str:
        missing = [one.slice for one in self.left_out["production"] if (one.metric, one.group) == (metric, group)]
        return " and ".join(f'"{piece}"' for piece in missing)


def form_digit_reader(run: Run) -> dict[str, str]:
    return {
        "overview": "Reads one handwritten digit, 0 to 9, from a small grey picture of a box on a paper form. It "
        "saves typing and judges no person.",
        "intended_use": "First reading of digit boxes on scanned forms, such as dates and reference numbers. A "
        "number that leads to a payment or to a decision about a person is read by a second pair of eyes.",
        "not_intended_use": "Not for letters, signatures, cheques or whole numbers written without boxes. Not for "
        "finding out who wrote something.",
        "training_data": f"{run.rows['training']} pictures of 8 by 8 pixels, each labelled with its digit. The "
        f"remaining {run.all_rows - run.rows['training']} of {run.all_rows} pictures were held back for evaluation.",
        "training_source": "Optical Recognition of Handwritten Digits by E. Alpaydin and C. Kaynak, UCI Machine "
        "Learning Repository, licence CC BY 4.0. The copy that ships inside scikit-learn is used; it is the original "
        "test set, written by 13 people.",
        "training_period": "Published in July 1998. The days of writing are not recorded.",
        "data_usage": "The pictures contain no names and no writer numbers, so no person can be looked up in them. "
        "They are used for training and evaluation only, and nothing is collected while the model runs.",
        "evaluation": f"Accuracy is {run.say_each_purpose('accuracy', percent)}; the parts have {run.held_out_rows()} "
        "rows. The parts follow each other in the order of the file, because neighbouring pictures seem to come from "
        "the same hand: so the model meets mostly handwriting it has not seen. The kind of model was chosen after "
        "figures of an earlier one on these parts were known, so they may flatter a little.",
        "fairness": "No person is judged and the data say nothing about the writers, so groups of people cannot be "
        f"compared. Digits can: on production data accuracy goes {run.say_range('accuracy', 'digit', percent)}.",
        "limitations": "Thirteen writers are few, and one unusual hand lowers the accuracy of a digit (see fairness), "
        "as the weakest digit there shows. The model always answers with a digit, also for an empty or crossed-out "
        f"box, and it is sure of itself when it is wrong: the Brier score of {run.say('brier', two_digits)} is about "
        "as large as the share of wrong answers.",
        "operational_requirements": "Needs a box cut out, centred and reduced to 8 by 8 pixels with values from 0 to "
        "16. Its probabilities cannot be used to pick out doubtful readings, so a person checks a sample of all "
        "readings. It runs on one processor core.",
    }


def diabetes_progression(run: Run) -> dict[str, str]:
    return {
        "overview": "Estimates how far diabetes will have progressed one year after a baseline examination, as a "
        "score, from ten baseline values. It supports the planning of check-ups.",
        "intended_use": "Sorting a list of patients by expected progression, so that a clinician can plan the order "
        "of follow-up appointments. The clinician sees the measurements beside the estimate and decides.",
        "not_intended_use": "Not for diagnosis, not for choosing or stopping a treatment, not for insurance. Not for "
        "children, and not for people without a diagnosis of diabetes.",
        "training_data": f"{run.rows['training']} of {run.all_rows} patients, with age, sex, body mass index, average "
        "blood pressure and six blood serum values. The target is a measure of progression one year after baseline.",
        "training_source": "B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, Least Angle Regression, Annals of "
        "Statistics 32 (2004). The copy that ships inside scikit-learn is used, in original units.",
        "training_period": "The source does not say when the patients were examined; it was published in 2004.",
        "data_usage": "Health data without names or record numbers, published for research in statistics. The source "
        "does not document what the patients agreed to. Sex and age are inputs of the model and are also used to "
        "compare groups.",
        "evaluation": f"The share of variance explained (r2) is {run.say_each_purpose('r2', two_digits)}; the parts "
        f"have {run.held_out_rows()} rows. On production data the estimate is off by {run.say('mae', one_digit)} "
        "points of the score on average.",
        "fairness": "On production data the mean absolute error by age goes "
        f"{run.say_range('mae', 'age band', one_digit)}, and by sex {run.say_range('mae', 'sex', one_digit)}. The "
        "source codes sex as 1 and 2 and does not say which is which, so the groups keep these codes.",
        "limitations": "Few patients, one source, one point in time. The groups are small, so their figures move a "
        "lot by chance. Much of the variation is not explained, and the source does not define the score in clinical "
        "terms.",
        "operational_requirements": "All ten values are needed in the units of the source; a missing value means no "
        "estimate. The errors by sex and age band are to be measured again on the clinic's own patients before and "
        "during use.",
    }


def rearrest_risk(run: Run) -> dict[str, str]:
    return {
        "overview": "Estimates the probability that a person released from prison is arrested again within 52 weeks, "
        "and marks people above a fixed limit as high risk. It judges people, and being marked can harm them.",
        "intended_use": "Proposed for offering support after release, such as help with housing or work, to people "
        "who are marked. A case worker decides about every offer, and nobody loses an offer because of the mark.",
        "not_intended_use": "Not for bail, sentencing, parole, supervision or policing. Not for any decision to a "
        "person's disadvantage.",
        "training_data": f"{run.rows['training']} of {run.all_rows} people, with financial aid, age, work experience, "
        "marriage, parole and number of prior convictions. The target is whether they were arrested within 52 weeks. "
        "Race is not an input; it is kept to compare groups.",
        "training_source": "P. H. Rossi, R. A. Berk and K. J. Lenihan, Money, Work, and Crime: Some Experimental "
        "Results, Academic Press, 1980. The copy that ships inside lifelines is used.",
        "training_period": "Releases from Maryland state prisons in the 1970s, followed for one year. No later data "
        "were used.",
        "data_usage": "Criminal justice data about people who were studied in an experiment on financial aid, "
        "without names. Estimating the risk of individuals is a different purpose from the one of the study, and no "
        "agreement to it is documented. This question is open.",
        "evaluation": f"The area under the ROC curve is {run.say_each_purpose('roc_auc', two_digits)}, where 0.5 is a "
        f"coin toss; the parts have {run.held_out_rows()} rows. On production data {run.say('recall', percent)} of "
        f"the people arrested again were marked, and {run.say('false_positive_rate', percent)} of the people not "
        "arrested again were marked as well.",
        "fairness": "Among people not arrested again, the share wrongly marked as high risk goes "
        f"{run.say_range('false_positive_rate', 'age band', percent)} by age, and "
        f"{run.say_range('false_positive_rate', 'race', percent)} by race, where the smaller group has too few people "
        f"for a firm figure. Recall cannot be compared: fewer than {FEWEST_ROWS} people were arrested again in the "
        f"race group {run.not_measured('recall', 'race')} and in the age band "
        f"{run.not_measured('recall', 'age band')}. These gaps are not corrected.",
        "limitations": "An arrest is not a crime: it also depends on where police look. The data are small, half a "
        "century old and from one state, and being young weighs on the estimate whatever the person did. Development "
        "and staging data have too few people of the smaller race group to measure it at all.",
        "operational_requirements": "Would need a case worker who can overrule the mark, a way for the person to "
        "object, and a check of the gaps by race and age on present-day data before any use. None of these exists "
        "today.",
    }


def visit_demand(run: Run) -> dict[str, str]:
    return {
        "overview": "Estimates how many outpatient visits to a doctor a member of a health plan makes in a year. "
        "Sums of the estimates serve the planning of capacity.",
        "intended_use": "Adding up estimates over large groups of members, to plan the number of appointments for a "
        "year. Only sums are passed on.",
        "not_intended_use": "Not for statements about a single person, not for prices, not for granting or refusing "
        "cover.",
        "training_data": f"{run.rows['training']} of {run.all_rows} person-years, with terms of the insurance plan, "
        "age, sex, family size, chronic diseases, physical limitation and self-rated health. The target is the "
        "number of outpatient visits in the year.",
        "training_source": "RAND Health Insurance Experiment, as published with A. C. Cameron and P. K. Trivedi, "
        "Microeconometrics, Cambridge University Press, 2005. The copy that ships inside statsmodels is used; it is "
        "in the public domain.",
        "training_period": "The experiment ran from 1974 to 1982.",
        "data_usage": "Health and insurance data of people who took part in an experiment, without names. The person "
        "number of the study is used only to keep all years of a person in the same part; it is not an input.",
        "evaluation": f"The mean absolute error in visits is {run.say_each_purpose('mae', two_digits)}; the parts "
        f"have {run.held_out_rows()} rows. The share of variance explained (r2) is "
        f"{run.say_each_purpose('r2', two_digits)}, which is little: single persons cannot be predicted.",
        "fairness": "On production data the mean absolute error goes "
        f"{run.say_range('mae', 'self-rated health', two_digits)} by self-rated health and "
        f"{run.say_range('mae', 'sex', two_digits)} by sex. The groups in fair and poor health are the smallest, so "
        "their figures move the most by chance.",
        "limitations": "Data from the United States, decades old: insurance and medicine have changed since. Members "
        "of one family may be in different parts, and the model knows nothing about the supply of doctors.",
        "operational_requirements": "Sums are compared with the visits actually made once a quarter. Groups of fewer "
        "than one thousand person-years are not planned with it.",
    }


CARDS = {
    "form-digit-reader": form_digit_reader,
    "diabetes-progression": diabetes_progression,
    "rearrest-risk": rearrest_risk,
    "visit-demand": visit_demand,
}


def card(name: str, run: Run) -> dict[str, str]:
    sections = CARDS[name](run)
    return {section: sections[section] for section in SECTIONS}
