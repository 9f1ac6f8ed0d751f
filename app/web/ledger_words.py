"""What became of an act on chain, in words: the contracts' refusals and the flashes after a relay. No rules."""

from flask import flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.services.relays import Relay

REFUSALS = {
    "SettlementLedgerNotAMediator": _l("调解员的签名钥匙还没有在链上登记任职。办公室登记后会自动重新提交。"),
    "SettlementLedgerNotACourt": _l("法官的签名钥匙还没有在链上登记任职。办公室登记后会自动重新提交。"),
    "SettlementLedgerBadConsent": _l("链上合约没有认可某一方的签名。"),
    "SettlementLedgerBadSeal": _l("链上合约没有认可调解员的盖章签名。"),
    "SettlementLedgerAlreadyDecided": _l("链上已经记录了另一个裁定。"),
    "SettlementLedgerOtherParties": _l("新协议的签名钥匙与被替代的协议不一致。"),
    "NoKey": _l("服务器没有提交交易所需的钥匙，请联系办公室。"),
}


def refusal_text(code: str | None) -> str:
    """A contract's refusal as a sentence."""
    return str(REFUSALS.get(code or "", _l("链上合约拒绝了这次提交。签名已保留，请联系办公室。")))


def tell(relay: Relay, done: str, refusal: str | None = None) -> None:
    """Flash what became of a relay; ``done`` is the sentence for success."""
    if relay is Relay.DONE:
        flash(done, "success")
    elif relay is Relay.WAITING:
        flash(_("签名已保存。暂时连接不到链上节点，恢复后会自动提交，不需要重新签名。"), "warning")
    else:
        flash(refusal_text(refusal), "danger")
