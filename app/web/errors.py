"""Every error kind as an HTTP status and a sentence that says what to do; pages for people, JSON for scripts."""

from flask import Flask, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from app.domain.errors import DomainError, ErrorKind, InvalidForm
from app.web.access import current_actor
from app.web.context import came_from, wants_json
from app.web.display import file_size

STATUS: dict[ErrorKind, int] = {
    ErrorKind.NOT_SIGNED_IN: 401,
    ErrorKind.NOT_ALLOWED: 403,
    ErrorKind.NOT_FOUND: 404,
    ErrorKind.INVALID_INPUT: 422,
    ErrorKind.CODE_WRONG: 422,
    ErrorKind.CODE_EXPIRED: 422,
    ErrorKind.LINK_EXPIRED: 410,
    ErrorKind.TOO_MANY_ATTEMPTS: 429,
    ErrorKind.WRONG_STATE: 409,
    ErrorKind.CONSENT_MISSING: 409,
    ErrorKind.STALE_VERSION: 409,
    ErrorKind.CONFLICT: 409,
    ErrorKind.DRAFT_REFUSED: 422,
    ErrorKind.SIGNATURE_INVALID: 422,
    ErrorKind.SIGNER_NOT_OWN: 422,
    ErrorKind.SIGNATURE_MISSING: 409,
    ErrorKind.READ_FIRST: 409,
    ErrorKind.IDENTITY_MISSING: 409,
    ErrorKind.NOT_YOUR_TURN: 409,
    ErrorKind.FRESH_SIGN_IN_NEEDED: 403,
    ErrorKind.KEY_MISSING: 409,
    ErrorKind.KEY_IN_USE: 409,
    ErrorKind.KEY_REFUSED: 422,
    ErrorKind.FILE_EMPTY: 422,
    ErrorKind.FILE_TOO_LARGE: 413,
    ErrorKind.FILE_TYPE_CLAIM: 422,
    ErrorKind.UPLOAD_BROKEN: 422,
    ErrorKind.UPLOAD_OFFSET: 409,
    ErrorKind.UPLOAD_QUOTA: 413,
    ErrorKind.STORE_UNAVAILABLE: 503,
    ErrorKind.STORE_FULL: 507,
    ErrorKind.EXHIBIT_ERASED: 410,
    ErrorKind.SECOND_PERSON_NEEDED: 403,
    ErrorKind.LEGAL_HOLD: 409,
    ErrorKind.DIGEST_DIFFERS: 422,
    ErrorKind.PROOF_MALFORMED: 422,
    ErrorKind.LEDGER_REFUSED: 422,
    ErrorKind.LEDGER_UNAVAILABLE: 503,
}

