"""Declarative base, the UTC column type and enum columns with CHECK constraints. No tables."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, DateTime, Dialect, Enum, MetaData, cast, func
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC: aware on the Python side, stored without zone, naive values refused."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; raise ValueError for a time without zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back an aware time in UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


def choice(kind: type[StrEnum], name: str) -> Any:
    """A text column type that holds only the values of ``kind`` (CHECK constraint ``name``)."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


def total(column: InstrumentedAttribute[int]) -> ColumnElement[int]:
    """The sum of a column of whole numbers, 0 of no rows: as a whole number, which PostgreSQL's own sum is not."""
    return cast(func.coalesce(func.sum(column), 0), BigInteger)
