"""How each kind of clause reads in Chinese. The document around the clauses is in ``render``."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from app.domain.agreement.model import BLANK, Agreement, Clause, Track
from app.domain.money import figures, words

INDENT = "　　"
"""Further lines of a text begin with it, so that no text can pass for a heading or the number of a clause."""
_STOPS = "。！？"
_RATES = "一二三四五六七八九十"
HEADINGS = {
    "cease": "停止",
    "destroy": "销毁",
    "payment": "付款",
    "licence": "许可使用",
    "withdrawal": "撤回",
    "delisting": "下架",
    "transfer": "权利转让",
    "rename": "变更名称",
    "confidentiality": "保密",
    "return_materials": "返还资料",
    "seed_disposal": "繁殖材料处置",
    "undertaking": "承诺",
    "act": "履行事项",
    "breach": "违约责任",
    "guarantee": "担保",
    "no_admission": "不构成承认",
    "costs": "费用",
    "no_further_claims": "不再主张",
    "dispute": "后续争议",
    "notices": "送达",
    "effect": "生效",
}
_METHODS = {
    "transfer": "银行转账",
    "platform": "通过平台账户支付",
    "escrow": "由第三方监管账户支付",
    "cash": "现金",
    "other": "按照下列方式",
}
_LICENCES = {"exclusive": "独占许可", "sole": "排他许可", "ordinary": "普通许可"}
_SUBLICENCES = {
    "no": "被许可方不得再许可他人使用",
    "consent": "经许可方事先书面同意，被许可方可以再许可他人使用",
    "yes": "被许可方可以再许可他人使用",
}
_OBJECTS = {
    "company_name": "企业名称",
    "domain": "域名",
    "shop": "店铺名称",
    "account": "账号名称",
    "product": "产品名称",
}
_SEED = {"destroy": "销毁", "deactivate": "灭活", "grain": "转为商品粮", "hand_over": "移交"}
_GUARANTEES = {
    "general": "一般保证",
    "joint": "连带责任保证",
    "mortgage": "抵押担保",
    "pledge": "质押担保",
}
_ITEMS = {
    "mediation": "调解费用",
    "lawyer": "律师费",
    "appraisal": "鉴定、评估费用",
    "notary": "公证费",
    "acceptance": "案件受理费",
    "other": "其他费用",
}
_DISPUTES = {
    "negotiate": "因履行本协议发生争议的，各方应当先行协商。",
    "mediate": "因履行本协议发生争议的，各方同意先行申请调解。",
    "sue": "因履行本协议发生争议，协商不成的，任何一方可以依法向有管辖权的人民法院起诉。",
    "arbitrate": "因履行本协议发生争议的，提交仲裁。",
}
EFFECTS = {
    Track.PEOPLE: "本协议自各方当事人签名、调解员签名并加盖人民调解委员会印章之日起生效。",
    Track.INDUSTRY: "本协议自各方当事人及调解员完成签署、盖章之日起生效；法律另有规定的，依照其规定。",
    Track.ADMINISTRATIVE: "本协议自各方当事人及调解员完成签署、盖章之日起生效；法律另有规定的，依照其规定。",
    Track.DELEGATED: "本协议自各方当事人全部完成电子签名之日起生效；调解员签名并由调解组织盖章。",
    Track.ENTRUSTED: "本协议自各方当事人及调解员完成签署、盖章后提交委托调解的人民法院审查，"
    "由人民法院依法制作调解书；调解书经各方当事人签收后具有法律效力。",
    Track.COMMERCIAL: "本协议自各方当事人完成签署之日起生效。",
}
"""When an agreement takes effect where no clause says so (人民调解法 29；在线调解规则 19；特邀调解规定 20)."""


def ended(text: str) -> str:
    """A sentence with its full stop; its further lines are indented."""
    text = text.replace("\n", f"\n{INDENT}")
    return text if text.endswith(tuple(_STOPS)) else f"{text.rstrip('；;，,、')}。"


def paragraphs(text: str) -> list[str]:
    """Every line of a text as an indented paragraph."""
    return [f"{INDENT}{line.strip()}" for line in ended(text).split("\n") if line.strip()]


def phrase(text: str) -> str:
    """A text as part of a sentence: without its full stop."""
    return text.replace("\n", f"\n{INDENT}").rstrip("。；;，,、")


def long_day(iso: str) -> str:
    """``2026年4月30日``; a blank where there is none."""
    if not iso:
        return BLANK
    day = date.fromisoformat(iso)
    return f"{day.year}年{day.month}月{day.day}日"


def money(amount: str) -> str:
    """An amount in figures and capital words."""
    if not amount:
        return f"人民币 {BLANK} 元"
    value = Decimal(amount)
    return f"人民币 {figures(value)} 元（大写：人民币{words(value)}）"


def rate_words(rate: str) -> str:
    """``万分之五``; figures where the rate is not a whole number up to ten."""
    return f"万分之{_RATES[int(rate) - 1] if rate.isdigit() and int(rate) <= 10 else rate}"


class Words:
    """The wording of one agreement's clauses."""

    def __init__(self, agreement: Agreement) -> None:
        self._agreement = agreement

    def clause(self, clause: Clause) -> list[str]:
        """The clause's lines: the first goes behind its number, the rest stand below it."""
        return _KINDS[clause.kind](self, clause)

    def heading(self, clause: Clause) -> str:
        """The clause's name in the text."""
        if clause.kind == "apology":
            return "消除影响" if clause.fields.get("form") == "clarification" else "赔礼道歉"
        if clause.kind == "other":
            return str(clause.fields.get("title", "其他约定"))
        return HEADINGS[clause.kind]

    def names(self, refs: tuple[str, ...]) -> str:
        """``甲方、乙方``; ``双方`` or ``各方`` where it is everybody."""
        parties = self._agreement.parties
        if not refs:
            return BLANK
        if len(parties) > 1 and set(refs) == {party.ref for party in parties}:
            return "双方" if len(parties) == 2 else "各方"
        return "、".join(self._agreement.letter(ref) for ref in refs)

    def place(self, ref: object) -> str:
        """``第3条``; a blank for a clause that is not there."""
        position = self._agreement.position(ref) if isinstance(ref, str) else None
        return f"第{position}条" if position else BLANK

    def _text(self, clause: Clause, name: str) -> str:
        return phrase(str(clause.fields.get(name, BLANK)))

    def _who(self, clause: Clause, name: str = "who") -> str:
        return self.names(clause.refs(name))

    def _by(self, clause: Clause) -> str:
        return f"{long_day(str(clause.fields.get('by', '')))}前（含当日）"

    def _of(self, names: dict[str, str], clause: Clause, name: str) -> str:
        return names.get(str(clause.fields.get(name, "")), BLANK)

    def _say(self, clause: Clause, *sentences: str) -> list[str]:
        return f"{self.heading(clause)}。{''.join(sentences)}".split("\n")

    def _if(self, clause: Clause, name: str, before: str) -> str:
        return f"{before}{ended(str(clause.fields[name]))}" if name in clause.fields else ""

    def cease(self, clause: Clause) -> list[str]:
        """``乙方应当于…前停止…``."""
        return self._say(
            clause,
            f"{self._who(clause)}应当于{self._by(clause)}{self._text(clause, 'what')}。",
            self._if(clause, "scope", "范围："),
            f"履行方式：{self._text(clause, 'manner')}。",
        )

    def destroy(self, clause: Clause) -> list[str]:
        """What is destroyed, how many, and how it is shown."""
        quantity = f"（数量：{self._text(clause, 'quantity')}）" if "quantity" in clause.fields else ""
        return self._say(
            clause,
            f"{self._who(clause)}应当于{self._by(clause)}销毁{self._text(clause, 'what')}{quantity}。",
            f"履行方式：{self._text(clause, 'manner')}。",
            self._if(clause, "evidence", "履行证明："),
        )

    def payment(self, clause: Clause) -> list[str]:
        """Amount in figures and words, one date or instalments, account, what follows on delay."""
        amount = money(str(clause.fields.get("amount", "")))
        lead = f"{self._who(clause, 'payer')}应当向{self._who(clause, 'payee')}支付{amount}"
        purpose = f"款项性质：{self._text(clause, 'purpose')}。"
        parts = clause.instalments()
        if not parts:
            due = long_day(str(clause.fields.get("due", "")))
            return self._say(clause, f"{lead}，于{due}前（含当日）付清。{purpose}", *self._paying(clause))
        marks = ["；"] * (len(parts) - 1) + ["。"]
        lines = [
            f"（{at}）{long_day(part.due)}前（含当日）支付{money(part.amount)}{mark}"
            for at, (part, mark) in enumerate(zip(parts, marks, strict=True), 1)
        ]
        tail = "".join(self._paying(clause)).split("\n")
        return [
            *self._say(clause, f"{lead}，分 {len(parts)} 期支付。{purpose}各期金额与日期如下："),
            *lines,
            *tail,
        ]

    def _paying(self, clause: Clause) -> list[str]:
        fields = clause.fields
        account = [
            f"{name}：{self._text(clause, key)}"
            for key, name in (("account_holder", "户名"), ("bank", "开户行"), ("account_number", "账号"))
            if key in fields
        ]
        said = [f"支付方式：{self._of(_METHODS, clause, 'method')}。"]
        if account:
            said.append(f"收款账户：{'，'.join(account)}。")
        said.append(self._if(clause, "manner", ""))
        if len(clause.refs("payer")) > 1:
            share = {"joint": "对上述款项承担连带责任", "equal": "平均分担上述款项"}
            said.append(f"{self._who(clause, 'payer')}{self._of(share, clause, 'liability')}。")
        if "late_rate" in fields:
            rate = rate_words(str(fields["late_rate"]))
            said.append(f"逾期付款的，以逾期未付金额为基数，按照每日{rate}计付逾期付款违约金。")
        if "accelerate" in fields:
            said.append("任何一期逾期未付的，收款方有权要求付款方立即付清全部未付款项。")
        return said

    def licence(self, clause: Clause) -> list[str]:
        """Kind, right, scope, territory, term, sublicence, fee."""
        fields = clause.fields
        start, end = long_day(str(fields.get("start", ""))), long_day(str(fields.get("end", "")))
        fee = (
            f"许可使用费按照{self.place(fields.get('fee'))}支付"
            if "fee" in fields
            else "许可方不收取许可使用费"
        )
        items = [
            f"许可方式：{self._of(_LICENCES, clause, 'type')}",
            f"许可使用的权利：{self._text(clause, 'right')}",
            f"使用方式和范围：{self._text(clause, 'scope')}",
            f"地域：{self._text(clause, 'territory')}",
            f"期限：自{start}起至{end}止",
            f"再许可：{self._of(_SUBLICENCES, clause, 'sublicence')}",
            f"费用：{fee if {'fee', 'free'} & set(fields) else BLANK}",
            *([f"备案：{self._text(clause, 'recording')}"] if "recording" in fields else []),
        ]
        first = f"{self._who(clause, 'licensor')}许可{self._who(clause, 'licensee')}按照下列约定使用："
        marks = ["；"] * (len(items) - 1) + ["。"]
        lines = [f"（{at}）{item}{mark}" for at, (item, mark) in enumerate(zip(items, marks, strict=True), 1)]
        return [*self._say(clause, first), *"\n".join(lines).split("\n")]

    def apology(self, clause: Clause) -> list[str]:
        """Where, when, for how long, and the very words."""
        days = clause.fields.get("days_kept", BLANK)
        kind = "声明" if clause.fields.get("form") == "clarification" else "致歉声明"
        return self._say(
            clause,
            f"{self._who(clause)}应当于{self._by(clause)}在{self._text(clause, 'place')}发布{kind}，"
            f"并持续保留 {days} 日。内容为：\n{INDENT}“{ended(str(clause.fields.get('text', BLANK)))}”",
        )

    def withdrawal(self, clause: Clause) -> list[str]:
        """What is withdrawn at which body."""
        return self._say(
            clause,
            f"{self._who(clause)}应当于{self._by(clause)}向{self._text(clause, 'body')}"
            f"撤回{self._text(clause, 'what')}。",
            self._if(clause, "manner", "履行方式："),
        )

    def delisting(self, clause: Clause) -> list[str]:
        """What is taken off which platform."""
        return self._say(
            clause,
            f"{self._who(clause)}应当于{self._by(clause)}在{self._text(clause, 'platform')}"
            f"下架或者删除{self._text(clause, 'what')}。",
            self._if(clause, "manner", "履行方式："),
        )

    def transfer(self, clause: Clause) -> list[str]:
        """A right changes hands; who records it, who pays."""
        fields = clause.fields
        costs = f"办理费用由{self._who(clause, 'costs_by')}承担。" if "costs_by" in fields else ""
        price = f"转让价款按照{self.place(fields['price'])}支付。" if "price" in fields else ""
        return self._say(
            clause,
            f"{self._who(clause, 'transferor')}将{self._text(clause, 'right')}转让给"
            f"{self._who(clause, 'transferee')}，并应当于{self._by(clause)}办理：{self._text(clause, 'recording')}。",
            costs,
            price,
        )

    def rename(self, clause: Clause) -> list[str]:
        """A name is changed, and what the new one must not contain."""
        return self._say(
            clause,
            f"{self._who(clause)}应当于{self._by(clause)}变更{self._of(_OBJECTS, clause, 'object')}"
            f"“{self._text(clause, 'old')}”。变更要求：{self._text(clause, 'requirement')}。",
            self._if(clause, "manner", "履行方式："),
        )

    def confidentiality(self, clause: Clause) -> list[str]:
        """What is kept secret by whom, how long, except when."""
        until = f"至{long_day(str(clause.fields['until']))}止" if "until" in clause.fields else BLANK
        term = "长期有效，至有关信息合法公开之日止" if "open_ended" in clause.fields else until
        return self._say(
            clause,
            f"{self._who(clause)}对下列内容负有保密义务：{self._text(clause, 'what')}。"
            f"保密期限：{term}。下列情形除外：{self._text(clause, 'exceptions')}。",
        )

    def return_materials(self, clause: Clause) -> list[str]:
        """Papers and files go back; no copies stay."""
        deleted = "不得保留任何形式的复制件。" if "copies_deleted" in clause.fields else ""
        return self._say(
            clause,
            f"{self._who(clause)}应当于{self._by(clause)}向{self._who(clause, 'to')}返还"
            f"{self._text(clause, 'what')}。履行方式：{self._text(clause, 'manner')}。{deleted}",
        )

    def seed_disposal(self, clause: Clause) -> list[str]:
        """Propagating material is destroyed, deactivated, used as grain or handed over."""
        return self._say(
            clause,
            f"{self._who(clause)}应当于{self._by(clause)}对{self._text(clause, 'what')}"
            f"（数量：{self._text(clause, 'quantity')}）作{self._of(_SEED, clause, 'method')}处理。"
            f"履行方式：{self._text(clause, 'manner')}。",
            self._if(clause, "witness", "见证："),
        )

    def undertaking(self, clause: Clause) -> list[str]:
        """A lasting promise."""
        term = f"承诺期限至{long_day(str(clause.fields['until']))}止。" if "until" in clause.fields else ""
        return self._say(clause, f"{self._who(clause)}承诺：{self._text(clause, 'what')}。{term}")

    def act(self, clause: Clause) -> list[str]:
        """Any other duty to do something."""
        to = f"向{self._who(clause, 'to')}" if "to" in clause.fields else ""
        return self._say(
            clause,
            f"{self._who(clause)}应当于{self._by(clause)}{to}{self._text(clause, 'what')}。"
            f"履行方式：{self._text(clause, 'manner')}。",
        )

    def breach(self, clause: Clause) -> list[str]:
        """What a breach costs."""
        fields = clause.fields
        sums = [
            f"支付违约金{money(str(fields['sum']))}" if "sum" in fields else "",
            f"按照未履行金额每日{rate_words(str(fields['rate']))}支付违约金" if "rate" in fields else "",
            self._text(clause, "other") if "other" in fields else "",
        ]
        said = "，并".join(one for one in sums if one) or BLANK
        cap = f"违约金总额不超过{money(str(fields['cap']))}。" if "cap" in fields else ""
        return self._say(
            clause,
            f"{self._text(clause, 'event')}的，{self._who(clause)}应当向{self._who(clause, 'to')}{said}。{cap}",
        )

    def guarantee(self, clause: Clause) -> list[str]:
        """Who guarantees which duty until when."""
        number = (
            f"（证件号码：{self._text(clause, 'guarantor_id')}）" if "guarantor_id" in clause.fields else ""
        )
        which = f"在{self.place(clause.fields['secures'])}项下" if "secures" in clause.fields else ""
        return self._say(
            clause,
            f"{self._text(clause, 'guarantor')}{number}为{self._who(clause, 'debtor')}{which}的债务向"
            f"{self._who(clause, 'creditor')}提供{self._of(_GUARANTEES, clause, 'type')}。"
            f"担保范围：{self._text(clause, 'scope')}。担保期间至{long_day(str(clause.fields.get('end', '')))}止。",
        )

    def no_admission(self, clause: Clause) -> list[str]:
        """Signing admits nothing."""
        return self._say(
            clause,
            "本协议的签署不构成任何一方对对方指控事实的承认，本协议另有明确记载的事实除外。",
            self._if(clause, "except", "但是："),
        )

    def costs(self, clause: Clause) -> list[str]:
        """Who bears which costs."""
        fields, item = clause.fields, self._of(_ITEMS, clause, "item")
        amount = f"（{money(str(fields['amount']))}）" if "amount" in fields else ""
        rules = {
            "free": f"{item}：本次调解不收取费用。",
            "own": f"{item}{amount}：各方各自承担自己支出的部分。",
            "equal": f"{item}{amount}：由各方平均承担。",
            "party": f"{item}{amount}：由{self._who(clause, 'bearer')}承担。",
        }
        return self._say(clause, self._of(rules, clause, "rule"), self._if(clause, "detail", ""))

    def no_further_claims(self, clause: Clause) -> list[str]:
        """What is settled for good, and on which condition."""
        condition = f"在{self._text(clause, 'condition')}后，" if "condition" in clause.fields else ""
        return self._say(
            clause, f"{condition}{self._who(clause)}不再就{self._text(clause, 'what')}向对方主张权利。"
        )

    def dispute(self, clause: Clause) -> list[str]:
        """How later disputes are dealt with."""
        body = f"受理机构：{self._text(clause, 'body')}。" if "body" in clause.fields else ""
        return self._say(clause, self._of(_DISPUTES, clause, "method"), body, self._if(clause, "detail", ""))

    def notices(self, clause: Clause) -> list[str]:
        """Where a party is served."""
        optional = [
            f"{name}：{self._text(clause, key)}"
            for key, name in (("phone", "电话"), ("email", "电子邮箱"))
            if key in clause.fields
        ]
        electronic = f"{self._who(clause)}同意电子送达。" if "electronic" in clause.fields else ""
        items = [
            f"送达地址：{self._text(clause, 'address')}",
            f"收件人：{self._text(clause, 'recipient')}",
            *optional,
        ]
        return self._say(
            clause,
            f"{self._who(clause)}确认{'；'.join(items)}。{electronic}地址变更的，应当及时书面告知对方；"
            "未告知的，按照上述地址送达视为送达。",
        )

    def effect(self, clause: Clause) -> list[str]:
        """When the agreement takes effect."""
        day = long_day(str(clause.fields.get("date", "")))
        rules = {
            "track": EFFECTS[self._agreement.track],
            "all_signed": "本协议自各方当事人全部完成签署之日起生效。",
            "date": f"本协议自{day}起生效。",
        }
        return self._say(clause, self._of(rules, clause, "rule"), self._if(clause, "detail", ""))

    def other(self, clause: Clause) -> list[str]:
        """Free text."""
        return self._say(clause, ended(str(clause.fields.get("text", BLANK))))


_KINDS: dict[str, Callable[[Words, Clause], list[str]]] = {
    name: getattr(Words, name) for name in (*HEADINGS, "apology", "other")
}
