"""The texts that parties agree to, with their sources. The Chinese text binds and is what the digest covers."""

import hashlib
from dataclasses import dataclass

from app.domain.lifecycle import ConsentStage


@dataclass(frozen=True)
class ConsentText:
    """One text: title and body in both languages, the citation, and its date of issue (ISO)."""

    title: str
    body: str
    english_title: str
    english_body: str
    source: str
    issued: str

    @property
    def sha256(self) -> str:
        """Hexadecimal digest of the Chinese title and body, UTF-8, joined by a line feed."""
        return hashlib.sha256(f"{self.title}\n{self.body}".encode()).hexdigest()


CONSENT_TEXTS: dict[ConsentStage, ConsentText] = {
    ConsentStage.MEDIATE_ONLINE: ConsentText(
        "同意在线调解",
        "本人（本单位）自愿以在线方式参加本案调解。本人知悉：调解自愿，随时可以退出；调解不影响依法提起诉讼、"
        "申请仲裁或者请求行政机关处理的权利；为达成调解所作的让步，不得在其后的程序中作为对本人不利的根据。"
        "本人知悉不得借调解恶意串通损害国家利益、社会公共利益或者他人合法权益。",
        "Consent to online mediation",
        "I take part in this online mediation of my own will. I know that I may leave at any time, that suing, "
        "arbitration and administrative remedies stay open, that concessions made in order to settle cannot be used "
        "against me later, and that sham mediation to the harm of others is forbidden.",
        "人民法院在线调解规则 4、5；民诉法解释 107",
        "2026-01-01",
    ),
    ConsentStage.RECORD: ConsentText(
        "同意记录音视频",
        "本人同意在全体在场人员均同意时对调解过程录音录像。本人可以随时撤回同意，撤回后立即停止。"
        "不同意不影响调解的进行。",
        "Consent to recording",
        "I agree that sessions may be recorded while everybody present agrees. I may withdraw at any time; recording "
        "then stops at once. Refusing has no effect on the mediation.",
        "人民法院在线调解规则 22",
        "2026-01-01",
    ),
    ConsentStage.ELECTRONIC_SERVICE: ConsentText(
        "同意电子送达",
        "本人同意调解组织以本人确认的手机号码、电子邮箱送达调解文书。送达信息到达时即为送达。不同意的，以其他方式送达。",
        "Consent to electronic service",
        "I agree that papers of this mediation are served to my confirmed phone number or e-mail address; they count "
        "as served on arrival. If I refuse, papers are served by other means.",
        "民诉法 90；人民法院在线调解规则 4",
        "2026-01-01",
    ),
    ConsentStage.PRESERVATION: ConsentText(
        "电子数据保全方式约定",
        "各方约定：在本案调解中提交的电子数据，以本平台的下列方式保全：接收时计算 SHA-256 与 SM3 摘要，加密存储，"
        "将加盐承诺值锚定于区块链，并对批次取得可信时间戳；每件证据附保管链记录与可离线核验的证明文件。"
        "各方知悉：该方式证明电子数据自接收后未被修改，不证明接收之前的真实性。",
        "Agreement on the method of preservation",
        "The parties agree that electronic data handed in during this mediation is preserved as follows: SHA-256 and "
        "SM3 digests on receipt, encrypted storage, a salted commitment anchored on a blockchain, a trusted timestamp "
        "over the batch, a custody record and a proof file that can be checked offline. The parties know that this "
        "proves that the data has not changed since receipt, not that it was true before.",
        "民事诉讼证据规定 94；人民法院在线诉讼规则 16",
        "2026-01-01",
    ),
}
