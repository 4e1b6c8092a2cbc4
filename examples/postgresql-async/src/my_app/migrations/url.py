# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""The URL of a PostgreSQL server as its provider prints it, for asyncpg."""

import re
from typing import Any
from urllib.parse import urlencode

import sqlalchemy.ext.asyncio
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine

__all__ = ["create_async_engine", "make_url"]

# libpq's user:password@first:5432,second:5432/database?parameters
HOSTS = re.compile(r"(\w[\w+]*://(?:[^@/?]*@)?)([^@/?]+,[^@/?]+)([/?][^@]*)?")
HOST = re.compile(r"(\[[^]]+\]|[^:]*)(?::(\d+))?")

# What asyncpg takes as an argument. All else is libpq's, which it knows in a DSN alone.
ARGUMENTS = {"command_timeout", "prepared_statement_cache_size", "ssl"}


def make_url(url: URL | str) -> URL:
    """Do what SQLAlchemy's function does, with a list of hosts too."""
    several = HOSTS.fullmatch(url) if isinstance(url, str) else None
    hosts = [HOST.fullmatch(host) for host in several[2].split(",")] if several else []
    if not several or None in hosts:
        return sqlalchemy.make_url(url)
    return sqlalchemy.make_url(several[1] + (several[3] or "")).update_query_dict(
        {
            "host": ",".join(host[1].strip("[]") for host in hosts if host),
            "port": ",".join(host[2] or "5432" for host in hosts if host),
        }
    )


def create_async_engine(url: URL, **options: Any) -> AsyncEngine:
    """Do what SQLAlchemy's function does, with libpq's parameters in the URL too."""
    if url.drivername == "postgresql+asyncpg":
        url, arguments = for_asyncpg(url)
        options["connect_args"] = arguments | options.get("connect_args", {})
    return sqlalchemy.ext.asyncio.create_async_engine(url, **options)


def for_asyncpg(url: URL) -> tuple[URL, dict[str, Any]]:
    """Return the URL without libpq's parameters, and asyncpg's arguments for them."""
    query = {
        name: value if isinstance(value, str) else ",".join(value)
        for name, value in url.query.items()
    }
    if query.pop("channel_binding", "") == "require":
        raise ValueError(
            "asyncpg can't require channel_binding: write "
            "sslmode=verify-full&sslrootcert=system in its place"
        )
    arguments: dict[str, Any] = {}
    if timeout := query.pop("connect_timeout", ""):
        arguments["timeout"] = float(timeout) or None
    if query.get("sslrootcert") == "system":
        arguments["ssl"] = True  # verify-full, with the system's certificates
    libpq = {name: query.pop(name) for name in {*query} - ARGUMENTS}
    if libpq:
        arguments["dsn"] = f"postgresql://?{urlencode(libpq)}"
    return url.set(query=query), arguments
