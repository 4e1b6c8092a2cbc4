# sqlite postgresql mariadb mysql
from sqlalchemy import *
from sqlalchemy.orm import *

metadata = MetaData()
registry_ = registry(metadata=metadata)


class Base(DeclarativeBase):
    metadata = metadata


class Stamped:
    created: Mapped[str] = mapped_column(String(20), server_default="today")

    @declared_attr
    def owner_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("owner.id"))


class Abstract(Base):
    __abstract__ = True
    id: Mapped[int] = mapped_column(primary_key=True)


class Owner(Abstract):
    __tablename__ = "owner"
    pets: Mapped[list["Pet"]] = relationship(secondary=lambda: owns)


class Pet(Stamped, Abstract):
    __tablename__ = "pet"
    kind: Mapped[str] = mapped_column(String(10))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "pet"}


class Cat(Pet):  # in the table of its parent
    lives: Mapped[int | None]
    __mapper_args__ = {"polymorphic_identity": "cat"}


class Dog(Pet):  # in a table of its own
    __tablename__ = "dog"
    id: Mapped[int] = mapped_column(ForeignKey("pet.id"), primary_key=True)
    __mapper_args__ = {"polymorphic_identity": "dog"}


owns = Table(
    "owns",
    metadata,
    Column("owner_id", ForeignKey("owner.id"), primary_key=True),
    Column("pet_id", ForeignKey("pet.id"), primary_key=True),
)


class Plain:
    pass


registry_.map_imperatively(
    Plain, Table("plain", metadata, Column("id", Integer, primary_key=True), Column("t", Text))
)
