# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""The URL of a PostgreSQL server as its provider prints it, for psycopg."""

import re

import sqlalchemy
from sqlalchemy import URL, create_engine

__all__ = ["create_engine", "make_url"]

# libpq's user:password@first:5432,second:5432/database?parameters
HOSTS = re.compile(r"(\w[\w+]*://(?:[^@/?]*@)?)([^@/?]+,[^@/?]+)([/?][^@]*)?")
HOST = re.compile(r"(\[[^]]+\]|[^:]*)(?::(\d+))?")


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
