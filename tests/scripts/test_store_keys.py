"""The secrets of an S3-compatible store that is one's own, and that docker-compose.yml means the same ones."""

import json
from pathlib import Path

from evidence.s3_store import S3Place
from scripts.chain import ROOT
from scripts.keys import create_store_secrets

COMPOSE = (ROOT / "docker-compose.yml").read_text()


def test_service_and_application_are_told_the_same_secrets_once(tmp_path: Path) -> None:
    create_store_secrets(tmp_path, "hezheng")
    place = S3Place.read("s3://hezheng/evidence?endpoint=http://store:8333", tmp_path)
    (one,) = json.loads((tmp_path / "s3.identities.json").read_text())["identities"]
    assert one["credentials"] == [{"accessKey": place.access_key, "secretKey": place.secret_key}]
    assert all(act.endswith(":hezheng") for act in one["actions"])
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    create_store_secrets(tmp_path, "hezheng")
    assert S3Place.read("s3://hezheng", tmp_path).secret_key == place.secret_key


def test_the_composition_names_bucket_endpoint_and_file(tmp_path: Path) -> None:
    create_store_secrets(tmp_path, "hezheng")
    assert "s3://hezheng/evidence?endpoint=http://store:8333" in COMPOSE
    assert f"./secrets/{next(tmp_path.glob('*.json')).name}" in COMPOSE
    assert "-s3.port=8333" in COMPOSE and "-s3.config=/run/secrets/s3_identities" in COMPOSE
    assert "flask store prepare" in (ROOT / "deploy" / "prepare").read_text()
