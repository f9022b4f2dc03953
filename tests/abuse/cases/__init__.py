"""The table, subject by subject; importing them fills it."""

from tests.abuse.cases import database, deciding, deploying, evidence, policies, requests, rights

SUBJECTS = (deciding, rights, policies, evidence, deploying, requests, database)