MESSAGES = {
    ErrorKind.NOT_SIGNED_IN: _l("请先登录。"),
    ErrorKind.NOT_ALLOWED: _l("您在本案中没有这项权限。如有疑问，请联系办公室。"),
    ErrorKind.NOT_FOUND: _l("没有找到。请检查编号或链接是否完整。"),
    ErrorKind.INVALID_INPUT: _l("有内容需要更正，请查看标出的地方。您填写的内容没有丢失。"),
    ErrorKind.CODE_WRONG: _l("验证码不正确，请核对后重新输入。"),
    ErrorKind.CODE_EXPIRED: _l("验证码已失效，请重新获取一个。"),
    ErrorKind.LINK_EXPIRED: _l("邀请链接已过期。请致电办公室重新发送，或请邀请人再次邀请。"),
    ErrorKind.TOO_MANY_ATTEMPTS: _l("尝试次数过多，请稍后再试。"),
    ErrorKind.WRONG_STATE: _l("案件当前的阶段不能进行这一步。请刷新页面查看最新进展。"),
    ErrorKind.CONSENT_MISSING: _l("还有当事人没有同意必要的事项，暂时不能开启调解室。"),
    ErrorKind.STALE_VERSION: _l("协议已有新的版本。请阅读新版本后再签署；您此前的签名仍留在记录中。"),
    ErrorKind.CONFLICT: _l("别人刚刚修改了同一处。请比较两个版本后再决定；您写的内容没有丢失。"),
    ErrorKind.DRAFT_REFUSED: _l(
        "草案中有法院可能不予受理或者驳回的内容，请修改，或者由调解员书面说明保留的理由。"
    ),
    ErrorKind.SIGNATURE_INVALID: _l("签名没有通过核验，没有提交。请用登记的设备重新签署。"),
    ErrorKind.SIGNER_NOT_OWN: _l("这不是您为本协议登记的签名钥匙，没有提交。请用您自己的设备签署。"),
    ErrorKind.SIGNATURE_MISSING: _l("还有当事人没有签署当前版本，暂时不能盖章。"),
    ErrorKind.READ_FIRST: _l(
        "请先把协议全文读到末尾，再签署。使用读屏软件的，可以自行勾选“已读到全文末尾”。"
    ),
    ErrorKind.IDENTITY_MISSING: _l(
        "您的身份还没有按要求核验，签名没有提交。请看页面上“身份核验”一栏还缺哪一项。"
    ),
    ErrorKind.NOT_YOUR_TURN: _l("本协议约定按顺序签署，还没有轮到您。前面的人签署后会通知您。"),
    ErrorKind.FRESH_SIGN_IN_NEEDED: _l("为了确认是您本人，请先退出并重新用验证码登录，再在十五分钟内操作。"),
    ErrorKind.KEY_MISSING: _l("还有人没有登记签名钥匙，请先在“签名钥匙”页面登记。"),
    ErrorKind.KEY_IN_USE: _l("这把钥匙正用于一份尚未完成的协议，现在不能停用。"),
    ErrorKind.KEY_REFUSED: _l("没有登记成功：设备的回应没有通过核验，或者这把钥匙已登记过。请重新操作。"),
    ErrorKind.FILE_EMPTY: _l("文件是空的（0 字节），没有接收。请检查原文件。"),
    ErrorKind.FILE_TOO_LARGE: _l("文件超过允许的大小。请分卷提交，或联系办公室。"),
    ErrorKind.FILE_TYPE_CLAIM: _l("文件内容与所称的类型不符，没有接收。请提交原始文件，不要更改扩展名。"),
    ErrorKind.UPLOAD_BROKEN: _l("上传没有完整到达。已收到的部分已保留，请点击继续上传。"),
    ErrorKind.UPLOAD_OFFSET: _l("上传位置不一致，将从服务器已收到的位置继续。"),
    ErrorKind.UPLOAD_QUOTA: _l(
        "本案可用的存储空间或者未完成的上传已达上限。请先完成或取消其他上传，或联系办公室。"
    ),
    ErrorKind.STORE_UNAVAILABLE: _l("暂时无法保存文件，没有出具回执。已收到的部分会保留，请稍后继续上传。"),
    ErrorKind.STORE_FULL: _l(
        "平台的存储空间不足，没有开始接收。您的文件没有丢失；请稍后再试，或联系办公室。"
    ),
    ErrorKind.EXHIBIT_ERASED: _l("这件证据已依法删除，只留下删除记录和链上承诺。"),
    ErrorKind.SECOND_PERSON_NEEDED: _l("这一步须由另一位工作人员确认，申请人本人不能确认。"),
    ErrorKind.LEGAL_HOLD: _l("本案已登记禁止删除，解除之前不能删除任何证据。"),
    ErrorKind.DIGEST_DIFFERS: _l(
        "浏览器与服务器计算的摘要不一致，没有出具回执。文件可能在读取时被改动，请重新提交。"
    ),
    ErrorKind.PROOF_MALFORMED: _l("证明文件无法读取：它是空的、不完整，或者不是和证的证明文件。"),
    ErrorKind.LEDGER_REFUSED: _l("链上合约拒绝了这次提交。签名已保留，请联系办公室。"),
    ErrorKind.LEDGER_UNAVAILABLE: _l("暂时连接不到链上节点。您的内容已保存，请稍后再试。"),
}

PROBLEMS = {
    "missing": _l("请填写此项。"),
    "too_long": _l("内容过长，请缩短。"),
    "unknown": _l("这里的内容无法识别，请重新选择。"),
    "contact": _l("请填写有效的手机号码或电子邮箱。"),
    "amount": _l("请填写大于零的金额，最多两位小数。"),
    "date": _l("请选择有效的日期。"),
    "past": _l("日期不能早于今天。"),
    "blank": _l("文中还有“（待填）”，请补充完整。"),
    "court_adjudicates": _l("不能约定违约后由法院裁判（民事调解规定 8）。可以约定违约金、担保或者申请执行。"),
    "ownership": _l("不能约定知识产权的归属或者效力，法院不受理此类确认（民诉法解释 355）。"),
    "reason_short": _l("请写明理由，不少于十个字。"),
    "type": _l("内容的格式不正确。"),
    "hidden": _l("内容含有看不见的字符或者不是规范的写法，请重新填写。"),
    "duplicate": _l("重复出现，请保留一个。"),
    "too_many": _l("数量超过上限。"),
    "too_large": _l("协议全文过长，请精简。"),
    "reference": _l("所指的当事人不在协议中，请重新选择。"),
    "number": _l("请填写整数。"),
    "rate": _l("请填写每日万分之几，例如 5。"),
    "future": _l("时间不能晚于现在。"),
    "same_contact": _l("双方的联系方式不能相同。"),
}

