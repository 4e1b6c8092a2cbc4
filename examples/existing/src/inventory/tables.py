"""The tables, without the ORM."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, MetaData, String, Table

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

warehouse = Table(
    "warehouse",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("city", String(100), nullable=False, unique=True),
)

stock = Table(
    "stock",
    metadata,
    Column("warehouse_id", ForeignKey("warehouse.id"), primary_key=True),
    Column("article", String(20), primary_key=True),
    Column("quantity", Integer, nullable=False, server_default="0"),
    CheckConstraint("quantity >= 0", name="quantity_not_negative"),
)
