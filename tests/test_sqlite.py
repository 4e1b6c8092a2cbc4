"""SQLite is a real database: transactions around DDL, and foreign keys that hold (promise 6, 9)."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.util import CommandError
from filelock import FileLock
from sqlalchemy import Connection, Engine, create_engine, event, make_url, pool, text
from sqlalchemy.exc import OperationalError

from scripts.environments import share_code
from support import processes, template
from support.interpreters import interpreter
from support.migrations import Project, new_project

MODES = {"sync": "sqlite+pysqlite", "async": "sqlite+aiosqlite"}
REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = {down!r}


def upgrade():
    {upgrade}


def downgrade():
    {downgrade}
"""
FAMILY = """op.create_table("parent", sa.Column("id", sa.Integer, primary_key=True))
    parent = sa.ForeignKey("parent.id", ondelete="CASCADE")
    op.create_table(
        "child",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.Integer, parent),
    )
    op.execute("INSERT INTO parent VALUES (1), (2)")
    op.execute("INSERT INTO child VALUES (1, 1), (2, 1), (3, 2)")"""
REBUILD = """with op.batch_alter_table("parent", recreate="always") as batch:
        batch.add_column(sa.Column("name", sa.String))"""
CREATE = "op.create_table({name!r}, sa.Column('id', sa.Integer, primary_key=True))"
VACUUM = """with op.get_context().autocommit_block():
        op.execute("VACUUM")"""
FOREIGN_KEYS_ON = """
from sqlalchemy import Engine, event


@event.listens_for(Engine, "connect")
def foreign_keys_on(connection, _):
    connection.cursor().execute("PRAGMA foreign_keys = ON")
"""


@pytest.fixture(params=MODES)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """Render a project for SQLite."""
    url = make_url(f"sqlite:///{tmp_path / 'test.db'}")
    project = new_project(tmp_path, url, mode=request.param, driver=MODES[request.param])
    write(project.migrations, FAMILY)
    return project


def write(folder: Path, *upgrades: str, downgrade: str = "pass") -> None:
    """Add revisions with these bodies to those that are there."""
    versions = folder / "versions"
    count = len(list(versions.glob("*.py")))
    for number, upgrade in enumerate(upgrades, start=count + 1):
        down = str(number - 1) if number > 1 else None
        revision = REVISION.format(number=number, down=down, upgrade=upgrade, downgrade=downgrade)
        (versions / f"{number}.py").write_text(revision)


def query(project: Project, sql: str) -> list[Any]:
    """Return the first column of what the database answers, in a session of its own."""
    assert project.url
    file = sqlite3.connect(str(project.url.database), isolation_level=None)
    with contextlib.closing(file):
        return [row[0] for row in file.execute(sql)]


def tables(project: Project) -> set[str]:
    """Return the names of the tables, without Alembic's own."""
    found = query(project, "SELECT name FROM sqlite_master WHERE type = 'table'")
    return set(found) - {"alembic_version"}


def version(project: Project) -> list[str]:
    """Return the revision of the database."""
    return query(project, "SELECT version_num FROM alembic_version")


def sync_engine(project: Project, **options: Any) -> Engine:
    """Return an engine with foreign keys on, as an application has one, and one connection."""
    assert project.url
    engine = create_engine(project.url, poolclass=pool.QueuePool, pool_size=1, **options)

    @event.listens_for(engine, "connect")
    def foreign_keys_on(connection: Any, _: object) -> None:
        connection.execute("PRAGMA foreign_keys = ON")

    return engine


@pytest.fixture
def engine(project: Project) -> Iterator[Engine]:
    """Return the application's engine."""
    engine = sync_engine(project)
    yield engine
    engine.dispose()


def run_on(project: Project, given: Connection | Engine, name: str = "upgrade") -> None:
    """Upgrade, or downgrade by one, on this connection or engine."""
    config = project.config()
    config.attributes["connection"] = given
    with project.imported():
        getattr(command, name)(config, "head" if name == "upgrade" else "-1")


def foreign_keys(connection: Connection) -> bool:
    """Return whether the connection enforces foreign keys."""
    return bool(connection.exec_driver_sql("PRAGMA foreign_keys").scalar())


# --- Foreign keys ---------------------------------------------------------------------------


