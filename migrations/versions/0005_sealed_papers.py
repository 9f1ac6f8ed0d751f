"""Papers with the organisation's seal."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One new table, empty; the worker seals the papers of agreements that have none."""
    op.create_table(
        "sealed_paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("settlement_id", sa.Integer(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sm3", sa.String(length=64), nullable=False),
        sa.Column("seal_name", sa.String(length=200), nullable=False),
        sa.Column("seal_serial", sa.String(length=64), nullable=False),
        sa.Column("trial", sa.Boolean(), nullable=False),
        sa.Column("stamped_by", sa.String(length=200), nullable=False),
        sa.Column("stamped_at", sa.DateTime(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlement.id"], name=op.f("fk_sealed_paper_settlement_id_settlement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_paper")),
        sa.UniqueConstraint("settlement_id", name=op.f("uq_sealed_paper_settlement_id")),
    )


def downgrade() -> None:
    """The papers go; they can be made again, with other bytes."""
    op.drop_table("sealed_paper")
