"""Rules from the laws on each right: transfers, licences, moral rights. Data only."""

from datetime import date

from app.domain.draft_checks.model import Rule, Severity, wording

REGISTERED = r"(?:专利|商标|品种权|布图设计)"
_FOREIGN = (
    r"(?:美国|日本|德国|法国|英国|韩国|意大利|瑞士|荷兰|瑞典|新加坡|加拿大|澳大利亚|印度|俄罗斯|以色列|香港|澳门|台湾|外国|境外|海外|国外"
    r"|Inc\b|Inc\.|Ltd|LLC|GmbH|株式会社|S\.A\.|B\.V\.|AG\b|Corp)"
)
_PERSONAL = r"(?:署名权|修改权|保护作品完整权|发表权|著作人身权|精神权利)"

RULES: tuple[Rule, ...] = (
    Rule(
        "transfer_formalities",
        Severity.HINT,
        "专利法 10；商标法 42；种子法 28；集成电路布图设计保护条例 22；植物新品种保护条例",
        date(2021, 6, 1),
        predicate="transfer_without_registration",
        certain=False,
        duties_only=True,
    ),
    Rule(
        "transfer_foreign",
        Severity.WARN,
        "专利法 10；技术进出口管理条例；植物新品种保护条例",
        date(2021, 6, 1),
        (
            wording(
                rf"(?:专利|技术秘密|品种权|品种)[^，]{{0,20}}(?:转让|让与|出让)(?:给|予|至|于)[^，]{{0,30}}{_FOREIGN}",
                unless="出口|进出口|许可证|登记证|不得|未经|国务院",
                needs="转让 让与 出让",
            ),
            wording(
                rf"向[^，]{{0,20}}{_FOREIGN}[^，]{{0,20}}(?:转让|让与|出让)[^，]{{0,20}}(?:专利|技术秘密|品种权)",
                unless="出口|进出口|许可证|登记证|不得|未经|已于|无关",
                needs="转让 让与 出让",
            ),
        ),
        predicate="transferee_abroad",
        certain=False,
        duties_only=True,
    ),
    Rule(
        "moral_rights",
        Severity.WARN,
        "著作权法 10、22",
        date(2021, 6, 1),
        (
            wording(
                rf"{_PERSONAL}.{{0,24}}(?:转让|让与|让渡|归|出让)(?!给?作者)",
                unless="不转让|不得|除外|保障|保留|不包括",
                needs="权",
            ),
            wording(
                rf"(?:转让|让与|让渡|放弃|买断|出让).{{0,24}}{_PERSONAL}",
                unless="不放弃|不转让|除外|不包括|保留",
                needs="权",
            ),
            wording(
                r"只(?:印|署|写|标)[^，]{0,10}(?:名字|姓名|之名)|不(?:再)?署(?:原)?作者[^，]{0,4}(?:名|姓名)",
                unless="技术|缩略图",
            ),
        ),
        duties_only=True,
    ),
    Rule(
        "licence_unclear",
        Severity.WARN,
        "民诉法解释 358（五）；著作权法 26；专利法 12；商标法 43",
        date(2022, 4, 10),
        predicate="licence_without_terms",
        certain=False,
        duties_only=True,
    ),
    Rule(
        "licence_beyond_term",
        Severity.WARN,
        "民法典 865；专利法 42；商标法 39、40",
        date(2021, 6, 1),
        predicate="licence_longer_than_right",
        certain=False,
        duties_only=True,
    ),
)
