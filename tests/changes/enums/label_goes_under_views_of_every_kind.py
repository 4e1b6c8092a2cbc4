# postgresql
"""A label goes under views that have options, grants, comments, defaults, triggers and rules."""

from sqlalchemy import *


def t(metadata, *labels):
    state = Enum(*labels, name="state")
    columns = Column("state", state, nullable=False), Column("n:1%", Integer)
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns)


def before(metadata):
    t(metadata, "new", "old", "gone:%s")


def after(metadata):
    t(metadata, "old", "new")


rows = ["INSERT INTO t VALUES (1, 'new', 1), (2, 'old', 2)"]
by_hand = [
    "CREATE VIEW secure WITH (security_barrier = true, check_option = local)"
    " AS SELECT id, state, \"n:1%\" FROM t WHERE state = 'new' AND 'a:b%s' <> 'c''d'",
    "ALTER VIEW secure ALTER COLUMN state SET DEFAULT 'new'",
    "ALTER VIEW secure OWNER TO pg_monitor",
    "COMMENT ON COLUMN secure.\"n:1%\" IS 'a:b ''c'' 100%'",
    'GRANT SELECT (id, "n:1%"), UPDATE (id) ON secure TO PUBLIC',
    "GRANT INSERT ON secure TO pg_monitor WITH GRANT OPTION",
    "CREATE FUNCTION instead() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n\nRETURN NULL; END $$",
    'CREATE VIEW "of View" (one) AS SELECT state FROM secure',
    'CREATE TRIGGER "no insert" INSTEAD OF INSERT ON "of View"'
    " FOR EACH ROW EXECUTE FUNCTION instead()",
    'COMMENT ON TRIGGER "no insert" ON "of View" IS \'never\'',
    "CREATE RULE \"no delete\" AS ON DELETE TO secure WHERE old.state = 'new' DO INSTEAD NOTHING",
    'CREATE MATERIALIZED VIEW empty AS SELECT one FROM "of View" WITH NO DATA',
    "CREATE UNIQUE INDEX \"of empty\" ON empty (one) WHERE one = 'new'",
    "COMMENT ON INDEX \"of empty\" IS 'of it'",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY p ON t AS RESTRICTIVE FOR UPDATE TO pg_monitor, PUBLIC"
    " USING (state = 'new') WITH CHECK (state <> 'old')",
    "CREATE TRIGGER quiet BEFORE UPDATE OF state ON t FOR EACH ROW EXECUTE FUNCTION instead()",
    "ALTER TABLE t DISABLE TRIGGER quiet",
    "CREATE STATISTICS s ON state, id FROM t",
]
undo_by_hand = [
    "DROP STATISTICS s",
    "DROP TRIGGER quiet ON t",
    "DROP MATERIALIZED VIEW empty",
    'DROP VIEW "of View"',
    "DROP VIEW secure",
    "DROP FUNCTION instead",
]
