"""The table, subject by subject; importing them fills it."""

from tests.abuse.cases import database, deciding, deploying, evidence, policies, requests, rights, risk

SUBJECTS = (deciding, rights, policies, risk, evidence, deploying, requests, database)
