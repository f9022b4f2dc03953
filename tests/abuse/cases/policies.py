"""Making the policy easier instead of meeting it."""

from __future__ import annotations

from dataclasses import replace

from approvals.actions import policies as actions
from approvals.actions import reviews
from approvals.facts import person_named
from approvals.models import PolicyDraft
from registry.actions import people
from registry.models import Person, RiskTier
from tests import builders, policies
from tests.abuse.doors import page, sql
from tests.abuse.grounds import also, asked, deciding, deploying, with_first_stage
from tests.abuse.table import Attempt, abuse
from tests.builders import Cast


def naming(cast: Cast, person: Person) -> None:
    """The technical stage of low risk is decided by this person from now on."""
    with_first_stage(cast, "low", deciders=(("", person_named(person.pk)),))


def moving(draft: PolicyDraft, verb: str, by: Person, seen: str = "") -> Attempt:
    act, seen = getattr(actions, verb), seen or policies.seen(draft)
    said = {"reason": "Let it be."} if verb in ("publish", "hand_back") else {}
    return Attempt(
        draft,
        verb,
        by,
        {
            "page": page(by, f"approvals:policy_{verb}", draft.pk, seen=seen, **said),
            "code": lambda: act(draft=draft, seen=seen, by=by, **said),
        },
    )


@abuse(
    "Relaxing the policy while a review is open",
    who="an administrator and a second person, then a release manager",
    held_by="a review is held to the policy of its submission and to today's, united",
    page="422 business-approval, logged",
    REST="409 business-approval, logged",
    code="business-approval, logged",
)
def relaxed(cast: Cast) -> Attempt:
    review = asked(cast, "medium")
    policies.published(cast, "medium", stages=policies.terms_of("medium").stages[:1])
    builders.approve_stage(cast, review, "technical")
    builders.deploy(cast, review.version, "staging")
    return deploying(cast, review.version, "production")


@abuse(
    "Exchanging those who decide while they do",
    who="an administrator and a second person, then whom they name instead",
    held_by="`StageFact.united`: a review under way keeps the names that it was submitted with",
    page="422 not-named, logged",
    code="not-named, logged",
)
def judges_exchanged(cast: Cast) -> Attempt:
    other = builders.build_person("other", "technical-reviewer")
    naming(cast, cast.technical)
    review = asked(cast)
    naming(cast, other)
    return deciding(review, "technical", other)


@abuse(
    "Keeping a draft of a review, to be judged by those of an older policy",
    who="an author who began it before others were named, then one of those of before",
    held_by="a review is asked under the policy of the moment in which it is submitted",
    page="422 not-named, logged",
    code="not-named, logged",
)
def old_draft(cast: Cast) -> Attempt:
    draft = reviews.open_draft(version=builders.ready_version(cast), by=cast.author)
    naming(cast, builders.build_person("other", "technical-reviewer"))
    return deciding(reviews.submit(review=draft, by=cast.author), "technical", cast.technical)


@abuse(
    "Publishing that one decides oneself",
    who="a compliance reviewer whom the draft names",
    held_by="`rules.against_publishing`: nobody publishes their own naming",
    page="422 own-naming, logged",
    code="own-naming, logged",
)
def own_naming(cast: Cast) -> Attempt:
    stages = policies.terms_of("high").stages
    named = (("", person_named(cast.compliance.pk)),)
    named_there = tuple(replace(each, deciders=named) if each.stage == "compliance" else each for each in stages)
    return moving(policies.proposed(cast, "high", stages=named_there), "publish", cast.compliance)


@abuse(
    "Deciding what the policy names others for",
    who="a reviewer with the right",
    held_by="`rules.against_decider`: of those with the right only who is named decides",
    page="422 not-named, logged",
    code="not-named, logged",
)
def not_named(cast: Cast) -> Attempt:
    naming(cast, builders.build_person("other", "technical-reviewer"))
    return deciding(asked(cast), "technical", cast.technical)


@abuse(
    "Being named to decide instead of being given the right",
    who="somebody whom a policy names, whose right was taken away since",
    held_by="`rules.against_decider`: naming gives no right",
    page="422 no-right, logged",
    code="no-right, logged",
)
def named_only(cast: Cast) -> Attempt:
    named = also(cast, builders.build_person("named", "business-reviewer"), "technical-reviewer")
    naming(cast, named)
    people.revoke_role(person=named, role="technical-reviewer", decides="technical", by=cast.admin)
    return deciding(asked(cast), "technical", named)


@abuse(
    "Naming somebody without the right as the only one to decide, so that nothing is ever decided",
    who="the administrator who wrote it",
    held_by="`rules.against_asking_in_vain`: those who are named hold the right when it is proposed and published",
    page="302 refused named-in-vain, logged",
    code="named-in-vain, logged",
)
def named_in_vain(cast: Cast) -> Attempt:
    first, *others = policies.terms_of("low").stages
    first = replace(first, deciders=(("", person_named(cast.business.pk)),))
    return moving(policies.written(cast, "low", stages=(first, *others)), "propose", cast.admin)


