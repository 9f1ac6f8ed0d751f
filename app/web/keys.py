"""Own signing keys: enrolling a passkey, a device key or a wallet, labels, revoking, reporting a device lost."""

import base64
import time

from flask import Blueprint, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.errors import DomainError, ErrorKind
from app.domain.permissions import Permission
from app.services import signing_keys
from app.web.access import allow, current_actor
from app.web.context import local_path, services

blueprint = Blueprint("keys", __name__)
CHALLENGE = "key_challenge"
CHALLENGE_LIFE = 300
"""Seconds within which an enrolment must be finished."""


@blueprint.get("/keys")
@allow(Permission.KEEP_SIGNING_KEYS)
def own() -> ResponseReturnValue:
    """My keys, and how to enrol one."""
    with services().reading() as work:
        return render_template(
            "keys/own.html",
            keys=signing_keys.own(work, current_actor()),
            back=local_path(request.args.get("back"), ""),
        )


@blueprint.post("/keys/challenge")
@allow(Permission.KEEP_SIGNING_KEYS)
def challenge() -> ResponseReturnValue:
    """A fresh challenge with the options for a passkey; it serves once, for five minutes, for this account."""
    fresh = signing_keys.new_challenge()
    actor = current_actor()
    session[CHALLENGE] = {
        "value": base64.b64encode(fresh).decode("ascii"),
        "account": actor.account_id,
        "until": int(time.time()) + CHALLENGE_LIFE,
    }
    with services().reading() as work:
        options = signing_keys.registration_options(work, actor, fresh)
    return jsonify(options=options, walletText=signing_keys.wallet_text("{address}", fresh))


def _take_challenge() -> bytes:
    kept = session.pop(CHALLENGE, None)
    if kept is None or kept["account"] != current_actor().account_id or kept["until"] < time.time():
        raise DomainError(ErrorKind.KEY_REFUSED, problem="challenge")
    return base64.b64decode(kept["value"])


def _json() -> dict[str, object]:
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise DomainError(ErrorKind.INVALID_INPUT)
    return given


@blueprint.post("/keys/passkey")
@allow(Permission.KEEP_SIGNING_KEYS)
def enrol_passkey() -> ResponseReturnValue:
    """Keep the passkey that the browser has just made."""
    given, expected = _json(), _take_challenge()
    credential = given.get("credential")
    if not isinstance(credential, dict):
        raise DomainError(ErrorKind.KEY_REFUSED, problem="shape")
    with services().work() as work:
        signing_keys.enrol_passkey(work, current_actor(), str(given.get("label", "")), credential, expected)
    return _enrolled()


@blueprint.post("/keys/device")
@allow(Permission.KEEP_SIGNING_KEYS)
def enrol_device() -> ResponseReturnValue:
    """Keep the key that this browser holds."""
    given, expected = _json(), _take_challenge()
    with services().work() as work:
        signing_keys.enrol_device_key(
            work,
            current_actor(),
            str(given.get("label", "")),
            given.get("publicKey"),
            given.get("signature"),
            expected,
        )
    return _enrolled()


@blueprint.post("/keys/wallet")
@allow(Permission.KEEP_SIGNING_KEYS)
def enrol_wallet() -> ResponseReturnValue:
    """Keep the wallet that has just signed the challenge."""
    given, expected = _json(), _take_challenge()
    with services().work() as work:
        signing_keys.enrol_wallet(
            work,
            current_actor(),
            str(given.get("label", "")),
            given.get("address"),
            given.get("signature"),
            expected,
        )
    return _enrolled()


def _enrolled() -> ResponseReturnValue:
    flash(_("签名钥匙已登记。"), "success")
    return jsonify(location=url_for("keys.own"))


@blueprint.post("/keys/<int:key_id>/label")
@allow(Permission.KEEP_SIGNING_KEYS)
def rename(key_id: int) -> ResponseReturnValue:
    """Another label for a key."""
    with services().work() as work:
        signing_keys.rename(work, current_actor(), key_id, request.form.get("label", ""))
    flash(_("名称已更改。"), "success")
    return redirect(url_for("keys.own"), 303)


@blueprint.post("/keys/<int:key_id>/revoke")
@allow(Permission.KEEP_SIGNING_KEYS)
def revoke(key_id: int) -> ResponseReturnValue:
    """Stop using a key."""
    with services().work() as work:
        signing_keys.revoke(work, current_actor(), key_id)
    flash(_("钥匙已停用。它以前的签名仍然有效。"), "success")
    return redirect(url_for("keys.own"), 303)


@blueprint.post("/keys/<int:key_id>/lost")
@allow(Permission.KEEP_SIGNING_KEYS)
def lost(key_id: int) -> ResponseReturnValue:
    """The device with a key is lost."""
    with services().work() as work:
        numbers = signing_keys.report_lost(work, current_actor(), key_id)
    flash(_("已报失，钥匙立即失效。请登记一把新的钥匙。"), "success")
    if numbers:
        flash(_("正在签署的协议（%(numbers)s）已通知调解员重新提出。", numbers="、".join(numbers)), "warning")
    return redirect(url_for("keys.own"), 303)
