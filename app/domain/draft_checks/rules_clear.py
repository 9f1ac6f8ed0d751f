"""Rules about content that is not clear: who, what, how much, by when; figures, dates and names that do not agree.
Data only; what a regular expression cannot tell is a named predicate."""

from datetime import date

from app.domain.draft_checks.model import Rule, Severity, wording

_CLEAR = "民诉法解释 358（五）"
_INTERPRETATION = date(2022, 4, 10)
_CODE = date(2021, 1, 1)
_ENDS_SOMEWHERE = "不迟于|最迟|见附件|附件[一二三]"
_DO = r"(?:支付|付款|付清|销毁|删除|停止|履行|更换|下架|撤回|注销|道歉|办理|变更|返还|交付|移交|退还|赔偿|拆除|召回|清除)"

RULES: tuple[Rule, ...] = (
    Rule(
        "vague_amount",
        Severity.REFUSE,
        f"{_CLEAR}；民法典 470、510",
        _INTERPRETATION,
        (
            wording(
                r"(?!合理(?:的)?报酬)(?:适当|酌情|相应|一定|若干|适量|合适|少量|部分|合理)(?:的)?(?:数额的?|金额的?|经济)?"
                r"(?:补偿|赔偿|款项|报酬|赔偿金|补偿金|金额|数额|对价|许可费|使用费|给付|支付)"
            ),
            wording(r"(?:适当|酌情|相应|一定)(?:的)?费用"),
            wording(
                r"(?:数额|金额|费用|价款|款项|赔偿款|许可费|使用费|标准|对价)[^，]{0,8}另行(?:协商|约定|商定|确定|议定|商议)"
            ),
            wording(
                r"元(?:左右|上下|以上|以下|以内|不等)|\d余(?:万)?元|(?:大约|约)(?:人民币|为?\d[\d,.]{0,20}万?元)"
            ),
            wording(r"\d(?:百|千|万)?元?(?:至|到|—|~|-)(?:人民币)?\d[\d,.]{0,20}(?:百|千|万)?元"),
            wording(r"(?:数额|金额)以[甲乙丙][^，]{0,6}(?:通知|要求|决定|认可)为准"),
            wording(
                r"(?:赔偿|补偿|费用|金额|数额|款|多少)[^。]{0,16}(?:再谈|再说|再议|再商量|看着办|商量着)|(?:一笔|一些)钱|意思一下"
            ),
            wording(
                r"(?:数额|金额|赔偿额|补偿额|费用|价款)[^，]{0,16}(?:嗣后|事后|届时|日后|再行)[^，]{0,6}(?:确定|协商|商定|议定|评估|结算)|(?:相应|适当|一定)数额|(?:经济|适当)补助"
            ),
        ),
        duties_only=True,
    ),
    Rule(
        "vague_time",
        Severity.REFUSE,
        f"{_CLEAR}；民法典 511（四）",
        _INTERPRETATION,
        (
            wording(
                r"尽快|尽早|从速|近期|适时|择期|择日|日后|稍后|短期内|合理(?:的)?(?:期限|时间|期间)|(?:条件|时机)(?:成熟|具备|允许)"
                r"|(?:资金|款项|贷款|融资)到位|有能力时|经济(?:好转|宽裕)|方便(?:时|的时候)|适当(?:的)?(?:时间|时候|时机)",
                unless=_ENDS_SOMEWHERE,
                before="不迟于.{0,20}$",
            ),
            wording(
                rf"及时(?:、?足额|、?全部|、?完整)?(?:地)?(?:向[^，]{{1,6}})?{_DO}",
                unless=_ENDS_SOMEWHERE,
                needs="及时",
            ),
            wording(
                r"(?:时间|日期|期限)[^，]{0,8}另行(?:协商|约定|商定|确定|通知)|另行(?:约定|商定|协商|通知)[^，]{0,4}(?:时间|日期|期限)"
            ),
            wording(
                r"(?:协商|另行)[^，]{0,4}确定后|(?:年底|月底|年中|月初|季度末|\d日|\d月|\d年)(?:左右|前后)|(?:年底|月底)之?前后"
            ),
            wording(
                r"(?:之后|以后|后)?(?:双方)?再(?:谈|说|议|商量)|到时候|手头(?:宽裕|有钱)|有钱(?:后|时|了)|力所能及的时间|(?:春节|过年|年|节)(?:前|后)(?=[^\d，]{0,8}(?:把|付|给|还|退|支付))|有空时",
                unless=_ENDS_SOMEWHERE,
                before=r"\d$|[\d一二三四五六七八九十](?:个)?$",
            ),
            wording(
                r"(?:适当|必要|相当|一定)(?:的)?(?:期限|期间|时间|时日)(?:内|后)|(?:经营|经济|资金|财务)(?:状况|情况|条件|能力)?[^，]{0,4}(?:改善|好转|允许|宽裕|许可)(?:时|后|的)|嗣后(?!不)|届时(?:再|另)",
                unless=_ENDS_SOMEWHERE,
            ),
        ),
        duties_only=True,
    ),
    Rule(
        "vague_content",
        Severity.WARN,
        f"{_CLEAR}；民法典 470、510",
        _INTERPRETATION,
        (
            wording(
                r"(?:相应|适当|必要|合理|有效)(?:的)?(?:措施|方式|形式|手段|处理|整改|途径)",
                unless="见证|附件|注明|署名|包括|如下|即[:，]|保密措施",
            ),
            wording(
                r"(?:有关|相关)(?:的)?(?:问题|事宜|义务|手续|整改|工作)(?!清单)",
                unless="附件|包括|如下|补充协议|另行签订|与.{0,10}有关",
            ),
            wording(r"视(?:具体)?情况|根据(?:实际|具体)情况|酌情(?:处理|办理)"),
            wording(
                r"(?:范围|内容|方式|细节|事项|具体[^，]{0,6}|办法)[^，]{0,8}(?:由?双方)?另行(?:协商|约定|商定|确定|议定)"
            ),
            wording(
                r"类似的一切|一切(?:类似|相关|侵权)|(?:标识|产品|商品|行为|材料|作品)等(?=[，)]|$)|若干(?!笔)"
            ),
            wording(r"(?:予以|积极|全力)(?:配合|协助)(?=$|，)"),
            wording(
                r"处理掉|搞定|弄好|妥善(?:处理|解决)|(?:事项|问题|事情)[^，]{0,6}(?:再说|再谈|再议|看着办)"
            ),
            wording(
                r"(?:必要|适当|相应|合理)(?:的)?(?:调整|修改|处置|安排|补救|改正|说明|表示|协助|更正|处分)|(?:提出|规定|要求)的其他(?:要求|事项|义务)",
                unless="附件|包括|如下|另行",
            ),
        ),
        duties_only=True,
        yields_to=("vague_amount", "vague_time"),
    ),
    Rule(
        "amount_missing",
        Severity.REFUSE,
        f"{_CLEAR}；民法典 470",
        _INTERPRETATION,
        predicate="payment_without_amount",
        duties_only=True,
        yields_to=("vague_amount", "blank", "labour", "people_fee"),
    ),
    Rule(
        "date_missing",
        Severity.WARN,
        f"{_CLEAR}；民法典 470、511（四）",
        _INTERPRETATION,
        predicate="duty_without_date",
        duties_only=True,
        yields_to=("vague_time", "blank", "date_impossible", "public_power", "vague_amount"),
    ),
    Rule(
        "who_missing",
        Severity.WARN,
        f"{_CLEAR}；民法典 470",
        _INTERPRETATION,
        predicate="duty_of_nobody",
        duties_only=True,
    ),
    Rule("missing_field", Severity.REFUSE, _CLEAR, _INTERPRETATION, predicate="empty_field"),
    Rule(
        "blank",
        Severity.REFUSE,
        _CLEAR,
        _INTERPRETATION,
        (
            wording(
                r"\(待[填定补][^)]{0,6}\)|待填写?|待补充|(?:\(|^|，)请补充|请补充\)|\(请?填写[^)]{0,8}\)"
            ),
            wording(r"_{2,}|＿{2,}|【】|\(\)|\[\]|\*{4,}|×{2,}|(?<![“「《])某某"),
            wording(r"(?<![“「A-Za-z])[Xx]{2,}(?=年|月|日|元|万|号|公司|%|份|天|个)"),
        ),
        predicate="blank_name",
    ),
    Rule("amount_words", Severity.REFUSE, _CLEAR, _INTERPRETATION, predicate="figures_against_words"),
    Rule("instalment_sum", Severity.REFUSE, _CLEAR, _INTERPRETATION, predicate="parts_against_total"),
    Rule(
        "percent_over",
        Severity.REFUSE,
        _CLEAR,
        _INTERPRETATION,
        predicate="shares_against_whole",
        duties_only=True,
    ),
    Rule("date_impossible", Severity.REFUSE, _CLEAR, _INTERPRETATION, predicate="day_not_in_calendar"),
    Rule(
        "date_past",
        Severity.WARN,
        f"{_CLEAR}；民法典 470",
        _INTERPRETATION,
        predicate="due_before_today",
        duties_only=True,
    ),
    Rule(
        "date_order",
        Severity.REFUSE,
        f"{_CLEAR}；民法典 692",
        _INTERPRETATION,
        predicate="days_out_of_order",
    ),
    Rule(
        "late_fee_high",
        Severity.HINT,
        "民法典 585；合同编通则司法解释（法释〔2023〕13号）65",
        date(2023, 12, 5),
        predicate="late_fee_over_measure",
        duties_only=True,
    ),
    Rule(
        "deposit_over", Severity.WARN, "民法典 586", _CODE, predicate="deposit_over_fifth", duties_only=True
    ),
    Rule(
        "party_name", Severity.WARN, f"{_CLEAR}；民法典 470", _INTERPRETATION, predicate="name_nearly_party"
    ),
    Rule("unknown_party", Severity.WARN, _CLEAR, _INTERPRETATION, predicate="party_that_is_not_there"),
    Rule(
        "self_duty", Severity.REFUSE, _CLEAR, _INTERPRETATION, predicate="duty_to_oneself", duties_only=True
    ),
    Rule("lookalike", Severity.WARN, _CLEAR, _INTERPRETATION, predicate="mixed_scripts"),
    Rule("hidden_characters", Severity.REFUSE, _CLEAR, _INTERPRETATION, predicate="characters_nobody_sees"),
    Rule(
        "id_check",
        Severity.WARN,
        "GB 32100-2015；GB 11643-1999；民诉法解释 354",
        _INTERPRETATION,
        predicate="number_with_wrong_check",
    ),
    Rule("duplicate", Severity.WARN, _CLEAR, _INTERPRETATION, predicate="said_twice"),
    Rule("contradiction", Severity.WARN, _CLEAR, _INTERPRETATION, predicate="said_otherwise"),
    Rule(
        "authority_missing",
        Severity.REFUSE,
        "民诉法 62；民诉法解释 89",
        date(2024, 1, 1),
        predicate="agent_who_may_not_settle",
    ),
)
