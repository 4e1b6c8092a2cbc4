"""On MySQL and MariaDB, what would stop those who write to a table is refused or fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from alembic.util import CommandError

from support import template
from support.contents import contents
from support.databases import table_names
from test_online import BEFORE, autogenerate, execute, upgraded

DRIVERS = ["mysql+pymysql", "mysql+pymysql-on-mysql"]
ALL_DRIVERS = [
    *DRIVERS,
    *(
        driver
        for _, driver in template.MODES_AND_DRIVERS
        if driver.startswith(("mysql+", "mariadb+")) and driver not in DRIVERS
    ),
]

# What the models become.
SAFE = {
    "much": "Column('a', Integer, server_default='1'), Column('b', String(40)), "
    "Column('p', Integer), Column('c', Integer), Column('parent_id', ForeignKey('parent.id')), "
    "Column('d', Integer, nullable=False, server_default='1'), "
    "Index('ix', 'a', 'b'), UniqueConstraint('c', name='uq')",
    "not null": BEFORE.replace("Integer)", "Integer, nullable=False)", 1),
    "column goes": "Column('a', Integer), Column('b', String(20))",
}
# And what the server says.
REFUSED = {
    "type": (BEFORE.replace("Integer", "BigInteger", 1), "Cannot change column type"),
    "shorter": (BEFORE.replace("20", "10"), "Cannot change column type"),
    "check": (f"{BEFORE}, CheckConstraint('a > 0', name='ck')", "not supported|COPY algorithm"),
    "foreign key": (
        f"{BEFORE}, ForeignKeyConstraint(['p'], ['parent.id'], name='fk')",
        "Adding foreign keys needs foreign_key_checks=OFF",
    ),
    "fulltext": (f"{BEFORE}, Index('ft', 'b', mysql_prefix='FULLTEXT')", "Fulltext index creation"),
    "stored": (f"{BEFORE}, Column('c', Integer, Computed('p + 1', persisted=True))", "t ADD"),
}


@pytest.mark.parametrize("driver", DRIVERS)
def test_change_that_stops_nobody_says_so_to_the_server(driver: str, tmp_path: Path) -> None:
    with upgraded(tmp_path, BEFORE, driver) as project:
        assert project.url
        for name, after in SAFE.items():
            (file,) = autogenerate(project, after)
            said = file.read_text()
            assert 'mysql_lock: str = "NONE"' in said, name
            assert "safe_because" not in said
            project.run("upgrade", "head")
            project.run("check")
            project.run("downgrade", "-1")
            assert table_names(project.url) == {"parent", "t"}
            file.unlink()


@pytest.mark.parametrize("driver", ALL_DRIVERS)
def test_change_that_stops_who_writes_is_refused_until_a_reason_is_given(
    driver: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    names = REFUSED if driver in DRIVERS else ["type"]
    with upgraded(tmp_path, BEFORE, driver) as project:
        assert project.url
        before = contents(project.url, in_order=False)
        for name in names:
            after, reason = REFUSED[name]
            (file,) = autogenerate(project, after)
            assert re.search(f"nobody can write to t during .*({reason})", caplog.text), name
            assert "mysql_lock" not in file.read_text()
            with pytest.raises(CommandError, match=f"nobody can write to t .*({reason}).*gh-ost"):
                project.run("upgrade", "head")
            assert contents(project.url, in_order=False) == before
            project.allow()
            project.run("upgrade", "head")
            project.run("check")
            project.run("downgrade", "-1")
            file.unlink()
            caplog.clear()


@pytest.mark.parametrize("driver", DRIVERS)
def test_other_expression_of_a_generated_column_is_refused_until_a_reason_is_given(
    driver: str, tmp_path: Path
) -> None:
    items = f"{BEFORE}, Column('g', Integer, Computed('a * 2', persisted=True), index=True)"
    with upgraded(tmp_path, items, driver) as project:
        assert project.url
        before = contents(project.url)
        (file,) = autogenerate(project, items.replace("a * 2", "a * 3"))
        assert "# Gives column g of t another expression. All of t is written" in file.read_text()
        with pytest.raises(CommandError, match="nobody can write to t during ALTER TABLE t MODIFY"):
            project.run("upgrade", "head")
        assert contents(project.url) == before
        project.allow()
        project.run("upgrade", "head")
        project.run("check")
        project.run("downgrade", "-1")
        assert contents(project.url) == before


@pytest.mark.parametrize("driver", DRIVERS)
def test_statement_that_would_stop_others_fails_where_the_server_is_another_one(
    driver: str, tmp_path: Path
) -> None:
    with upgraded(tmp_path, BEFORE, driver) as project:
        (file,) = autogenerate(project, SAFE["column goes"])
        alter = 'op.alter_column("t", "a", type_=sa.BigInteger())'
        new = 'op.create_table("u", sa.Column("a", sa.Integer()))'
        check = 'op.create_check_constraint("ck", "u", "a > 0")'
        said = file.read_text()
        place = said.index("    # ### commands")
        file.write_text(f"{said[:place]}    {new}\n    {check}\n    {alter}\n{said[place:]}")
        with pytest.raises(
            CommandError, match=r'LOCK=NONE is not supported.*mysql_lock = "DEFAULT'
        ):
            project.run("upgrade", "head")
        execute(project, "DROP TABLE u")
        file.write_text(file.read_text().replace('"NONE"', '"DEFAULT"'))
        project.run("upgrade", "head")


@pytest.mark.parametrize("driver", DRIVERS)
def test_nothing_is_asked_with_online_off(driver: str, tmp_path: Path) -> None:
    with upgraded(tmp_path, BEFORE, driver) as project:
        hooks = project.migrations / "hooks.py"
        hooks.write_text(hooks.read_text().replace("online = True", "online = False"))
        (file,) = autogenerate(project, REFUSED["type"][0])
        assert not re.search("safe_because|mysql_lock|CommandError", file.read_text())
        project.run("upgrade", "head")
