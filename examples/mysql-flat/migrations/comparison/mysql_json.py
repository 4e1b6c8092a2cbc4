# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which columns of MariaDB are JSON: it keeps text, and a CHECK of the column."""

import re

from sqlalchemy import Connection


def json_columns(connection: Connection, quoted_table: str) -> frozenset[str]:
    """Return the names of columns that take JSON alone."""
    _, created = connection.exec_driver_sql(f"SHOW CREATE TABLE {quoted_table}").one()
    checked = r"^ *`(.+?)` longtext .* CHECK \(json_valid\(`\1`\)\)"
    names = re.findall(checked, created, re.MULTILINE)
    return frozenset(name.replace("``", "`") for name in names)
