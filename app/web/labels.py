"""Names of states, sides and kinds as people read them; the only place where enum values become words."""

from flask_babel import lazy_gettext as _l

LABELS = {
    "right_kind": {
        "patent": _l("专利权"),
        "trademark": _l("商标权"),
        "copyright": _l("著作权"),
        "plant_variety": _l("植物新品种权"),
        "trade_secret": _l("商业秘密"),
        "layout_design": _l("集成电路布图设计"),
        "domain_name": _l("域名"),
        "unfair_competition": _l("不正当竞争"),
    },
    "right_hint": {
        "patent": _l("发明、实用新型、外观设计的侵权、许可、转让与费用纠纷"),
        "trademark": _l("注册商标的侵权、许可与转让纠纷"),
        "copyright": _l("文字、图片、音乐、软件、视听等作品的纠纷"),
        "plant_variety": _l("授权品种的生产、繁殖、销售纠纷"),
        "trade_secret": _l("技术信息与经营信息的泄露和使用"),
        "layout_design": _l("集成电路布图设计的复制与商业利用"),
        "domain_name": _l("域名与商标、字号等在先权益的冲突"),
        "unfair_competition": _l("混淆、虚假宣传、商业诋毁与网络不正当竞争"),
    },
    "right_field": {
        "patent_number": _l("专利号"),
        "patent_type": _l("专利类型（发明、实用新型或外观设计）"),
        "patent_name": _l("专利名称"),
        "accused_product": _l("被指侵权的产品或方法"),
        "registration_number": _l("注册（登记）号"),
        "mark": _l("商标名称或图样说明"),
        "goods_class": _l("核定使用的商品或服务类别"),
        "accused_use": _l("被指侵权的使用方式"),
        "work_title": _l("作品名称"),
        "work_type": _l("作品类型（文字、美术、摄影、视听、软件等）"),
        "online_use": _l("是否发生在网络上，网址或平台"),
        "variety_right_number": _l("品种权号"),
        "variety_name": _l("品种名称"),
        "species": _l("属或种"),
        "accused_material": _l("被指侵权的繁殖材料或收获材料"),
        "secret_kind": _l("秘密类型（技术信息或经营信息）；请勿写出秘密内容本身"),
        "secrecy_measures": _l("采取的保密措施"),
        "design_name": _l("布图设计名称"),
        "accused_chip": _l("被指侵权的芯片或产品"),
        "domain": _l("争议域名"),
        "own_sign": _l("您的商标、字号或其他在先权益"),
        "registered_on": _l("域名注册日期"),
        "conduct_kind": _l("行为类型（混淆、虚假宣传、商业诋毁、网络行为等）"),
    },
    "case_state": {
        "submitted": _l("已提交"),
        "invited": _l("已邀请对方"),
        "agreed": _l("双方同意调解"),
        "declined": _l("对方不同意调解"),
        "in_mediation": _l("调解中"),
        "settled": _l("已达成协议"),
        "confirmation_requested": _l("已申请司法确认"),
        "confirmed": _l("裁定有效"),
        "confirmation_refused": _l("驳回确认申请"),
    },
    "side": {
        "claimant": _l("申请人"),
        "respondent": _l("被申请人"),
        "mediator": _l("调解员"),
    },
    "party_kind": {"person": _l("自然人"), "organisation": _l("单位")},
    "office": {
        "office": _l("办公室"),
        "mediator": _l("调解员"),
        "judge": _l("法官"),
        "notary": _l("公证员"),
    },
    "consent_stage": {
        "mediate_online": _l("在线调解"),
        "record": _l("录音录像"),
        "electronic_service": _l("电子送达"),
        "preservation": _l("电子数据保全方式"),
    },
    "act": {
        "sign_in": _l("登录"),
        "sign_out": _l("退出"),
        "submit_intake": _l("提交申请"),
        "send_invitation": _l("发送邀请"),
        "join_by_invitation": _l("凭邀请加入"),
        "answer_invitation": _l("答复邀请"),
        "give_consent": _l("作出同意或不同意"),
        "accept_case": _l("受理案件"),
        "open_room": _l("开启调解室"),
        "open_caucus": _l("开启单独会谈"),
    },
}


def label_of(group: str, value: object) -> str:
    """The word for an enum member or its value, in the reader's language."""
    return str(LABELS[group][str(getattr(value, "value", value))])
