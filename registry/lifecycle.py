"""The registry's workflow as a table: a use case is proposed, then approved or rejected."""

from audit.verbs import Verb

USE_CASE = (
    Verb(
        noun="use_case",
        name="propose",
        sources=(),
        target="proposed",
        event="registry.use_case.proposed",
        button="Propose use case",
        url_name="registry:use_case_propose",
        action="registry.actions.use_cases.propose",
        permission="registry.propose_use_case",
    ),
    Verb(
        noun="use_case",
        name="approve",
        sources=("proposed",),
        target="approved",
        event="registry.use_case.approved",
        button="Approve use case",
        url_name="registry:use_case_approve",
        action="registry.actions.use_cases.approve",
        permission="registry.decide_use_case",
    ),
    Verb(
        noun="use_case",
        name="reject",
        sources=("proposed",),
        target="rejected",
        event="registry.use_case.rejected",
        button="Reject use case",
        url_name="registry:use_case_reject",
        action="registry.actions.use_cases.reject",
        permission="registry.decide_use_case",
    ),
)


def use_case_verb(name: str) -> Verb:
    return next(verb for verb in USE_CASE if verb.name == name)
