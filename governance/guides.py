"""The guides of the roles, one page of docs/ each, and where the work of a role begins in the portal."""

from __future__ import annotations

from dataclasses import dataclass

from governance.roles import Role


@dataclass(frozen=True)
class Guide:
    """`file` in docs/; `begins` are the words and the URL name of the page where the day begins."""

    title: str
    file: str
    roles: tuple[str, ...]
    begins: tuple[str, str]

    @property
    def slug(self) -> str:
        """In the address of its page: for-data-scientists.md is data-scientists."""
        return self.file.removeprefix("for-").removesuffix(".md")


GUIDES = (
    Guide("For data scientists", "for-data-scientists.md", ("author",), ("My work", "governance:home")),
    Guide(
        "For reviewers",
        "for-reviewers.md",
        ("technical-reviewer", "business-reviewer", "compliance-reviewer", "release-manager"),
        ("Reviews", "approvals:review_list"),
    ),
    Guide("For administrators", "for-administrators.md", ("admin",), ("People", "governance:person_list")),
    Guide("For auditors", "for-auditors.md", ("auditor",), ("Ledger", "audit:event_list")),
    Guide("For pipelines", "for-pipelines.md", ("pipeline",), ("API tokens", "governance:own_token_list")),
)
#: Read by people of any role, beside the guide of their own.
SUBJECTS = (Guide("Checking evidence", "evidence.md", (), ("Ledger", "audit:event_list")),)
EVERY = (*GUIDES, *SUBJECTS)


def guide_of(role: Role) -> Guide:
    return next(guide for guide in GUIDES if role.slug in guide.roles)


def guide_named(slug: str) -> Guide | None:
    return next((guide for guide in EVERY if guide.slug == slug), None)
