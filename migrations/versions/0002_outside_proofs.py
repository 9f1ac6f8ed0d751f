"""State proofs of batches, lines of timestamp tokens with revocation data, signatures of outside witnesses."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tokens that are there become first tokens of lines named after their authority's address."""
    op.create_table(
        "witness_signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_number", sa.Integer(), nullable=False),
        sa.Column("signer", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("block_hash", sa.String(length=66), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("recorded_block", sa.Integer(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_number"], ["batch.number"], name=op.f("fk_witness_signature_batch_number_batch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_witness_signature")),
        sa.UniqueConstraint(
            "batch_number",
            "signer",
            "block_hash",
            name=op.f("uq_witness_signature_batch_number_signer_block_hash"),
        ),
    )
    op.create_index(op.f("ix_witness_signature_batch_number"), "witness_signature", ["batch_number"])
    with op.batch_alter_table("batch") as table:
        table.add_column(sa.Column("state_proof", sa.JSON(), nullable=True))
    _widen_tokens()


def _widen_tokens() -> None:
    with op.batch_alter_table("timestamp_token") as table:
        table.add_column(sa.Column("line", sa.String(length=200), nullable=True))
        table.add_column(sa.Column("generation", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("accuracy_ms", sa.Integer(), nullable=True))
        table.add_column(sa.Column("certificates", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("revocations", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(
            sa.Column("revocation_complete", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        table.add_column(sa.Column("lapses_at", sa.DateTime(), nullable=True))
    op.execute("UPDATE timestamp_token SET line = substr(authority_url, 1, 200)")
    with op.batch_alter_table("timestamp_token") as table:
        table.alter_column("line", existing_type=sa.String(length=200), nullable=False)
        for column, kind in (
            ("generation", sa.Integer()),
            ("certificates", sa.JSON()),
            ("revocations", sa.JSON()),
            ("revocation_complete", sa.Boolean()),
        ):
            table.alter_column(column, existing_type=kind, server_default=None)
        table.drop_constraint(op.f("uq_timestamp_token_batch_number_authority_url"), type_="unique")
        table.create_unique_constraint(
            op.f("uq_timestamp_token_batch_number_line_generation"), ["batch_number", "line", "generation"]
        )


def downgrade() -> None:
    """Renewals, revocation data, state proofs and co-signatures are lost; the ledger still has the latter."""
    op.execute("DELETE FROM timestamp_token WHERE generation > 0")
    with op.batch_alter_table("timestamp_token") as table:
        table.drop_constraint(op.f("uq_timestamp_token_batch_number_line_generation"), type_="unique")
        table.create_unique_constraint(
            op.f("uq_timestamp_token_batch_number_authority_url"), ["batch_number", "authority_url"]
        )
        for column in (
            "lapses_at",
            "revocation_complete",
            "revocations",
            "certificates",
            "accuracy_ms",
            "generation",
            "line",
        ):
            table.drop_column(column)
    with op.batch_alter_table("batch") as table:
        table.drop_column("state_proof")
    op.drop_index(op.f("ix_witness_signature_batch_number"), "witness_signature")
    op.drop_table("witness_signature")