HTTP_MESSAGES = {
    400: _l("请求不完整，请返回重试。"),
    403: _l("您没有打开这个页面的权限。"),
    404: _l("没有找到这个页面。"),
    405: _l("这个地址不支持这种操作。"),
    413: _l("提交的内容过大。"),
    429: _l("操作过于频繁，请稍后再试。"),
    500: _l("系统出现故障，已记录。您的内容没有丢失，请稍后再试。"),
}


QUOTAS = {
    "uploads": _l("您在本案已有 %(count)s 个没有传完的上传，没有开始接收。请先传完或者取消其中一个。"),
    "person": _l(
        "您在本案可用的存储空间还剩 %(left)s，放不下这个文件，没有开始接收。请先取消不需要的上传，或联系办公室。"
    ),
    "case": _l(
        "本案可用的存储空间还剩 %(left)s，放不下这个文件，没有开始接收。请先取消不需要的上传，或联系办公室。"
    ),
}


def message_for(error: DomainError) -> str:
    """The sentence for a refusal, in the reader's language."""
    if error.kind is ErrorKind.UPLOAD_QUOTA and error.detail.get("of") in QUOTAS:
        left = file_size(int(error.detail.get("left", 0)))
        return str(QUOTAS[error.detail["of"]]) % {"left": left, "count": error.detail.get("open_uploads")}
    return str(MESSAGES[error.kind])


def problem_texts(error: DomainError) -> dict[str, str]:
    """Field name to sentence, for forms that are shown again."""
    if isinstance(error, InvalidForm):
        return {name: str(PROBLEMS[problem]) for name, problem in error.problems.items()}
    if error.field is None:
        return {}
    problem = error.detail.get("problem")
    return {error.field: str(PROBLEMS[str(problem)]) if problem in PROBLEMS else message_for(error)}


def install(app: Flask) -> None:
    """Answer refusals and HTTP errors in the caller's own form."""
    app.register_error_handler(DomainError, _answer_refusal)
    app.register_error_handler(CSRFError, _answer_csrf)
    app.register_error_handler(HTTPException, _answer_http)


def _answer_refusal(error: DomainError) -> ResponseReturnValue:
    message = message_for(error)
    if wants_json():
        detail = {"kind": error.kind.value, "message": message, "fields": problem_texts(error)}
        return jsonify(error=detail | _public_detail(error)), STATUS[error.kind]
    if error.kind is ErrorKind.NOT_SIGNED_IN and request.method == "GET":
        return redirect(f"/sign-in?next={request.path}")
    back = came_from()
    if request.method == "POST" and back is not None and error.kind is not ErrorKind.NOT_FOUND:
        flash(message, "danger")
        return redirect(back, 303)
    return _page(STATUS[error.kind], message)


def _public_detail(error: DomainError) -> dict[str, object]:
    return {
        key: value
        for key, value in error.detail.items()
        if key in ("offset", "left", "state", "revision", "both", "hits")
    }


def _answer_csrf(error: CSRFError) -> ResponseReturnValue:
    message = _("页面停留时间过长，安全令牌已失效。请刷新页面后重新提交；填写的内容会保留。")
    if wants_json():
        return jsonify(error={"kind": "csrf", "message": message}), 400
    return _page(400, message)


def _answer_http(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    message = str(HTTP_MESSAGES.get(code, HTTP_MESSAGES[500 if code >= 500 else 400]))
    if wants_json():
        return jsonify(error={"kind": f"http_{code}", "message": message}), code
    return _page(code, message)


def _page(code: int, message: str) -> ResponseReturnValue:
    signed_in = current_actor().account_id is not None
    return render_template("errors/error.html", code=code, message=message, signed_in=signed_in), code