def test_children_survive_a_rebuild_of_their_parent(project: Project) -> None:
    db = project.path / "src" / "my_app" / "db.py"
    db.write_text(db.read_text() + FOREIGN_KEYS_ON)
    write(project.migrations, REBUILD)
    result = project.cli("upgrade", "head")
    assert result.returncode == 0, result.stderr
    assert query(project, "SELECT name FROM pragma_table_info('parent')") == ["id", "name"]
    assert query(project, "SELECT id FROM child") == [1, 2, 3]


def test_stock_project_loses_the_children(tmp_path: Path) -> None:
    def alembic(*arguments: str) -> None:
        result = processes.run(("alembic", *arguments), tmp_path, os.environ)
        assert result.returncode == 0, result.stderr

    alembic("init", "migrations")
    ini = tmp_path / "alembic.ini"
    ini.write_text(ini.read_text().replace("driver://user:pass@localhost/dbname", "sqlite:///t.db"))
    env = tmp_path / "migrations" / "env.py"
    env.write_text(FOREIGN_KEYS_ON + env.read_text())
    write(tmp_path / "migrations", FAMILY, REBUILD)
    alembic("upgrade", "head")
    with contextlib.closing(sqlite3.connect(tmp_path / "t.db")) as file:
        assert file.execute("SELECT count(*) FROM parent").fetchone() == (2,)
        assert file.execute("SELECT count(*) FROM child").fetchone() == (0,)


@pytest.mark.parametrize("upgrade", [REBUILD, "raise ValueError('halfway')"])
def test_foreign_keys_are_on_again_afterwards(
    project: Project, engine: Engine, upgrade: str
) -> None:
    write(project.migrations, upgrade)
    fails = pytest.raises(ValueError, match="halfway") if "raise" in upgrade else None
    with fails or contextlib.nullcontext():
        run_on(project, engine)
    with engine.connect() as connection:  # the only one of the pool
        assert foreign_keys(connection)
    assert query(project, "SELECT id FROM child") == [1, 2, 3]


def test_foreign_keys_are_on_again_on_a_given_connection(project: Project, engine: Engine) -> None:
    write(project.migrations, REBUILD)
    with engine.connect() as connection:
        run_on(project, connection)
        assert foreign_keys(connection)
        connection.rollback()
        connection.execute(text("INSERT INTO parent VALUES (3, 'third')"))
        connection.commit()
        assert foreign_keys(connection)
    assert query(project, "SELECT id FROM parent") == [1, 2, 3]
    assert query(project, "SELECT id FROM child") == [1, 2, 3]


def test_foreign_keys_are_on_again_after_a_wait_in_vain(project: Project, engine: Engine) -> None:
    hooks = project.migrations / "hooks.py"
    hooks.write_text(hooks.read_text().replace("lock_wait = 600", "lock_wait = 0"))
    with engine.connect() as connection:
        timeout = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
    file = sqlite3.connect(str(engine.url.database), isolation_level=None)
    with contextlib.closing(file):
        file.execute("BEGIN IMMEDIATE")
        with pytest.raises(CommandError, match="Another process"):
            run_on(project, engine)
    with engine.connect() as connection:
        assert foreign_keys(connection)
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == timeout
    run_on(project, engine)
    assert tables(project) == {"parent", "child"}


def test_migration_that_leaves_orphans_is_undone(project: Project, engine: Engine) -> None:
    write(project.migrations, CREATE.format(name="before"))
    write(project.migrations, "op.execute('DELETE FROM parent WHERE id = 1')")
    write(project.migrations, CREATE.format(name="after"))
    with pytest.raises(CommandError) as error:
        run_on(project, engine)
    assert str(error.value) == (
        "Revision 3 leaves 2 rows of child without their parent, and was undone: "
        "move or delete them in it"
    )
    assert tables(project) == {"parent", "child", "before"}
    assert query(project, "SELECT id FROM parent") == [1, 2]
    assert version(project) == ["2"]


def test_orphans_that_were_there_before_do_not_block(project: Project) -> None:
    project.run("upgrade", "head")
    query(project, "INSERT INTO child VALUES (4, 99)")
    write(project.migrations, REBUILD)
    project.run("upgrade", "head")
    assert version(project) == ["2"]
    write(project.migrations, "op.execute('INSERT INTO child VALUES (5, 99)')")
    with pytest.raises(CommandError, match="Revision 3 leaves 1 rows of child"):
        project.run("upgrade", "head")


