"""Measuring: a portfolio of any size, and how long pages, the API and a start take. README.md says how to run it."""
