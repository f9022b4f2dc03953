"""The table, subject by subject; importing them fills it."""

from tests.abuse.cases import comments, database, deciding, deploying, evidence, policies, requests, rights, risk

SUBJECTS = (deciding, comments, rights, policies, risk, evidence, deploying, requests, database)
