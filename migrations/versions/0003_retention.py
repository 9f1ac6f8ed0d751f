"""Retention rules, legal holds and erasures; an exhibit knows when it was erased."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _account(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["account.id"], name=op.f(f"fk_{table}_{column}_account"))


def _case(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["case_id"], ["mediation_case.id"], name=op.f(f"fk_{table}_case_id_mediation_case")
    )


def upgrade() -> None:
    """Three new tables, empty; no exhibit is erased."""
    op.create_table(
        "retention_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("years", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("years BETWEEN 1 AND 100", name=op.f("ck_retention_rule_years_in_bounds")),
        _case("retention_rule"),
        _account("retention_rule", "set_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_rule")),
    )
    op.create_index(op.f("ix_retention_rule_case_id"), "retention_rule", ["case_id"])
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.Column("lifted_by_id", sa.Integer(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by_id IS NULL)", name=op.f("ck_legal_hold_lifted_by_somebody")
        ),
        _case("legal_hold"),
        _account("legal_hold", "set_by_id"),
        _account("legal_hold", "lifted_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index(op.f("ix_legal_hold_case_id"), "legal_hold", ["case_id"])
    _erasure()
    with op.batch_alter_table("exhibit") as table:
        table.add_column(sa.Column("erased_at", sa.DateTime(), nullable=True))


def _erasure() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exhibit_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("erased_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by_id IS NULL)",
            name=op.f("ck_erasure_confirmed_by_somebody"),
        ),
        sa.CheckConstraint("confirmed_by_id <> requested_by_id", name=op.f("ck_erasure_two_people")),
        sa.CheckConstraint(
            "erased_at IS NULL OR confirmed_at IS NOT NULL", name=op.f("ck_erasure_erased_was_confirmed")
        ),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR confirmed_at IS NULL", name=op.f("ck_erasure_withdrawn_or_confirmed")
        ),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibit.id"], name=op.f("fk_erasure_exhibit_id_exhibit")),
        _account("erasure", "requested_by_id"),
        _account("erasure", "confirmed_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index(op.f("ix_erasure_exhibit_id"), "erasure", ["exhibit_id"])


def downgrade() -> None:
    """Who decided on erasures, rules and holds are lost; what was erased stays so."""
    with op.batch_alter_table("exhibit") as table:
        table.drop_column("erased_at")
    for name, column in (("erasure", "exhibit_id"), ("legal_hold", "case_id"), ("retention_rule", "case_id")):
        op.drop_index(op.f(f"ix_{name}_{column}"), name)
        op.drop_table(name)
