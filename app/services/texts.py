"""Texts of messages to people, Chinese first with English below: the reader's language is not known when they go out."""

from app.domain.contact import masked

CODE_SUBJECT = "和证验证码"
_INNER_QUOTES = str.maketrans("“”", "‘’")


def _quoted(title: str) -> str:
    """A title between Chinese quotation marks; its own become the inner kind."""
    return f"“{title.translate(_INNER_QUOTES)}”"


def one_time_code(code: str) -> tuple[str, str]:
    """Subject and body of a sign-in code."""
    return (
        CODE_SUBJECT,
        f"您的验证码是 {code}，10 分钟内有效。工作人员不会向您索要验证码。\n\n"
        f"Your Hezheng code is {code}. It is valid for 10 minutes. Nobody will ever ask you for it.",
    )


def invitation(
    case_number: str, inviter: str, title: str, link: str, phone: str, days: int
) -> tuple[str, str]:
    """Subject and body of an invitation: who, about what, compulsory or not, what if ignored, whom to call."""
    return (
        f"调解邀请：{title}",
        f"{inviter}就{_quoted(title)}（{case_number}）申请调解，邀请您参加。\n"
        f"打开邀请：{link}（{days} 日内有效）\n"
        "调解不是强制的：您可以参加，也可以拒绝，不参加不会因此承担不利后果；对方仍可以起诉或者请求行政处理。\n"
        f"核实或咨询请拨打：{phone}\n\n"
        f'{inviter} has asked for mediation on "{title}" ({case_number}) and invites you.\n'
        f"Open the invitation: {link} (valid for {days} days)\n"
        "Mediation is voluntary: you may join or decline, and declining has no legal drawback; the other side may "
        f"still sue or turn to an authority.\nTo check this message or ask, call {phone}.",
    )


def submitted(case_number: str, title: str, link: str) -> tuple[str, str]:
    """Subject and body of the receipt for an intake."""
    return (
        f"已收到您的调解申请 {case_number}",
        f"我们已收到{_quoted(title)}的调解申请，编号 {case_number}，并已向对方发出邀请。\n查看进度：{link}\n\n"
        f'Your request for mediation on "{title}" has the number {case_number}. The other side has been invited.\n'
        f"Follow it here: {link}",
    )


def answered(case_number: str, party: str, accepted: bool, reason: str | None, link: str) -> tuple[str, str]:
    """Subject and body telling the claimant what the invited party said."""
    if accepted:
        return (
            f"对方同意调解 {case_number}",
            f"{party}同意参加调解。\n查看：{link}\n\n{party} has agreed to mediate.\n{link}",
        )
    return (
        f"对方不同意调解 {case_number}",
        f"{party}不同意调解，理由：{reason}。您仍可以起诉、申请仲裁或者请求行政处理，也可以再次邀请。\n查看：{link}\n\n"
        f"{party} has declined to mediate. Reason: {reason}. Court, arbitration and administrative remedies stay open; "
        f"you may also invite again.\n{link}",
    )


def room_opened(case_number: str, mediator: str, link: str) -> tuple[str, str]:
    """Subject and body telling a party that the room is open."""
    return (
        f"调解室已开启 {case_number}",
        f"调解员{mediator}已开启调解室。请先阅读调解员的披露。\n进入：{link}\n\n"
        f"Mediator {mediator} has opened the room. Please read the disclosure first.\nEnter: {link}",
    )


def decided(case_number: str, outcome_zh: str, outcome_en: str, ruling: str, link: str) -> tuple[str, str]:
    """Subject and body telling a party of the court's decision."""
    return (
        f"司法确认结果 {case_number}",
        f"法院已作出{outcome_zh}（{ruling}）。\n查看：{link}\n\nThe court has ruled: {outcome_en} ({ruling}).\n{link}",
    )


def code_sent_to(contact: str) -> str:
    """The contact as it may be shown to somebody who is not signed in."""
    return masked(contact)