def test_foreign_key_that_leads_to_no_key_does_not_block(project: Project) -> None:
    project.run("upgrade", "head")
    query(project, "CREATE TABLE wrong (name TEXT REFERENCES child (parent_id))")
    query(project, "INSERT INTO wrong VALUES ('a')")
    with pytest.raises(sqlite3.OperationalError, match="foreign key mismatch"):
        query(project, "PRAGMA foreign_key_check")
    write(project.migrations, REBUILD)
    project.run("upgrade", "head")
    assert version(project) == ["2"]


# --- Transactions ---------------------------------------------------------------------------


def test_vacuum_runs_and_the_rest_of_its_migration_is_undone_if_it_fails(
    project: Project, engine: Engine
) -> None:
    first, rest = CREATE.format(name="first"), CREATE.format(name="rest")
    write(project.migrations, f"{first}\n    {VACUUM}\n    {rest}\n    raise ValueError('end')")
    with pytest.raises(ValueError, match="end"):
        run_on(project, engine)
    assert tables(project) == {"parent", "child", "first"}
    assert version(project) == ["1"]
    with engine.connect() as connection:
        assert foreign_keys(connection)


def test_failure_is_a_line_that_says_what_stands(project: Project) -> None:
    first, fails = CREATE.format(name="first"), "op.execute('SELECT id FROM nowhere')"
    write(project.migrations, f"{first}\n    {fails}")
    with pytest.raises(CommandError) as error:
        project.run("upgrade", "head")
    shows = "no such table: nowhere; alembic --raiseerr shows more"
    assert str(error.value) == f"Revision 2 failed, and was undone: {shows}"
    assert tables(project) == {"parent", "child"}
    (project.migrations / "versions" / "2.py").unlink()
    write(project.migrations, f"{first}\n    {VACUUM}\n    {fails}")
    with pytest.raises(CommandError) as error:
        project.run("upgrade", "head")
    stands = " but for what its autocommit_block() committed"
    assert str(error.value) == f"Revision 2 failed, and was undone{stands}: {shows}"
    assert tables(project) == {"parent", "child", "first"}


def test_migrations_after_a_vacuum_are_transactions_too(project: Project) -> None:
    rest, fails = CREATE.format(name="rest"), CREATE.format(name="fails")
    write(project.migrations, f"{VACUUM}\n    {rest}", REBUILD)
    write(project.migrations, f"{fails}\n    raise ValueError('end')")
    with pytest.raises(ValueError, match="end"):
        project.run("upgrade", "head")
    assert tables(project) == {"parent", "child", "rest"}
    assert version(project) == ["3"]


def test_rollback_of_a_given_transaction_undoes_the_migrations(
    project: Project, engine: Engine
) -> None:
    write(project.migrations, REBUILD)
    with engine.connect() as connection:
        transaction = connection.begin()
        run_on(project, connection)
        assert connection.scalar(text("SELECT count(*) FROM child")) == 3
        transaction.rollback()
        assert foreign_keys(connection)
    assert tables(project) == set()
    with engine.begin() as connection:
        run_on(project, connection)
    assert tables(project) == {"parent", "child"}
    assert query(project, "SELECT id FROM child") == [1, 2, 3]
    with engine.connect() as connection:
        assert foreign_keys(connection)


def test_failure_in_a_given_transaction_leaves_the_end_to_its_owner(
    project: Project, engine: Engine
) -> None:
    fails = CREATE.format(name="fails")
    write(project.migrations, f"{fails}\n    raise ValueError('end')")
    with engine.begin() as connection:
        with pytest.raises(ValueError, match="end"):
            run_on(project, connection)
        assert connection.in_transaction()
        assert tables(project) == set()
    assert tables(project) == {"parent", "child"}
    assert version(project) == ["1"]


def test_indexes_are_the_owner_s_again_after_a_rebuild_that_failed(
    project: Project, engine: Engine
) -> None:
    index = "CREATE INDEX ix ON parent (id)"
    write(project.migrations, f"op.execute({index!r})")
    write(project.migrations, f"{REBUILD}\n    raise ValueError('end')")
    with engine.connect() as connection:
        with pytest.raises(ValueError, match="end"):
            run_on(project, connection)
        with pytest.raises(OperationalError, match="ix already exists"):
            connection.exec_driver_sql(index)


