"""Texts of messages about settlements, the court and keys; Chinese first with English below."""


def proposed(case_number: str, version: int, revised: bool, link: str) -> tuple[str, str]:
    """Subject and body telling a party that a version waits for its signature."""
    note = "此前对旧版本的签名不再计入，仍留在记录中。" if revised else ""
    note_en = " Earlier signatures no longer count; they stay in the record." if revised else ""
    return (
        f"调解协议第 {version} 版待签署 {case_number}",
        f"调解员提出了调解协议第 {version} 版，请阅读全文后决定是否签署。{note}\n查看：{link}\n\n"
        f"The mediator has proposed version {version} of the agreement. "
        f"Please read it and decide.{note_en}\n{link}",
    )


def declined(case_number: str, party: str, version: int, reason: str, link: str) -> tuple[str, str]:
    """Subject and body telling everybody at the table that a party declined to sign."""
    return (
        f"{party}拒绝签署调解协议 {case_number}",
        f"{party}拒绝签署第 {version} 版，理由：{reason}。调解可以继续，调解员可以提出新的版本。\n"
        f"查看：{link}\n\n"
        f"{party} has declined to sign version {version}. Reason: {reason}. Mediation may go on.\n{link}",
    )


def sealed(case_number: str, version: int, last_day: str, link: str) -> tuple[str, str]:
    """Subject and body telling a party that the agreement is sealed, with the last day for confirmation."""
    return (
        f"调解协议已盖章 {case_number}",
        f"调解协议第 {version} 版已由各方签署并盖章，签名已在链上核验。\n"
        f"双方最迟在 {last_day}（含当日，北京时间）共同申请司法确认（民诉法 205）。\n查看：{link}\n\n"
        f"Version {version} of the agreement is signed and sealed; the signatures were checked on chain. "
        f"You may jointly apply for judicial confirmation until {last_day} (Beijing time).\n{link}",
    )


def joined(case_number: str, party: str, link: str) -> tuple[str, str]:
    """Subject and body asking the other party to join the application for confirmation."""
    return (
        f"对方已申请司法确认 {case_number}",
        f"{party}已申请司法确认。司法确认须由双方共同申请，请查看并决定是否一同申请。\n查看：{link}\n\n"
        f"{party} has applied for judicial confirmation. Both parties must apply. Please decide.\n{link}",
    )


def filed(case_number: str, court: str, link: str) -> tuple[str, str]:
    """Subject and body telling a party that the joint application went to the court."""
    return (
        f"司法确认申请已提交 {case_number}",
        f"双方的共同申请已提交{court}。\n查看：{link}\n\nThe joint application was sent to {court}.\n{link}",
    )


def court_code(case_number: str, court: str, code: str, link: str) -> tuple[str, str]:
    """Subject and body with the court's access code to one case."""
    return (
        f"司法确认申请 {case_number}（{court}）",
        f"双方当事人就调解协议共同向{court}申请司法确认。\n平台案件编号：{case_number}\n查阅码：{code}\n"
        f"法官登录后凭平台案件编号和查阅码打开卷宗：{link}\n"
        "查阅均有记录。卷宗不含调解中的陈述、让步与单独会谈（民诉法解释 107）。\n\n"
        f"Joint application for judicial confirmation to {court}.\nCase: {case_number}\nCode: {code}\n{link}",
    )


def key_waits(person: str, office: str, link: str) -> tuple[str, str]:
    """Subject and body telling the office that an official's key waits for registration."""
    return (
        "签名钥匙待登记",
        f"{office}{person}登记了新的签名钥匙，须由办公室核对身份后在链上登记任职。\n办理：{link}\n\n"
        f"A new signing key of {person} waits for registration on chain.\n{link}",
    )


def key_changed(label: str, added: bool, link: str) -> tuple[str, str]:
    """Subject and body telling somebody that a signing key was added to the own account, or is used no longer."""
    done, done_en = ("登记了新的", "was added to") if added else ("停用了", "was taken out of")
    return (
        "签名钥匙变更提醒",
        f"您的账号{done}签名钥匙“{label}”。如果不是您本人操作，请立即停用它并致电办公室。\n查看：{link}\n\n"
        f'The signing key "{label}" {done_en} your account. If this was not you, revoke it and call us at once.\n{link}',
    )


def key_lost(number: str, name: str, link: str) -> tuple[str, str]:
    """Subject and body telling a mediator that a signer's device is lost before the agreement is sealed."""
    return (
        f"{number}：签名设备报失",
        f"{name}报告登记的签名设备已遗失，那把钥匙已停用。请在核对身份后由本人登记新的钥匙，再由您把协议作为新版本提出。\n{link}\n\n"
        f"{name} reports the signing device lost; its key is revoked. Once identity is checked and a new key enrolled, "
        f"propose the agreement again as a new version.\n{link}",
    )


def your_turn(number: str, version: int, link: str) -> tuple[str, str]:
    """Subject and body telling a party that those before it have signed."""
    return (
        f"{number}：请您签署调解协议",
        f"前面的当事人已签署第 {version} 版协议，现在轮到您阅读并决定是否签署。\n{link}\n\n"
        f"Those before you have signed version {version} of the agreement; it is your turn to read it and decide.\n{link}",
    )
