"""The database: the models' base class, the engine and its sessions."""

import os
from functools import cache

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import DeclarativeBase

from my_app.migrations.url import create_async_engine, make_url


class Base(DeclarativeBase):
    """The models' base class. It names constraints: a migration can drop them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


@cache
def engine() -> AsyncEngine:
    """Create the engine on its first use: importing the models needs no database."""
    url = make_url(os.environ["DATABASE_URL"])
    return create_async_engine(url.set(drivername="postgresql+asyncpg"))


def session() -> AsyncSession:
    """Open a session, to be used as a context manager."""
    return AsyncSession(engine())
