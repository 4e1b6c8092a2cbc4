"""Purchases."""

import enum
from decimal import Decimal

from sqlalchemy import ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column, relationship

from my_app.db import Base
from my_app.models.customer import Customer


class Status(enum.Enum):
    """How far a purchase has come."""

    OPEN = "open"
    PAID = "paid"
    SHIPPED = "shipped"


class Purchase(Base):
    """Something that a customer ordered."""

    __tablename__ = "purchase"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(
        ForeignKey(Customer.id, ondelete="CASCADE"), index=True
    )
    status: Mapped[Status] = mapped_column(server_default=Status.OPEN.name)
    total: Mapped[Decimal] = mapped_column(Numeric(12, 2), server_default="0")

    customer: Mapped[Customer] = relationship()