def test_given_transaction_that_enforces_foreign_keys_is_refused(
    project: Project, engine: Engine
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("BEGIN")
        with pytest.raises(CommandError, match="run PRAGMA foreign_keys = OFF before it"):
            run_on(project, connection)
    assert tables(project) == set()


def test_given_transaction_that_does_not_is_joined(project: Project, engine: Engine) -> None:
    write(project.migrations, REBUILD)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("BEGIN")
        run_on(project, connection)
        assert tables(project) == set()
        connection.commit()
    assert query(project, "SELECT id FROM child") == [1, 2, 3]


def test_engine_that_begins_by_itself_is_understood(project: Project, engine: Engine) -> None:
    # As SQLAlchemy's documentation says, for transactions that Python's driver does not begin.
    @event.listens_for(engine, "connect")
    def no_transactions(connection: Any, _: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    write(
        project.migrations, REBUILD, f"{CREATE.format(name='fails')}\n    raise ValueError('end')"
    )
    with pytest.raises(ValueError, match="end"):
        run_on(project, engine)
    assert tables(project) == {"parent", "child"}
    assert query(project, "SELECT id FROM child") == [1, 2, 3]
    with engine.begin() as connection:
        assert foreign_keys(connection)


# --- Pythons --------------------------------------------------------------------------------

# Both modes, and both of the driver's own ways with transactions.
ON_EVERY_PYTHON = """
import sqlite3
import sys

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, event
from sqlalchemy.ext.asyncio import create_async_engine


def check(project, engine):
    config = Config(project + "/alembic.ini")
    config.attributes["connection"] = engine
    try:
        command.upgrade(config, "head")
    except ValueError:
        pass
    else:
        sys.exit("it does not fail")
    database = sqlite3.connect(engine.url.database)
    children = database.execute("SELECT count(*) FROM child").fetchall()
    tables = database.execute("SELECT name FROM sqlite_master WHERE name = 'fails'").fetchall()
    version = database.execute("SELECT version_num FROM alembic_version").fetchall()
    database.close()
    assert (children, tables, version) == ([(3,)], [], [("2",)]), (children, tables, version)


for project in sys.argv[1:]:
    driver = project.rpartition("/")[0].rpartition("/")[2]
    create = create_async_engine if driver == "sqlite+aiosqlite" else create_engine
    for arguments in [{}, {"autocommit": False}] if sys.version_info >= (3, 12) else [{}]:
        url = f"{driver}:///{project}/{len(arguments)}.db"
        engine = create(url, connect_args=arguments)

        @event.listens_for(getattr(engine, "sync_engine", engine), "connect")
        def foreign_keys_on(connection, _):
            cursor = connection.cursor()
            if arguments:
                cursor.execute("ROLLBACK")
            cursor.execute("PRAGMA foreign_keys = ON")
            if arguments:
                cursor.execute("BEGIN")

        check(project, engine)
        print("checked", url)
"""
PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]


def environment(version: str) -> Path:
    """Return the Python of an environment with Alembic, which stays for the next run."""
    python = interpreter(version)
    if not python:
        pytest.skip(f"no Python {version} is on the PATH, in pyenv or in .venv/debian")
    home = template.ROOT / ".venv" / "sqlite" / version
    home.mkdir(parents=True, exist_ok=True)
    made = home / "made"
    with FileLock(f"{home}.lock"):
        if not made.exists() or made.read_text() != python:
            subprocess.run([python, "-m", "venv", "--clear", "--without-pip", home], check=True)
            pip = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python")]
            packages = ["alembic", "sqlalchemy[asyncio]", "aiosqlite"]
            subprocess.run([*pip, "install", "--quiet", "--no-compile", *packages], check=True)
            share_code(home)
            made.write_text(python)
    return home / "bin" / "python"


@pytest.mark.parametrize("version", PYTHONS)
def test_transactions_and_foreign_keys_hold_on_every_python(version: str, tmp_path: Path) -> None:
    python = environment(version)
    fails = f"{CREATE.format(name='fails')}\n    raise ValueError('end')"
    projects = []
    for mode, driver in MODES.items():
        project = new_project(tmp_path / driver, mode=mode, driver=driver)
        write(project.migrations, FAMILY, REBUILD, fails)
        projects.append(project.path)
    script = [str(python), "-W", "error", "-c", ON_EVERY_PYTHON, *map(str, projects)]
    variables = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}  # what is installed never changes
    result = subprocess.run(script, env=variables, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("checked") == (4 if version >= "3.12" else 2)
