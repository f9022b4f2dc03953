"""The cache on Redis, which goes on in this process's memory while Redis is gone.

What stands in it counts attempts to sign in and codes already used. Refusing everybody while Redis is gone would let a
broken cache lock the house; counting nothing would open it to guessing. So each process counts for itself meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

from audit.silence import Silence

log = logging.getLogger(__name__)


def _or_meanwhile(verb: str) -> Callable[..., Any]:
    def answered(cache: SteadyRedisCache, *args: Any, **kwargs: Any) -> Any:
        if not cache.silence.lasts():
            try:
                return getattr(RedisCache, verb)(cache, *args, **kwargs)
            except RedisError as error:
                cache.silence.begin()
                log.warning("The cache does not answer; this process counts for itself meanwhile. %r", error)
        return getattr(cache.meanwhile, verb)(*args, **kwargs)

    return answered


class SteadyRedisCache(RedisCache):
    silence = Silence()

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.meanwhile = LocMemCache("while-redis-is-gone", {})

    add = _or_meanwhile("add")
    get = _or_meanwhile("get")
    set = _or_meanwhile("set")
    touch = _or_meanwhile("touch")
    delete = _or_meanwhile("delete")
    has_key = _or_meanwhile("has_key")
    incr = _or_meanwhile("incr")
    get_many = _or_meanwhile("get_many")
    set_many = _or_meanwhile("set_many")
    delete_many = _or_meanwhile("delete_many")
    clear = _or_meanwhile("clear")
