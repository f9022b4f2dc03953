"""Evaluations as pages: shown by purpose and group, attached by form and by file."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from registry import figures, uploads
from registry.actions import evaluations as evaluation_actions
from registry.models import Evaluation, Measurement, ModelVersion
from tests.builders import Cast, attach_evaluation, build_version
from tests.registry.pages import MOST_STATEMENTS, address, retire, signed_in
from tests.statements import statements

DIGEST = "ab" * 32


@pytest.fixture
def version(cast: Cast) -> ModelVersion:
    return build_version(cast)


def report_code_check(cast: Cast, version: ModelVersion, **changes: Any) -> None:
    findings = {
        "commit": "ab" * 20,
        "test_coverage": Decimal("87.5"),
        "tests_passed": 1204,
        "tests_failed": 0,
        "lint_findings": 2,
        "type_findings": 3,
        "review_url": "https://git.example.org/reviews/7",
    }
    evaluation_actions.report_code_check(version=version, by=cast.pipeline, **(findings | changes))


def sent(rows: list[dict[str, str]], total: int = 6, **changes: str) -> dict[str, str]:
    data = {
        "purpose": "staging",
        "note": "",
        "dataset_name": "holdout",
        "dataset_sha256": DIGEST,
        "dataset_row_count": "120",
        "figures-TOTAL_FORMS": str(total),
        "figures-INITIAL_FORMS": "0",
    } | changes
    for index in range(total):
        row = {"metric": "", "value": "", "group": "", "slice": "", "sample_size": ""}
        row |= rows[index] if index < len(rows) else {}
        data |= {f"figures-{index}-{name}": value for name, value in row.items()}
    return data


ACCURACY = {"metric": "accuracy", "value": "0.91", "sample_size": "120"}


def upload(client: Client, version: ModelVersion, content: Any, follow: bool = False) -> Any:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    file = SimpleUploadedFile("evaluation.json", text, content_type="application/json")
    return client.post(address("evaluation_upload", version), {"file": file}, follow=follow)


def whole(**changes: Any) -> dict[str, Any]:
    return {
        "purpose": "production",
        "dataset": {"name": "holdout", "sha256": DIGEST, "row_count": 10},
        "measurements": [{"metric": "accuracy", "value": "0.91"}],
    } | changes


class TestList:
    def test_without_one_the_shape_is_shown(self, cast: Cast, version: ModelVersion) -> None:
        text = signed_in(cast.author).get(address("evaluation_list", version)).content.decode()
        assert "No evaluation is attached" in text
        assert "&quot;measurements&quot;" in text
        assert "No code check is reported" in text
        assert address("evaluation_attach", version) in text
        assert address("evaluation_upload", version) in text

    def test_the_newest_of_a_purpose_stands_whole_and_older_ones_fold(self, cast: Cast, version: ModelVersion) -> None:
        older = attach_evaluation(cast, version, "staging", {"accuracy": "0.5"})
        newest = attach_evaluation(cast, version, "staging", {"accuracy": "0.95", "false_positive_rate": "0.1"})
        attach_evaluation(cast, version, "production")

        page = signed_in(cast.auditor).get(address("evaluation_list", version))
        production, staging = page.context["purposes"]
        assert (production.label, staging.label) == ("Production", "Staging")
        assert staging.newest == newest
        assert [old.evaluation for old in staging.older] == [older]
        assert page.context["not_evaluated"] == ["development"]
        text = page.content.decode()
        assert "1 older evaluation" in text
        assert "accuracy 0.500" in text
        assert "sha256:00000000…0002" in text
        assert "+0.020" in text
        assert "Widest gap: 0.020 between slices of sex" in text

    def test_the_worst_slice_is_marked_in_words(self, cast: Cast, version: ModelVersion) -> None:
        attach_evaluation(cast, version)
        text = signed_in(cast.auditor).get(address("evaluation_list", version)).content.decode()
        assert "Worst: sex male, 0.120" in text
        assert 'i-flag"/></svg>Worst</span>' in text

    def test_code_checks(self, cast: Cast, version: ModelVersion) -> None:
        report_code_check(cast, version, tests_failed=2)
        report_code_check(cast, version, test_coverage=Decimal("91"), commit="cd" * 20)

        page = signed_in(cast.technical).get(address("evaluation_list", version))
        text = page.content.decode()
        assert page.context["check"].commit == "cd" * 20
        assert "91 %" in text
        assert "All passed" in text
        assert 'href="https://git.example.org/reviews/7"' in text
        assert "1 204 passed, 2 failed" in text.replace("\u00a0", " ")

    @pytest.mark.parametrize(
        ("scan", "said"),
        [
            ({}, "not scanned"),
            ({"artifact_findings": 0, "artifact_scanner": "picklescan"}, "Nothing found</span> by picklescan"),
            ({"artifact_findings": 3, "artifact_scanner": "<b>scan"}, "found by &lt;b&gt;scan"),
        ],
    )
    def test_a_scan_of_the_file(self, cast: Cast, version: ModelVersion, scan: dict[str, Any], said: str) -> None:
        report_code_check(cast, version, **scan)
        text = signed_in(cast.technical).get(address("evaluation_list", version)).content.decode()
        assert said in text.replace("\u00a0", " ")

    def test_who_may_not_attach_sees_no_button(self, cast: Cast, version: ModelVersion) -> None:
        text = signed_in(cast.auditor).get(address("evaluation_list", version)).content.decode()
        assert address("evaluation_attach", version) not in text

    def test_a_stranger_sees_nothing(self, cast: Cast, version: ModelVersion) -> None:
        assert signed_in(cast.stranger).get(address("evaluation_list", version)).status_code == 403
        assert Client().get(address("evaluation_list", version)).status_code == 302

    def test_a_version_that_is_not_there(self, cast: Cast, version: ModelVersion) -> None:
        url = reverse("registry:evaluation_list", kwargs={"name": "nothing", "number": 1})
        assert signed_in(cast.author).get(url).status_code == 404

    def test_the_number_of_statements_does_not_grow(self, cast: Cast, version: ModelVersion) -> None:
        many = build_version(cast, model=version.model)
        for one, times in ((version, 2), (many, 60)):
            rows = [
                {"metric": "accuracy", "value": Decimal("0.9"), "group": "ward", "slice": f"ward {number}"}
                for number in range(times)
            ]
            attach_evaluation(cast, one, "production", measurements=rows)
            for number in range(times):
                figure = {"metric": "accuracy", "value": Decimal(number) / 100}
                attach_evaluation(cast, one, "staging", measurements=[figure])
                report_code_check(cast, one, tests_passed=number)
        client = signed_in(cast.author)

        few = statements(client, address("evaluation_list", version))
        assert statements(client, address("evaluation_list", many)) == few <= MOST_STATEMENTS
        shown = client.get(address("evaluation_list", many)).context["purposes"][1]
        assert len(shown.older) == 50


class TestForm:
    def test_six_empty_rows(self, cast: Cast, version: ModelVersion) -> None:
        page = signed_in(cast.author).get(address("evaluation_attach", version))
        assert page.status_code == 200
        assert len(page.context["rows"].forms) == 6
        assert "<script>" not in page.content.decode()

    def test_it_is_begun_with_what_is_asked_next_whichever_way_it_was_opened(self, cast: Cast) -> None:
        version = build_version(cast, "high")
        page = signed_in(cast.author).get(address("evaluation_attach", version))
        assert page.context["form"]["purpose"].value() == "staging"
        begun = [form["metric"].value() for form in page.context["rows"]]
        assert sorted(filter(None, begun)) == ["False positive rate", "ROC AUC", "Recall"]
        assert '<option value="Brier score"></option>' in page.content.decode()

    def test_it_says_which_rows_by_group_are_needed(self, cast: Cast, version: ModelVersion) -> None:
        needed = "False positive rate: gap between groups needs a row for each group"
        client = signed_in(cast.author)
        high = client.get(address("evaluation_attach", build_version(cast, "high"))).content.decode()
        assert f"{needed}, at least two. It is asked for staging and production." in high
        assert needed not in client.get(address("evaluation_attach", version)).content.decode()

    def test_a_metric_that_nobody_knows_is_kept_and_said(self, cast: Cast, version: ModelVersion) -> None:
        url, client = address("evaluation_attach", version), signed_in(cast.author)
        odd = client.post(url, sent([ACCURACY, {"metric": "Auc", "value": "0.8"}]), follow=True).content.decode()
        assert "“Auc” is no metric that Gatehouse knows; it is kept as you wrote it." in odd
        assert Measurement.objects.filter(metric="auc").exists()
        known = client.post(url, sent([{"metric": "ROC AUC", "value": "0.8"}]), follow=True).content.decode()
        assert "no metric that Gatehouse knows" not in known

    def test_what_was_typed_is_attached_and_rows_without_a_figure_are_left_out(
        self, cast: Cast, version: ModelVersion
    ) -> None:
        begun = {"metric": "ROC AUC"}
        rows = [ACCURACY, {}, begun, {"metric": "accuracy", "value": "0.5", "group": "sex", "slice": "female"}]

        answer = signed_in(cast.author).post(
            address("evaluation_attach", version),
            sent(rows, note="Second run.", dataset_sha256=f" sha256:{DIGEST.upper()}"),
            follow=True,
        )
        evaluation = Evaluation.objects.get(version=version)
        assert answer.redirect_chain == [(address("evaluation_list", version), 302)]
        assert f"Attached {evaluation} for staging: 2 figures." in answer.content.decode()
        assert (evaluation.source, evaluation.note, evaluation.attached_by) == ("form", "Second run.", cast.author)
        assert (evaluation.dataset.sha256, evaluation.dataset.row_count) == (DIGEST, 120)
        found = {str(row): (row.value, row.sample_size) for row in evaluation.measurements.all()}
        assert found == {
            "accuracy 0.91": (Decimal("0.91"), 120),
            "accuracy (sex female) 0.5": (Decimal("0.5"), None),
        }

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"purpose": ""}, "purpose"),
            ({"purpose": "testing"}, "purpose"),
            ({"dataset_name": ""}, "dataset_name"),
            ({"dataset_sha256": "abc"}, "dataset_sha256"),
            ({"dataset_row_count": "-1"}, "dataset_row_count"),
            ({"note": "a\x00b"}, "note"),
        ],
    )
    def test_wrong_input_is_said_beside_its_field(
        self, cast: Cast, version: ModelVersion, changes: dict[str, str], field: str
    ) -> None:
        answer = signed_in(cast.author).post(address("evaluation_attach", version), sent([ACCURACY], **changes))

        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [field]
        assert 'value="0.91"' in answer.content.decode()
        assert not Evaluation.objects.exists()

    @pytest.mark.parametrize(
        ("row", "field"),
        [
            ({"value": ""}, "value"),
            ({"value": "NaN"}, "value"),
            ({"value": "0,91"}, "value"),
            ({"value": "0.1234567"}, "value"),
            ({"value": "1234567890"}, "value"),
            ({"metric": ""}, "metric"),
            ({"group": "sex"}, "slice"),
            ({"slice": "female"}, "group"),
            ({"sample_size": "-1"}, "sample_size"),
            ({"sample_size": "1.5"}, "sample_size"),
        ],
    )
    def test_a_wrong_row_is_said_beside_its_field(
        self, cast: Cast, version: ModelVersion, row: dict[str, str], field: str
    ) -> None:
        answer = signed_in(cast.author).post(address("evaluation_attach", version), sent([{}, ACCURACY | row]))

        assert answer.status_code == 422
        assert list(answer.context["rows"].forms[1].errors) == [field]
        assert "in row 2" in answer.content.decode()
        assert not Evaluation.objects.exists()

    @pytest.mark.parametrize(
        ("rows", "words"), [([], "There is no figure in it."), ([ACCURACY, ACCURACY], "accuracy is given twice.")]
    )
    def test_what_the_rules_refuse_is_said(
        self, cast: Cast, version: ModelVersion, rows: list[dict[str, str]], words: str
    ) -> None:
        answer = signed_in(cast.author).post(address("evaluation_attach", version), sent(rows))

        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert not Evaluation.objects.exists()

    def test_more_rows_without_scripts_and_without_losing_a_word(self, cast: Cast, version: ModelVersion) -> None:
        client = signed_in(cast.author)

        page = client.post(address("evaluation_attach", version), sent([ACCURACY, {"value": "x"}], more_rows="1"))
        assert page.status_code == 200
        assert len(page.context["rows"].forms) == 12
        text = page.content.decode()
        assert 'value="0.91"' in text
        assert 'value="x"' in text
        assert "Not saved" not in text

        again = sent([ACCURACY], total=12) | {"figures-INITIAL_FORMS": "6"}
        assert client.post(address("evaluation_attach", version), again).status_code == 302
        assert Measurement.objects.count() == 1

    @pytest.mark.parametrize("total", ["", "x", "-1", "100000"])
    def test_a_broken_count_of_rows_is_refused(self, cast: Cast, version: ModelVersion, total: str) -> None:
        data = sent([ACCURACY]) | {"figures-TOTAL_FORMS": total}

        assert signed_in(cast.author).post(address("evaluation_attach", version), data).status_code == 422
        more = signed_in(cast.author).post(address("evaluation_attach", version), data | {"more_rows": "1"})
        assert more.status_code == 200
        assert not Evaluation.objects.exists()


class TestUpload:
    def test_a_file_is_attached(self, cast: Cast, version: ModelVersion) -> None:
        client = signed_in(cast.author)
        assert client.get(address("evaluation_upload", version)).status_code == 200

        answer = upload(client, version, uploads.EXAMPLE.encode(), follow=True)
        evaluation = Evaluation.objects.get(version=version)
        assert answer.redirect_chain == [(address("evaluation_list", version), 302)]
        assert (evaluation.source, evaluation.purpose) == ("upload", "staging")
        assert sorted(row.value for row in evaluation.measurements.all()) == [Decimal("0.88"), Decimal("0.91")]

    def test_everything_wrong_is_said_with_its_place(self, cast: Cast, version: ModelVersion) -> None:
        rows = [{"metric": "accuracy", "value": "0.1234567"}, {"metric": "two words", "value": 1}]
        answer = upload(signed_in(cast.author), version, whole(purpose="testing", measurements=rows))

        text = answer.content.decode()
        assert answer.status_code == 422
        for place in ("purpose: ", "measurements[0].value: ", "measurements[1].metric takes letters"):
            assert place in text
        assert not Evaluation.objects.exists()

    @pytest.mark.parametrize("content", [b"", b"\xff", b"{", b"[" * 10_000, b" " * 1_000_001, b"null"])
    def test_a_file_that_is_not_ours_is_refused(self, cast: Cast, version: ModelVersion, content: bytes) -> None:
        answer = upload(signed_in(cast.author), version, content)

        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == ["file"]

    def test_what_the_rules_refuse_is_said(self, cast: Cast, version: ModelVersion) -> None:
        answer = upload(signed_in(cast.author), version, whole(measurements=[]))

        assert answer.status_code == 422
        assert "There is no figure in it." in answer.content.decode()

    def test_no_file(self, cast: Cast, version: ModelVersion) -> None:
        assert signed_in(cast.author).post(address("evaluation_upload", version)).status_code == 422


class TestRefusals:
    @pytest.mark.parametrize("who", ["auditor", "technical", "release", "admin", "stranger"])
    def test_who_does_not_belong_to_the_team(self, cast: Cast, version: ModelVersion, who: str) -> None:
        client = signed_in(getattr(cast, who))

        for page in ("evaluation_attach", "evaluation_upload"):
            assert client.get(address(page, version)).status_code == 403
        assert client.post(address("evaluation_attach", version), sent([ACCURACY])).status_code == 403
        assert client.post(address("evaluation_attach", version), {}).status_code == 403
        assert upload(client, version, whole()).status_code == 403
        assert not Evaluation.objects.exists()

    def test_a_retired_version(self, cast: Cast, version: ModelVersion) -> None:
        retire(cast, version)
        client = signed_in(cast.author)

        assert 'aria-disabled="true"' in client.get(address("evaluation_list", version)).content.decode()
        for page in ("evaluation_attach", "evaluation_upload"):
            text = client.get(address(page, version)).content.decode()
            assert "nothing about it changes any more" in text
            assert "Attach the evaluation</button>" not in text
        assert client.post(address("evaluation_attach", version), sent([ACCURACY])).status_code == 422
        assert upload(client, version, whole()).status_code == 422
        assert not Evaluation.objects.exists()

    def test_only_get_and_post(self, cast: Cast, version: ModelVersion) -> None:
        client = signed_in(cast.author)

        assert client.post(address("evaluation_list", version)).status_code == 405
        assert client.delete(address("evaluation_attach", version)).status_code == 405
        assert client.put(address("evaluation_upload", version)).status_code == 405


def measured(metric: str, value: str, group: str = "", slice_: str = "") -> Measurement:
    return Measurement(metric=metric, value=Decimal(value), group=group, slice=slice_)


class TestFigures:
    @pytest.mark.parametrize(
        ("metric", "marks"),
        [
            ("accuracy", {"a": "Worst", "b": "", "c": ""}),
            ("mae", {"a": "", "b": "", "c": "Worst"}),
            ("our_own", {"a": "", "b": "", "c": "Furthest"}),
        ],
    )
    def test_the_worst_slice_depends_on_what_is_better(self, metric: str, marks: dict[str, str]) -> None:
        rows = [measured(metric, "0.50")]
        rows += [measured(metric, value, "g", name) for name, value in (("a", "0.4"), ("b", "0.5"), ("c", "0.625"))]

        (found,) = figures.by_metric(rows)
        (group,) = found.groups
        assert {row.slice: row.mark for row in group.slices} == marks
        assert [row.difference for row in group.slices] == [Decimal("-0.1"), 0, Decimal("0.125")]
        assert [row.sign for row in group.slices] == ["", "", "+"]
        assert group.gap == Decimal("0.225")

    def test_slices_that_are_alike_are_not_marked(self) -> None:
        (found,) = figures.by_metric([measured("accuracy", "0.5", "g", name) for name in "ab"])

        assert [row.mark for row in found.groups[0].slices] == ["", ""]
        assert found.overall is None
        assert [row.difference for row in found.groups[0].slices] == [None, None]

    def test_two_that_are_equally_bad_are_both_marked(self) -> None:
        values = (("a", "0.4"), ("b", "0.4"), ("c", "0.9"))
        (found,) = figures.by_metric([measured("recall", value, "g", name) for name, value in values])

        assert [row.mark for row in found.groups[0].slices] == ["Worst", "Worst", ""]

    @pytest.mark.parametrize(
        ("metric", "worst"), [("recall", ("Worst", "age band old")), ("mae", ("Worst", "sex female, sex male"))]
    )
    def test_the_worst_of_all_groups_is_named_for_each_metric(self, metric: str, worst: tuple[str, str]) -> None:
        rows = [measured(metric, "0.6")]
        rows += [measured(metric, "0.4", "age_band", "old"), measured(metric, "0.5", "age_band", "young")]
        rows += [measured(metric, value, "sex", name) for name, value in (("female", "0.9"), ("male", "0.9"))]
        rows += [measured(metric, "0.7", "sex", "other")]

        (found,) = figures.by_metric(rows)
        assert (found.worst.mark, found.worst.where) == worst

    def test_of_many_that_are_alike_some_are_named_and_the_others_counted(self) -> None:
        rows = [measured("recall", "0.4", "ward", name) for name in "abcd"] + [measured("recall", "0.5", "ward", "e")]

        (found,) = figures.by_metric(rows)
        assert found.worst.where == "ward a, ward b and 2 more"

    def test_nothing_is_worst_where_nothing_can_be_compared(self) -> None:
        (found,) = figures.by_metric([measured("recall", "0.4"), measured("recall", "0.4", "sex", "female")])

        assert found.worst is None

    @pytest.mark.parametrize(
        ("value", "bound", "shown"),
        [
            ("0.418803", None, "0.419"),
            ("0.5", None, "0.500"),
            ("47.315", None, "47.315"),
            ("1200", None, "1200"),
            ("1", None, "1.000"),
            ("0", None, "0.000"),
            ("-0.1", None, "-0.100"),
            ("0.0004", None, "0.0004"),
            ("0.000012", None, "0.00001"),
            ("0.699999", "0.7", "0.699999"),
            ("0.69951", "0.7", "0.6995"),
            ("0.7", "0.7", "0.700"),
            ("0.30004", "0.3", "0.30004"),
            ("0.418803", "0.3", "0.419"),
            ("123456789.123456", None, "123456789.123"),
        ],
    )
    def test_a_figure_is_said_with_three_decimals_and_on_its_side_of_the_bound(
        self, value: str, bound: str | None, shown: str
    ) -> None:
        assert f"{figures.readable(Decimal(value), Decimal(bound) if bound else None):f}" == shown
