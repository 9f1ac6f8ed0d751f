"""What the draft checker's hits mean and what to write instead, in the reader's language. The rules are in the domain."""

from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.domain.draft_checks import Hit


@dataclass(frozen=True)
class RuleWords:
    """One rule in words; ``title`` and ``explanation`` may hold values of the hit."""

    title: LazyString
    explanation: LazyString
    suggestion: LazyString


@dataclass(frozen=True)
class HitWords:
    """One hit in words."""

    title: str
    explanation: str
    suggestion: str


RULE_WORDS: dict[str, RuleWords] = {
    "ownership": RuleWords(
        _l("确认了权利归属"),
        _l("调解协议内容涉及知识产权确权的，法院不受理司法确认申请。"),
        _l(
            "改为陈述登记事实，或者约定转让、许可、停止使用等义务；归属有争议的，另行通过诉讼或者行政程序解决。"
        ),
    ),
    "validity": RuleWords(
        _l("认定了权利的效力"),
        _l("权利是否有效由国家知识产权局和人民法院依法认定，写进协议属于确权。"),
        _l("删去对效力的认定；可以约定撤回无效宣告请求，或者约定权利被宣告无效后如何处理付款。"),
    ),
    "well_known_mark": RuleWords(
        _l("认定了驰名商标"),
        _l("以调解方式结案的，对商标驰名的事实不予认定；这种条款也是虚假诉讼的常见迹象。"),
        _l("删去驰名的认定，直接约定停止使用的标识、商品和期限。"),
    ),
    "status_relation": RuleWords(
        _l("涉及身份关系"),
        _l("确认婚姻、亲子、收养等身份关系的，法院不受理司法确认申请。"),
        _l("身份关系另行处理；本协议只约定知识产权的财产事项。"),
    ),
    "public_power": RuleWords(
        _l("为行政、司法机关设定了义务或者结果"),
        _l("行政处罚、登记、侦查等公权力事项不由当事人处分，也不属于民事调解的范围。"),
        _l("只约定当事人自己的行为，例如“甲方应于×日前提交撤回申请，是否准许由该机关依法决定”。"),
    ),
    "special_procedure": RuleWords(
        _l("涉及特别程序、破产或者公示催告"),
        _l("适用特别程序、公示催告程序、破产程序审理的事项，不予受理司法确认。"),
        _l("删去该内容，由相应程序处理。"),
    ),
    "labour": RuleWords(
        _l("涉及劳动关系"),
        _l("劳动争议一般先经劳动仲裁，不在知识产权调解的范围内。"),
        _l("把劳动争议分开处理；本协议只保留知识产权事项。"),
    ),
    "confirmation_after_filing": RuleWords(
        _l("委托调解不走司法确认"),
        _l("立案后委托调解达成协议的，由人民法院审查并制作调解书，或者由当事人撤诉，没有司法确认这一步。"),
        _l("改为“本协议提交委托调解的人民法院审查，由人民法院制作调解书”。"),
    ),
    "people_fee": RuleWords(
        _l("人民调解不得收费"),
        _l("人民调解委员会调解民间纠纷不收取任何费用。"),
        _l("删去调解费；可以约定各方自己支出的交通费、公证费等由谁承担。"),
    ),
    "court_adjudicates": RuleWords(
        _l("约定违约后由法院裁判"),
        _l("约定一方不履行协议，另一方可以请求法院对案件作出裁判的条款，法院不予准许。"),
        _l("改为违约责任或者担保条款，例如按日计算的违约金；经确认的协议可以申请强制执行。"),
    ),
    "arbitrate_or_sue": RuleWords(
        _l("同时约定仲裁和诉讼"),
        _l("约定既可以申请仲裁又可以向法院起诉的，仲裁协议无效。"),
        _l("只选一种：写明一个仲裁机构，或者约定向有管辖权的法院起诉。"),
    ),
    "waives_remedies": RuleWords(
        _l("概括放弃诉讼、仲裁或者执行"),
        _l("概括放弃起诉、仲裁、司法确认或者强制执行，可能被认定无效，也不能妨碍当事人依法维权。"),
        _l("限于已经了结的纠纷：“乙方履行完毕后，甲方不再就本案所涉×年×月×日前的行为主张权利”。"),
    ),
    "third_party_duty": RuleWords(
        _l("为案外人设定了义务"),
        _l("“%(who)s”不是本协议的当事人，协议对其没有约束力。"),
        _l(
            "改为由当事人负责，例如“乙方应于×日前通知其经销商停止销售，经销商未停止的由乙方承担责任”，或者请其作为当事人签署。"
        ),
    ),
    "third_party_harm": RuleWords(
        _l("可能损害第三人或者公共利益"),
        _l("处分他人财产、对权利人隐瞒、把风险转给消费者等内容，法院将驳回申请。"),
        _l("删去该内容；涉及他人权利的，取得其书面同意并作为附件。"),
    ),
    "evades_creditors": RuleWords(
        _l("可能规避执行、逃避债务"),
        _l("以协议转移财产、对抗执行属于恶意串通，可能构成虚假调解。"),
        _l("删去该内容；有其他债权人的，应当如实说明，调解员应当中止调解并核实。"),
    ),
    "involuntary": RuleWords(
        _l("显示当事人并非自愿"),
        _l("调解必须自愿。威胁、强迫或者“不问是否自愿”的内容将导致驳回。"),
        _l("删去该内容；调解员应当单独询问各方意愿并记入笔录。"),
    ),
    "sham_signs": RuleWords(
        _l("有虚假调解的迹象"),
        _l("没有真实纠纷、款项回流或者不实际履行的协议，可能是虚假调解。"),
        _l("调解员应当中止调解，核实纠纷是否真实、款项用途是否正当。"),
    ),
    "illegal_purpose": RuleWords(
        _l("目的或者做法违法"),
        _l("违反法律强制性规定的内容无效，法院将驳回申请。"),
        _l("删去该内容；付款应当依法开具发票、纳税。"),
    ),
    "crime_bought_off": RuleWords(
        _l("以协议换取不报案、不追究刑事责任"),
        _l("举报犯罪是权利也是义务，刑事责任不由当事人处分。"),
        _l("可以改为“甲方在收到全部款项后五日内向办案机关出具谅解书，是否从宽由办案机关依法决定”。"),
    ),
    "waives_reporting": RuleWords(
        _l("限制举报、投诉或者作证"),
        _l("依法举报、投诉、作证的权利不能用协议概括放弃。"),
        _l("只约定撤回某一个具体的投诉，并写明受理机关、编号和期限。"),
    ),
    "competition": RuleWords(
        _l("可能限制竞争"),
        _l("固定价格、分割市场、限制产量、联合抵制、限制开发新技术的协议可能构成垄断协议。"),
        _l("把限制收回到权利本身的范围：许可的商品、地域、期限和数量。"),
    ),
    "no_challenge": RuleWords(
        _l("不得质疑权利效力的条款"),
        _l("禁止对方对知识产权的有效性提出异议，可能属于非法垄断技术。"),
        _l("改为撤回已经提出的某一请求；也可以约定对方提出无效请求时许可方可以解除许可，但应当谨慎。"),
    ),
    "tech_restriction": RuleWords(
        _l("限制技术竞争和技术发展"),
        _l("无偿独占回授、禁止改进、搭售等内容可能使技术合同无效。"),
        _l("改进归完成方，可以约定有偿、非独占的许可。"),
    ),
    "exempts_liability": RuleWords(
        _l("免除不能免除的责任"),
        _l("造成人身损害，或者因故意、重大过失造成财产损失的免责条款无效。"),
        _l("加上“但造成人身损害，或者因故意、重大过失造成财产损失的除外”。"),
    ),
    "personal_dignity": RuleWords(
        _l("侵害人格尊严、人身自由或者基本就业权利"),
        _l("下跪、扣押证件、限制离开、终身禁业等内容违背公序良俗。"),
        _l("改为书面致歉、合理期限内的具体不作为义务或者违约金。"),
    ),
    "vague_amount": RuleWords(
        _l("金额不明确"),
        _l("“适当补偿”“另行协商”“左右”等写法无法执行。"),
        _l("写明确定的金额，或者可以直接算出金额的公式和结算日期。"),
    ),
    "vague_time": RuleWords(
        _l("期限不明确"),
        _l("“尽快”“合理期限”“资金到位后”等写法无法判断何时违约。"),
        _l("写明最后日期，例如“于2027年1月31日前”，或者“自本协议生效之日起十日内”。"),
    ),
    "vague_content": RuleWords(
        _l("内容不明确"),
        _l("“相应措施”“适当方式”“视情况”“另行协商”等写法没有说清做什么、怎样做。"),
        _l("逐项写明对象、做法、数量和验收办法；较长的，列为附件。"),
    ),
    "amount_missing": RuleWords(
        _l("付款没有金额"),
        _l("这里约定了付款，却没有写明金额。"),
        _l("写明金额（小写和大写），或者引用已写明金额的条款。"),
    ),
    "date_missing": RuleWords(
        _l("义务没有期限"),
        _l("这里约定了要做的事，却没有写明期限，履行期与申请执行的两年都无从起算。"),
        _l("写明最后日期，或者自某个确定的日子起算的天数。"),
    ),
    "who_missing": RuleWords(
        _l("没有写明义务人"),
        _l("这一句以“应”“须”开头，没有写明由谁履行。"),
        _l("在句首写明“甲方”或者“乙方”。"),
    ),
    "missing_field": RuleWords(
        _l("缺少必填内容"), _l("该条还有必须填写的项目，或者引用了不存在的条款。"), _l("补全该项。")
    ),
    "blank": RuleWords(
        _l("留有空白"), _l("文本中还有待填、空括号或者占位符号。"), _l("填写内容；不需要的，删去整句。")
    ),
    "amount_words": RuleWords(
        _l("大小写金额不一致"), _l("两处金额分别为 %(first)s 元和 %(second)s 元。"), _l("核对后改为一致。")
    ),
    "instalment_sum": RuleWords(
        _l("各期之和与总额不符"), _l("各期合计 %(sum)s 元，总额 %(total)s 元。"), _l("核对各期金额或者总额。")
    ),
    "percent_over": RuleWords(
        _l("比例有误"),
        _l("比例合计或者单项为 %(percent)s%%，与百分之百不符。"),
        _l("核对各方的比例，使之合计为百分之百。"),
    ),
    "date_impossible": RuleWords(
        _l("日期不存在"), _l("日历上没有“%(date)s”这一天。"), _l("改为实际存在的日期。")
    ),
    "date_past": RuleWords(
        _l("期限已过"), _l("%(date)s 早于今天。"), _l("改为将来的日期；已经履行的，写明“已于×日履行”。")
    ),
    "date_order": RuleWords(
        _l("日期先后有误"), _l("%(second)s 不晚于 %(first)s。"), _l("核对起止日期、各期日期和保证期间。")
    ),
    "late_fee_high": RuleWords(
        _l("违约金可能过高"),
        _l("约为年 %(rate)s 或者相应比例，高于通常尺度；对方可以请求法院适当减少。"),
        _l("可以改为每日万分之三至万分之五，或者一年期贷款市场报价利率的一定倍数。"),
    ),
    "deposit_over": RuleWords(
        _l("定金超过百分之二十"),
        _l("定金约占 %(percent)s%%，超过主合同标的额百分之二十的部分不产生定金的效力。"),
        _l("降低定金，或者把超过部分改为预付款。"),
    ),
    "party_name": RuleWords(
        _l("名称与当事人相近而不相同"),
        _l("文中名称与当事人“%(name)s”只差一两个字。"),
        _l("核对营业执照上的名称；确是另一单位的，写明其统一社会信用代码。"),
    ),
    "unknown_party": RuleWords(
        _l("提到不存在的当事人"), _l("本协议没有“%(who)s”。"), _l("更正称谓，或者把该人列为当事人。")
    ),
    "self_duty": RuleWords(
        _l("义务人与对方是同一人"), _l("%(who)s同时是义务人和权利人。"), _l("更正其中一方。")
    ),
    "lookalike": RuleWords(
        _l("有形近或者混用的字符"),
        _l("混用了不同文字的字母、全角与半角数字，或者以字母代替数字。"),
        _l("重新输入该处内容。"),
    ),
    "hidden_characters": RuleWords(
        _l("有看不见的字符"),
        _l("文本中有不显示的控制字符，各人看到的内容可能不同。"),
        _l("删除该处后重新输入。"),
    ),
    "id_check": RuleWords(
        _l("证件号码有误"), _l("证件号码的长度、日期或者校验位不对。"), _l("对照证件核对号码。")
    ),
    "duplicate": RuleWords(
        _l("与第 %(other)s 条重复"),
        _l("两条内容相同，可能被理解为两项义务。"),
        _l("删去其中一条；确有两笔的，写明各自的用途。"),
    ),
    "contradiction": RuleWords(
        _l("与第 %(other)s 条矛盾"),
        _l("两条对同一对象的约定不一致。"),
        _l("保留一条，或者写明各自的范围和先后。"),
    ),
    "authority_missing": RuleWords(
        _l("代理人没有和解、调解的特别授权"),
        _l("代理人 %(who)s 没有特别授权；仅写“全权代理”的，无权代为和解。"),
        _l("补交授权委托书，写明“代为和解、调解，代为签署调解协议”，或者由本人签署。"),
    ),
    "transfer_formalities": RuleWords(
        _l("转让没有写明登记手续"),
        _l("注册商标、专利、品种权、布图设计的转让须经登记、核准公告等手续才生效或者对抗他人。"),
        _l("补写“双方于×日前共同向国家知识产权局办理转让登记（申请），费用由×方承担”。"),
    ),
    "transfer_foreign": RuleWords(
        _l("向境外转让专利、技术"),
        _l("向外国人转让专利申请权、专利权或者技术的，应当依法办理技术出口手续。"),
        _l("补写办理技术出口登记或者许可的义务人和期限，登记以取得该证件为前提。"),
    ),
    "moral_rights": RuleWords(
        _l("处分了著作人身权"),
        _l("署名权、修改权、保护作品完整权等不能转让。"),
        _l("只转让复制、发行、信息网络传播等财产权；署名方式可以约定。"),
    ),
    "licence_unclear": RuleWords(
        _l("许可要素不全"),
        _l("没有写明许可种类（独占、排他、普通）或者期限。"),
        _l("改用“许可使用”条款，写明种类、范围、地域、期限和费用。"),
    ),
    "licence_beyond_term": RuleWords(
        _l("许可期限超过权利的存续期"),
        _l("许可只在权利存续期限内有效。"),
        _l("写明具体的起止日期，不迟于权利届满；商标可以写明续展后的安排。"),
    ),
}


def hit_words(hit: Hit) -> HitWords:
    """Title, explanation and suggested wording of a hit, with its values in them."""
    words = RULE_WORDS[hit.rule]
    return HitWords(*(_filled(text, hit) for text in (words.title, words.explanation, words.suggestion)))


def _filled(text: LazyString, hit: Hit) -> str:
    plain = str(text)
    return plain % hit.values if hit.values else plain
