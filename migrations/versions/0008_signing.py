"""Identity checks, readings, signing in order, the way to the phone; wallets and lost devices among signing keys."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KINDS = ("passkey", "device_key", "wallet")


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    """Three new tables, empty; keys may be wallets, and may be reported lost."""
    op.create_table(
        "identity_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind", _choice("identity_kind", "one_time_code", "document_seen", "real_name"), nullable=False
        ),
        sa.Column("session_id", sa.String(length=64), nullable=True),
        sa.Column("checked_by_id", sa.Integer(), nullable=True),
        sa.Column(
            "document",
            _choice("identity_document", "id_card", "passport", "permit", "lawyer_licence", "authority"),
            nullable=True,
        ),
        sa.Column("service", sa.String(length=120), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'document_seen') = (document IS NOT NULL)",
            name=op.f("ck_identity_check_seen_has_document"),
        ),
        sa.CheckConstraint(
            "(kind = 'document_seen') = (checked_by_id IS NOT NULL)",
            name=op.f("ck_identity_check_seen_has_witness"),
        ),
        sa.CheckConstraint(
            "(kind = 'real_name') = (service IS NOT NULL)",
            name=op.f("ck_identity_check_real_name_has_service"),
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_identity_check_participant_id_participant")
        ),
        sa.ForeignKeyConstraint(
            ["checked_by_id"], ["account.id"], name=op.f("fk_identity_check_checked_by_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_check")),
    )
    op.create_index(op.f("ix_identity_check_participant_id"), "identity_check", ["participant_id"])
    op.create_table(
        "settlement_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("settlement_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("how", _choice("reading_kind", "scrolled", "declared"), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("seconds >= 0", name=op.f("ck_settlement_reading_seconds_not_negative")),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlement.id"], name=op.f("fk_settlement_reading_settlement_id_settlement")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_settlement_reading_participant_id_participant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_reading")),
        sa.UniqueConstraint(
            "settlement_id", "participant_id", name=op.f("uq_settlement_reading_settlement_id_participant_id")
        ),
    )
    op.create_index(op.f("ix_settlement_reading_settlement_id"), "settlement_reading", ["settlement_id"])
    op.create_table(
        "signing_handover",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("settlement_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_signing_handover_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlement.id"], name=op.f("fk_signing_handover_settlement_id_settlement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_handover")),
    )
    op.create_index(op.f("ix_signing_handover_account_id"), "signing_handover", ["account_id"])
    op.add_column(
        "settlement", sa.Column("in_order", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    with op.batch_alter_table("settlement") as table:
        table.alter_column(
            "in_order", server_default=None, existing_type=sa.Boolean(), existing_nullable=False
        )
    with op.batch_alter_table("signing_key") as table:
        table.add_column(sa.Column("lost_at", sa.DateTime(), nullable=True))
        table.drop_constraint(op.f("ck_signing_key_key_kind"), type_="check")
        table.create_check_constraint(op.f("ck_signing_key_key_kind"), sa.column("kind").in_(KINDS))
        table.create_check_constraint(
            op.f("ck_signing_key_lost_is_revoked"), "lost_at IS NULL OR revoked_at IS NOT NULL"
        )


def downgrade() -> None:
    """Back to passkeys and device keys; refused by the check while there are wallets."""
    with op.batch_alter_table("signing_key") as table:
        table.drop_constraint(op.f("ck_signing_key_lost_is_revoked"), type_="check")
        table.drop_constraint(op.f("ck_signing_key_key_kind"), type_="check")
        table.create_check_constraint(op.f("ck_signing_key_key_kind"), sa.column("kind").in_(KINDS[:2]))
        table.drop_column("lost_at")
    with op.batch_alter_table("settlement") as table:
        table.drop_column("in_order")
    op.drop_table("signing_handover")
    op.drop_table("settlement_reading")
    op.drop_table("identity_check")
