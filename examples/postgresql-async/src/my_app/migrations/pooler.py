# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""One migration at a time through a pooler such as PgBouncer.

It gives each transaction another of its connections to the server. So a second one of
ours holds the lock, in a transaction that stays open as long as pooler and server let
it. Nothing runs without it: each transaction takes one more lock, for itself, and asks
for the first, as does each statement of an autocommit_block().
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, cast

from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import SQLAlchemyError

DIRECT = "with MIGRATIONS_DATABASE_URL set to the server itself"
NO_ROOM = (
    "Through a pooler a migration needs two connections to the server, one of them for "
    f"the lock, and there was no second: make room in the pool, or migrate {DIRECT}"
)
LOST = (
    "The server or the pooler ended the connection that held the lock, and another "
    "process may migrate: what was committed stands; run the command again, better "
    f"{DIRECT}"
)


@contextmanager
def held_beside(migration: MigrationContext, lock: Any) -> Iterator[None]:
    """Hold the lock on a second connection."""
    connection = cast("Connection", migration.connection)
    with ExitStack() as stack:
        holder = Holder(migration, lock, stack)
        holder.start()
        event.listen(connection, "begin", holder.before_transaction)
        stack.callback(event.remove, connection, "begin", holder.before_transaction)
        statement = "before_cursor_execute", holder.before_statement
        event.listen(connection, *statement, retval=True)
        stack.callback(event.remove, connection, *statement)
        migration.on_version_apply_callbacks += (holder.after_revision,)
        yield


class Holder:
    """The connection that holds the lock, or the next one when that was ended."""

    def __init__(
        self, migration: MigrationContext, lock: Any, stack: ExitStack
    ) -> None:
        """Hold nothing yet."""
        self.migration, self.lock, self.stack = migration, lock, stack
        self.connection = cast("Connection", migration.connection)
        self.second = self.connect()
        self.held = "false"
        self.heads: set[str] = set()

    def connect(self) -> Connection:
        """Connect beside the engine's own pool, which may have room for one."""
        engine = self.connection.engine
        own = Engine(engine.pool.recreate(), engine.dialect, engine.url)
        try:
            second = own.connect()
        except Exception as error:
            raise CommandError(NO_ROOM) from error
        self.stack.callback(own.dispose)
        self.stack.callback(close, second)
        # Also on an engine that begins none, or one that keeps a snapshot, for which
        # CREATE INDEX CONCURRENTLY would wait.
        begin = "BEGIN ISOLATION LEVEL READ COMMITTED"
        event.listen(second, "begin", lambda _: second.exec_driver_sql(begin))
        return second

    def start(self) -> None:
        """Take the lock, and see that there is room for two connections."""
        # Without room, the question on ours waits until the server ends the other.
        ends = "set_config('idle_in_transaction_session_timeout', '10s', true) > ''"
        take, alone = f"{self.lock.take} AND {ends}", self.lock.alone
        try:
            self.lock.ask((self.second, take), (self.connection, alone))
            self.keep()
        except SQLAlchemyError as error:
            raise CommandError(NO_ROOM) from error
        self.heads = {*self.migration.get_current_heads()}
        self.connection.rollback()

    def start_again(self) -> None:
        """Take the lock again, unless another process has had it since."""
        self.second = self.connect()
        lock = self.lock._replace(limit=5)
        try:
            lock.ask((self.second, lock.take), (self.connection, lock.alone))
        except CommandError as error:
            raise CommandError(LOST) from error
        self.keep()
        if self.heads != {*self.migration.get_current_heads()}:
            raise CommandError(LOST)

    def keep(self) -> None:
        """Note what is true as long as the lock is held, and keep it."""
        pid = self.second.scalar(text("SELECT pg_backend_pid()"))
        self.held = (
            "EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory'"
            f" AND objid = {self.lock.key} AND pid = {pid})"
        )
        self.keep_alive()

    def keep_alive(self) -> None:
        """Have the pooler see a statement, and the server not end the transaction.

        It is no SELECT, for which CREATE INDEX CONCURRENTLY would wait.
        """
        self.second.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))

    def before_transaction(self, _: Connection) -> None:
        """Take the transaction's own lock, for which the next process waits."""
        if not in_autocommit(self.connection):
            own = f"pg_try_advisory_xact_lock({~self.lock.key})"
            query = f"SELECT CASE WHEN {own} THEN {self.held} END"
            if not self.lock.ask((self.connection, query)):
                self.start_again()

    def before_statement(
        self, connection: Connection, _: Any, statement: str, parameters: Any, *__: Any
    ) -> tuple[str, Any]:
        """Show the next process what runs without a transaction."""
        if in_autocommit(connection):
            try:
                self.keep_alive()
            except SQLAlchemyError:
                self.start_again()
            statement = f"/* migrates {self.lock.key} */ {statement}"
        return statement, parameters

    def after_revision(self, heads: set[str], **_: Any) -> None:
        """Remember what the table of versions holds."""
        self.heads = {*heads}


def in_autocommit(connection: Connection) -> bool:
    """Return whether an autocommit_block() runs."""
    return connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"


def close(connection: Connection) -> None:
    """End the transaction and with it the lock, which the server may have done."""
    with suppress(SQLAlchemyError):
        connection.rollback()
    connection.close()
