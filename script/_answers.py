"""Exits with 0 when the PostgreSQL or Redis at an address answers and lets tests work there, else with 1."""

import sys

import psycopg
import redis


def _postgresql(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            asked = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            return connection.execute(asked).fetchone() == (True,)
    except psycopg.Error:
        return False


def _redis(url: str) -> bool:
    try:
        return redis.Redis.from_url(url, socket_connect_timeout=3, socket_timeout=3).ping()
    except redis.RedisError:
        return False


if __name__ == "__main__":
    address = sys.argv[1]
    sys.exit(not (_redis if address.startswith("redis") else _postgresql)(address))
