"""Changing the master key as the person on duty does: what is said, what is on record, what is read afterwards.
Not here: kills and load (see tests/stores/test_rotation)."""

import secrets

import pytest
from sqlalchemy import select

from app.commands.registry import register
from app.factory import create_app
from app.models.cases import Audit
from evidence.master_keys import KeyFolder
from evidence.store import EncryptedFolder
from tests import builders


@pytest.fixture
def kept(tmp_path):
    services = builders.build_test_services(tmp_path, builders.Clock())
    folder = services.settings.secrets_dir
    folder.mkdir()
    (folder / "master.key").touch(mode=0o600)
    (folder / "master.key").write_text(secrets.token_hex(32))
    object.__setattr__(services, "store", EncryptedFolder(services.settings.files_dir, KeyFolder(folder)))
    return services


def rotate(services):
    app = create_app(services)
    register(app)
    return app.test_cli_runner().invoke(args=["store", "rotate-key", "--lang", "en"])


def put(services, data: bytes) -> str:
    staged = services.store.stage("u")
    staged.append(0, data)
    return staged.commit("case").address


def test_the_key_is_changed_and_the_old_one_can_go(kept):
    address = put(kept, b"evidence")
    result = rotate(kept)
    assert result.exit_code == 0, result.output
    assert "new master key" in result.output and "1 file keys wrapped anew" in result.output
    (old,) = KeyFolder(kept.settings.secrets_dir).old_names()
    assert f"nothing is under {old} any more" in result.output
    (kept.settings.secrets_dir / old).unlink()
    assert b"".join(kept.store.open(address)) == b"evidence"
    with kept.reading() as work:
        acts = list(work.session.scalars(select(Audit.act).order_by(Audit.id)))
    assert acts == ["change_master_key", "rewrap_file_keys"]


def test_an_interrupted_change_is_finished_before_another_begins(kept):
    address = put(kept, b"evidence")
    KeyFolder(kept.settings.secrets_dir).change()
    result = rotate(kept)
    assert result.exit_code == 0 and "going on with master key" in result.output
    assert len(KeyFolder(kept.settings.secrets_dir).old_names()) == 1
    assert b"".join(kept.store.open(address)) == b"evidence"


def test_a_file_that_cannot_be_wrapped_is_named_and_keeps_the_old_keys(kept):
    address = put(kept, b"evidence")
    keys = KeyFolder(kept.settings.secrets_dir)
    keys.change()
    (old,) = keys.old_names()
    (kept.settings.secrets_dir / old).unlink()
    object.__setattr__(
        kept, "store", EncryptedFolder(kept.settings.files_dir, KeyFolder(kept.settings.secrets_dir))
    )
    result = rotate(kept)
    assert result.exit_code == 1 and address in result.output
    assert "any more" not in result.output
