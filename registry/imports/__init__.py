"""Inventories from elsewhere: a reader for each source, all giving the same candidates, and a planner that says what
would become of each. Readers and planner are pure; what changes rows is `registry.actions.imports`.
"""