@abuse(
    "Asking for more people than hold the right, so that nothing is ever decided",
    who="the administrator who wrote it",
    held_by="`rules.against_asking_in_vain`: so many people hold the right when it is proposed and published",
    page="302 refused too-few-hold, logged",
    code="too-few-hold, logged",
)
def asked_in_vain(cast: Cast) -> Attempt:
    first, *others = policies.terms_of("low").stages
    return moving(policies.written(cast, "low", stages=(replace(first, quorum=2), *others)), "propose", cast.admin)


@abuse(
    "Publishing a policy that one wrote",
    who="the administrator who drafted it",
    held_by="`rules.against_publishing`: everybody who ever wrote in the draft",
    page="422 own-draft, logged",
    code="own-draft, logged",
)
def own_draft(cast: Cast) -> Attempt:
    return moving(policies.proposed(cast), "publish", cast.admin)


@abuse(
    "Making somebody publisher, to have one's own draft published",
    who="somebody whom the author of the draft made compliance reviewer for it",
    held_by="`registry.rules.against_chosen`: a role given since the draft was begun takes a second administrator",
    page="422 role-from-party, logged",
    code="role-from-party, logged",
)
def publisher_for_it(cast: Cast) -> Attempt:
    draft = policies.proposed(cast)
    return moving(draft, "publish", also(cast, builders.build_person("puppet", ""), "compliance-reviewer"))


@abuse(
    "Publishing a policy that one wrote, as a superuser",
    who="the superuser who drafted it",
    held_by="`rules.against_publishing`, where a superuser is no exception",
    page="422 own-draft, logged",
    code="own-draft, logged",
)
def own_draft_of_superuser(cast: Cast) -> Attempt:
    draft = actions.draft(tier=RiskTier.objects.get(slug="low"), by=cast.superuser)
    wanted = policies.wanted(draft, review_cadence_days=3650)
    draft = actions.revise(draft=draft, wanted=wanted, reason="Less.", seen=policies.seen(draft), by=cast.superuser)
    draft = actions.propose(draft=draft, seen=policies.seen(draft), by=cast.superuser)
    return moving(draft, "publish", cast.superuser)


@abuse(
    "Rewriting a draft once it is proposed",
    who="its author",
    held_by="`rules.against_moving_draft`",
    page="422 wrong-state, logged",
    code="wrong-state, logged",
)
def rewritten(cast: Cast) -> Attempt:
    draft = policies.proposed(cast)
    seen, wanted = policies.seen(draft), policies.wanted(draft, review_cadence_days=3650)
    sent = policies.body_of(draft, review_cadence_days="3650")
    return Attempt(
        draft,
        "revise",
        cast.admin,
        {
            "page": page(cast.admin, "approvals:policy_revise", draft.pk, **sent),
            "code": lambda: actions.revise(draft=draft, wanted=wanted, reason="Less.", seen=seen, by=cast.admin),
        },
    )


@abuse(
    "Exchanging a draft between reading and publishing",
    who="its author, who hands it back to themselves meanwhile",
    held_by="`rules.against_overwriting`: published is what was seen",
    page="422 stale-form, logged",
    code="stale-form, logged",
)
def exchanged(cast: Cast) -> Attempt:
    draft = policies.proposed(cast)
    read = policies.seen(draft)
    draft = actions.hand_back(draft=draft, seen=read, reason="Wait.", by=cast.admin)
    wanted = policies.wanted(draft, review_cadence_days=3650)
    draft = actions.revise(draft=draft, wanted=wanted, reason="Less.", seen=policies.seen(draft), by=cast.admin)
    draft = actions.propose(draft=draft, seen=policies.seen(draft), by=cast.admin)
    return moving(draft, "publish", cast.compliance, seen=read)


@abuse(
    "Publishing what nobody has proposed",
    who="a compliance reviewer",
    held_by="`rules.against_moving_draft`",
    page="422 wrong-state, logged",
    code="wrong-state, logged",
)
def not_proposed(cast: Cast) -> Attempt:
    return moving(policies.written(cast), "publish", cast.compliance)


@abuse(
    "Proposing a policy without managing them",
    who="a data scientist",
    held_by="the right to change policies",
    page="403",
    code="permission-denied, logged",
)
def not_an_administrator(cast: Cast) -> Attempt:
    return moving(policies.written(cast), "propose", cast.author)


@abuse(
    "Lowering a threshold in the database",
    who="somebody with the code or the database",
    held_by="published policies are governed rows",
    code="refused where it is written",
    database="found by --deep",
)
def threshold_lowered(cast: Cast) -> Attempt:
    threshold = RiskTier.objects.get(slug="low").policies.get().thresholds.first()

    def save() -> None:
        threshold.limit = 0
        threshold.save()

    statement = 'UPDATE approvals_threshold SET "limit" = 0.000001 WHERE id = %s'
    return Attempt(threshold, "change", cast.admin, {"code": save, "database": sql(statement, threshold.pk)})
