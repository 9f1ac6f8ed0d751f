"""The entries of the clause library: kind, rights, titles, when to use, article, starting fields in both languages.

Data only; how an entry becomes a clause is in ``library``. ``{mark}`` and the like are filled from the case.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.rights import RightKind

_P, _T, _C, _V = RightKind.PATENT, RightKind.TRADEMARK, RightKind.COPYRIGHT, RightKind.PLANT_VARIETY
_S, _L, _D, _U = (
    RightKind.TRADE_SECRET,
    RightKind.LAYOUT_DESIGN,
    RightKind.DOMAIN_NAME,
    RightKind.UNFAIR_COMPETITION,
)
ANY = frozenset(RightKind)


@dataclass(frozen=True)
class Entry:
    """One entry. ``fields`` start the clause: Chinese texts, and parties as ``claimant``, ``respondent``, ``all``."""

    key: str
    kind: str
    rights: frozenset[RightKind]
    title: str
    title_en: str
    use: str
    use_en: str
    fields: Mapping[str, object]
    english: Mapping[str, str] = field(default_factory=dict)
    """Reading versions of the texts in ``fields``."""
    article: str = ""


def _entry(
    key: str,
    kind: str,
    rights: frozenset[RightKind],
    titles: tuple[str, str],
    use: tuple[str, str],
    fields: Mapping[str, object],
    english: Mapping[str, str] | None = None,
    article: str = "",
) -> Entry:
    return Entry(key, kind, rights, *titles, *use, fields, english or {}, article)


_R = {"who": "respondent"}
_PAYS = {
    "payer": "respondent",
    "payee": "claimant",
    "currency": "CNY",
    "method": "transfer",
}
_LICENSES = {
    "licensor": "claimant",
    "licensee": "respondent",
    "type": "ordinary",
    "territory": "中华人民共和国境内",
    "sublicence": "no",
}
_CHINA = {"territory": "the territory of the People's Republic of China"}

_TRADEMARK = (
    _entry(
        "trademark.cease",
        "cease",
        frozenset({_T}),
        ("停止使用商标标识", "Stop using the sign"),
        ("被申请人仍在使用争议标识", "The respondent still uses the disputed sign"),
        {
            **_R,
            "what": "停止在商品、包装、店铺页面及广告宣传中使用与甲方第{registration_number}号“{mark}”注册商标"
            "相同或者近似的标识",
            "manner": "下架或者修改全部商品链接和宣传内容，并将完成情况书面告知甲方",
        },
        {
            "what": "stop using on goods, packaging, shop pages and in advertising any sign identical or similar to "
            "Party A's registered trade mark No. {registration_number} “{mark}”",
            "manner": "take down or alter all listings and advertising and inform Party A in writing when done",
        },
        "商标法 57",
    ),
    _entry(
        "trademark.destroy",
        "destroy",
        frozenset({_T}),
        ("销毁库存包装", "Destroy stock and packaging"),
        ("尚有带有争议标识的库存", "Stock with the disputed sign remains"),
        {
            **_R,
            "what": "带有上述标识的库存商品、包装及宣传材料",
            "manner": "自行销毁，费用自负",
            "evidence": "销毁前后的照片和视频于销毁后三日内发送至甲方指定邮箱",
        },
        {
            "what": "stock, packaging and advertising material bearing that sign",
            "manner": "by the respondent itself, at its own cost",
            "evidence": "photographs and video before and after, sent to the address that Party A names within three days",
        },
        "商标法 60、63",
    ),
    _entry(
        "trademark.sell_off",
        "undertaking",
        frozenset({_T}),
        ("限期清售库存", "Sell-off period"),
        ("双方同意在限期内售完正品库存而不销毁", "The parties prefer a sell-off period to destruction"),
        {
            **_R,
            "what": "仅在承诺期限内销售本协议签署前已经生产的库存商品，不再生产、采购带有上述标识的商品；"
            "期限届满后仍未售出的，除去标识后方可销售",
        },
        {
            "what": "within the period only sell stock made before this agreement, make or buy no more goods with the sign, "
            "and after the period sell what remains only with the sign removed",
        },
    ),
    _entry(
        "trademark.company_name",
        "rename",
        frozenset({_T, _U}),
        ("变更企业名称", "Change the company name"),
        ("字号与注册商标冲突", "The company name conflicts with the mark"),
        {
            **_R,
            "object": "company_name",
            "requirement": "变更后的企业名称不得含有“{mark}”或者与其近似的文字",
            "manner": "向登记机关申请变更登记，并将核准文件的复印件交付甲方",
        },
        {
            "requirement": "the new company name must not contain “{mark}” or words similar to it",
            "manner": "apply to the registration authority and hand Party A a copy of the approval",
        },
        "商标法 58",
    ),
    _entry(
        "trademark.no_register",
        "undertaking",
        frozenset({_T, _D, _U}),
        ("不再申请近似标识", "No similar filings"),
        ("防止再次抢注商标、字号、域名", "Prevents new filings of marks, names, domains"),
        {**_R, "what": "不再申请注册与甲方上述注册商标相同或者近似的商标、企业名称、域名和网络账号名称"},
        {
            "what": "file no more trade marks, company names, domain names or account names identical or similar to "
            "Party A's mark",
        },
    ),
    _entry(
        "trademark.withdraw_filing",
        "withdrawal",
        frozenset({_T}),
        ("撤回商标申请或者程序", "Withdraw filings at the trade mark office"),
        ("存在异议、无效宣告、撤销或者近似商标申请", "An opposition, invalidation or application is pending"),
        {**_R, "body": "国家知识产权局", "manner": "提交撤回申请书，并将受理回执的复印件交付甲方"},
        {
            "body": "the China National Intellectual Property Administration",
            "manner": "file the withdrawal and hand Party A a copy of the receipt",
        },
    ),
    _entry(
        "trademark.licence",
        "licence",
        frozenset({_T}),
        ("商标使用许可", "Trade mark licence"),
        ("双方愿意以许可了结", "The parties settle by a licence"),
        {
            **_LICENSES,
            "right": "第{registration_number}号“{mark}”注册商标（核定使用类别：{goods_class}）",
            "scope": "在核定使用的商品上使用，并在商品上标明被许可方名称和商品产地",
            "recording": "许可方应当自本协议生效之日起三个月内报国家知识产权局备案",
        },
        {
            **_CHINA,
            "right": "registered trade mark No. {registration_number} “{mark}” (class: {goods_class})",
            "scope": "on the registered goods, marked with the licensee's name and the place of origin",
            "recording": "the licensor records the licence with the CNIPA within three months of the effective date",
        },
        "商标法 43",
    ),
    _entry(
        "trademark.transfer",
        "transfer",
        frozenset({_T}),
        ("转让注册商标", "Assign a registered mark"),
        (
            "以转让（不是确认归属）解决近似商标并存",
            "Solves coexistence by assignment, not by deciding ownership",
        ),
        {
            "transferor": "respondent",
            "transferee": "claimant",
            "recording": "双方共同向国家知识产权局提出转让申请，同类商品上的近似商标一并转让",
            "costs_by": "claimant",
        },
        {
            "recording": "both parties apply to the CNIPA; similar marks for similar goods are assigned together",
        },
        "商标法 42",
    ),
)

_COPYRIGHT = (
    _entry(
        "copyright.cease",
        "cease",
        frozenset({_C}),
        ("停止使用作品", "Stop using the work"),
        ("被申请人仍在使用作品", "The work is still in use"),
        {
            **_R,
            "what": "停止复制、发行和通过信息网络传播作品《{work_title}》",
            "manner": "删除全部商品页、推文、视频及宣传材料中的作品，并清除服务器上的复制件",
        },
        {
            "what": "stop copying, distributing and communicating over networks the work “{work_title}”",
            "manner": "delete the work from all product pages, posts, videos and advertising and from the servers",
        },
        "著作权法 52、53",
    ),
    _entry(
        "copyright.delist",
        "delisting",
        frozenset({_C}),
        ("删除链接和内容", "Remove links and content"),
        ("侵权内容在网络平台上", "The content is on a platform"),
        {**_R, "what": "使用作品《{work_title}》的全部链接、图片、视频和文章"},
        {"what": "all links, images, videos and articles that use the work “{work_title}”"},
    ),
    _entry(
        "copyright.licence",
        "licence",
        frozenset({_C}),
        ("著作权使用许可", "Copyright licence"),
        ("以付费许可了结", "The parties settle by a paid licence"),
        {
            **_LICENSES,
            "right": "作品《{work_title}》（{work_type}）的复制权、发行权、信息网络传播权",
            "scope": "在被许可方的网店商品页和宣传材料中使用，不得修改作品",
        },
        {
            **_CHINA,
            "right": "the rights of reproduction, distribution and communication over networks in the work "
            "“{work_title}” ({work_type})",
            "scope": "on the licensee's shop pages and in its advertising, without altering the work",
        },
        "著作权法 26",
    ),
    _entry(
        "copyright.past_use",
        "payment",
        frozenset({_C}),
        ("支付既往使用费", "Pay for past use"),
        ("就此前的使用付费", "Pays for use so far"),
        {**_PAYS, "purpose": "本协议签署之前使用作品的费用及合理开支"},
        {"purpose": "use of the work before this agreement and reasonable expenses"},
        "著作权法 54",
    ),
    _entry(
        "copyright.attribution",
        "undertaking",
        frozenset({_C}),
        ("署名", "Attribution"),
        ("继续使用作品时注明作者", "The author is named in further use"),
        {**_R, "what": "使用作品时以适当方式注明作者姓名和作品名称，不作损害作者声誉的修改"},
        {
            "what": "name the author and the work in a suitable way and make no change that harms the author's reputation"
        },
        "著作权法 10",
    ),
    _entry(
        "copyright.software",
        "act",
        frozenset({_C}),
        ("软件正版化", "License the software in use"),
        ("计算机软件最终用户侵权", "Unlicensed end use of software"),
        {
            **_R,
            "to": "claimant",
            "what": "购买与实际安装数量相符的正版软件许可，并卸载其余未经许可的软件复制件",
            "manner": "提交安装数量清单，签订采购订单后三日内卸载其余复制件并书面确认",
        },
        {
            "what": "buy licences for the copies installed and uninstall every other unlicensed copy",
            "manner": "hand in a list of installations; uninstall the rest within three days of the order and "
            "confirm in writing",
        },
        "计算机软件保护条例 24",
    ),
    _entry(
        "copyright.apology",
        "apology",
        frozenset({_C}),
        ("赔礼道歉（署名权等）", "Apology for moral rights"),
        ("侵害署名权、修改权等人身权", "Moral rights were infringed"),
        {
            **_R,
            "form": "apology",
            "days_kept": 7,
            "text": "我方未经许可使用作品《{work_title}》且未署名，特此致歉。",
        },
        {
            "text": "We used the work “{work_title}” without licence and without naming the author, and apologise."
        },
        "著作权法 52；民法典 179",
    ),
)

_PATENT = (
    _entry(
        "patent.cease",
        "cease",
        frozenset({_P}),
        ("停止实施专利", "Stop working the patent"),
        ("争议产品仍在制造、销售", "The product is still made or sold"),
        {
            **_R,
            "what": "停止制造、使用、许诺销售、销售、进口下列产品或者使用相应方法：{accused_product}",
            "manner": "停止生产线，撤下全部展示和销售信息，并书面告知甲方",
        },
        {
            "what": "stop making, using, offering, selling and importing the product, or using the method: {accused_product}",
            "manner": "stop the line, withdraw every display and offer, and inform Party A in writing",
        },
        "专利法 11",
    ),
    _entry(
        "patent.destroy",
        "destroy",
        frozenset({_P}),
        ("销毁专用模具和半成品", "Destroy moulds and semi-finished goods"),
        ("存在专用于制造争议产品的模具", "There are dedicated moulds"),
        {
            **_R,
            "what": "专用于制造上述争议产品的模具及库存半成品",
            "manner": "自行拆解至不可恢复",
            "evidence": "拆解前后的照片和视频交付甲方",
        },
        {
            "what": "moulds used only for the product and semi-finished stock",
            "manner": "dismantled beyond repair by the respondent",
            "evidence": "photographs and video before and after are handed to Party A",
        },
        "专利法 65",
    ),
    _entry(
        "patent.licence",
        "licence",
        frozenset({_P}),
        ("专利实施许可", "Patent licence"),
        ("双方愿意以许可了结", "The parties settle by a licence"),
        {
            **_LICENSES,
            "right": "“{patent_name}”（{patent_type}，专利号：{patent_number}）",
            "scope": "制造、使用、许诺销售、销售",
            "recording": "自本协议生效之日起三个月内向国家知识产权局办理许可合同备案",
        },
        {
            **_CHINA,
            "right": "“{patent_name}” ({patent_type}, patent No. {patent_number})",
            "scope": "to make, use, offer for sale and sell",
            "recording": "the licence is recorded with the CNIPA within three months of the effective date",
        },
        "专利法 12",
    ),
    _entry(
        "patent.royalty",
        "payment",
        frozenset({_P}),
        ("支付专利许可费", "Pay the royalty"),
        ("与许可条款配合使用", "Goes with the licence"),
        {**_PAYS, "purpose": "专利实施许可使用费"},
        {"purpose": "royalty under the patent licence"},
        "专利法 12",
    ),
    _entry(
        "patent.withdraw_invalidation",
        "withdrawal",
        frozenset({_P}),
        ("撤回无效宣告请求", "Withdraw the invalidation request"),
        ("被申请人已请求宣告专利权无效", "An invalidation request is pending"),
        {
            **_R,
            "what": "就专利号{patent_number}的专利权提出的无效宣告请求",
            "body": "国家知识产权局",
            "manner": "提交撤回请求书，并将回执的复印件交付甲方",
        },
        {
            "what": "the request to declare patent No. {patent_number} invalid",
            "body": "the China National Intellectual Property Administration",
            "manner": "file the withdrawal and hand Party A a copy of the receipt",
        },
    ),
    _entry(
        "patent.redesign",
        "act",
        frozenset({_P, _L}),
        ("修改产品设计", "Change the design"),
        ("以规避设计方式继续销售", "Sales go on with another design"),
        {
            **_R,
            "what": "修改产品设计，使其不再采用争议的技术方案或者外观",
            "manner": "将修改后的图样和样品交甲方查看",
        },
        {
            "what": "change the product so that it no longer uses the disputed solution or appearance",
            "manner": "show Party A the new drawings and a sample",
        },
    ),
    _entry(
        "patent.withdraw_complaints",
        "withdrawal",
        frozenset({_P, _T, _C}),
        ("撤回平台投诉", "Withdraw platform complaints"),
        ("权利人曾向电商平台投诉", "A complaint was filed with a platform"),
        {
            "who": "claimant",
            "what": "就本纠纷向电子商务平台提出的侵权投诉",
            "manner": "在平台系统内撤回投诉并截图告知对方",
        },
        {
            "what": "the complaints to e-commerce platforms about this dispute",
            "manner": "withdraw them in the platform's system and send a screenshot",
        },
        "电子商务法 42、43",
    ),
)

_VARIETY = (
    _entry(
        "plant_variety.cease",
        "cease",
        frozenset({_V}),
        ("停止生产、繁殖和销售", "Stop producing, propagating and selling"),
        ("争议繁殖材料仍在生产、销售", "Propagating material is still produced or sold"),
        {
            **_R,
            "what": "停止生产、繁殖和为繁殖而进行种子处理、许诺销售、销售、进口、出口以及为上述行为储存"
            "授权品种“{variety_name}”（品种权号：{variety_right_number}）的繁殖材料",
            "manner": "封存现有繁殖材料并向甲方提交库存清单",
        },
        {
            "what": "stop producing, propagating, conditioning, offering, selling, importing, exporting and storing for "
            "these purposes propagating material of the variety “{variety_name}” (No. {variety_right_number})",
            "manner": "seal the material in stock and give Party A a list",
        },
        "种子法 28",
    ),
    _entry(
        "plant_variety.disposal",
        "seed_disposal",
        frozenset({_V}),
        ("处置繁殖材料", "Dispose of propagating material"),
        ("存在争议种子、种苗", "There is disputed seed or stock"),
        {
            **_R,
            "what": "授权品种“{variety_name}”的种子、种苗等繁殖材料",
            "method": "deactivate",
            "manner": "在双方见证下灭活，并留存影像记录",
        },
        {
            "what": "seed, seedlings and other propagating material of the variety “{variety_name}”",
            "manner": "made infertile before both parties, recorded on video",
        },
        "种子法 72；植物新品种权纠纷司法解释",
    ),
    _entry(
        "plant_variety.licence",
        "licence",
        frozenset({_V}),
        ("品种权实施许可", "Variety licence"),
        ("以许可了结", "The parties settle by a licence"),
        {
            **_LICENSES,
            "right": "植物新品种“{variety_name}”（{species}，品种权号：{variety_right_number}）",
            "scope": "生产、繁殖和销售该品种的繁殖材料，每年向许可方报告面积和数量",
        },
        {
            **_CHINA,
            "right": "the plant variety “{variety_name}” ({species}, No. {variety_right_number})",
            "scope": "to produce, propagate and sell its propagating material, reporting area and quantity every year",
        },
        "种子法 28",
    ),
    _entry(
        "plant_variety.return_parents",
        "return_materials",
        frozenset({_V}),
        ("返还亲本材料", "Return parental lines"),
        ("被申请人持有亲本", "The respondent holds parental lines"),
        {
            **_R,
            "to": "claimant",
            "what": "授权品种“{variety_name}”的亲本及其繁殖材料",
            "manner": "当面交付并签署交接清单",
            "copies_deleted": True,
        },
        {
            "what": "the parental lines of the variety “{variety_name}” and their propagating material",
            "manner": "handed over in person against a signed list",
        },
    ),
    _entry(
        "plant_variety.payment",
        "payment",
        frozenset({_V}),
        ("补偿品种权人", "Compensate the holder"),
        ("就既往生产、销售支付补偿", "Pays for past production and sale"),
        {**_PAYS, "purpose": "授权品种“{variety_name}”的使用费及合理开支"},
        {"purpose": "use of the variety “{variety_name}” and reasonable expenses"},
        "种子法 72",
    ),
)

_SECRET = (
    _entry(
        "trade_secret.cease",
        "cease",
        frozenset({_S}),
        ("停止使用和披露", "Stop using and disclosing"),
        ("争议信息仍可能被使用、披露", "The information may still be used or disclosed"),
        {
            **_R,
            "what": "停止获取、披露、使用和允许他人使用甲方主张的商业秘密（范围见双方签收的保密附件清单）",
            "manner": "停止相关产品开发和业务联系，并书面告知接触过该信息的人员",
        },
        {
            "what": "stop obtaining, disclosing, using or letting others use the information that Party A claims as a trade "
            "secret (as listed in the confidential annex that both parties signed for)",
            "manner": "stop the development and business concerned and inform in writing everybody who had access",
        },
        "反不正当竞争法（2025 年修订）10",
    ),
    _entry(
        "trade_secret.return",
        "return_materials",
        frozenset({_S}),
        ("返还并清除载体", "Return and erase carriers"),
        ("被申请人持有文件、图纸、数据", "The respondent holds papers, drawings or data"),
        {
            **_R,
            "to": "claimant",
            "what": "载有上述信息的全部文件、图纸、样品和电子数据",
            "manner": "当面交付并签署交接清单；电子数据在双方见证下清除",
            "copies_deleted": True,
        },
        {
            "what": "all papers, drawings, samples and electronic data that hold the information",
            "manner": "handed over in person against a signed list; electronic data are erased before both parties",
        },
    ),
    _entry(
        "trade_secret.confidentiality",
        "confidentiality",
        frozenset({_S}),
        ("商业秘密保密", "Keep the trade secret"),
        ("任何商业秘密调解", "Every trade secret case"),
        {
            **_R,
            "what": "上述商业秘密及调解中知悉的对方经营信息",
            "open_ended": True,
            "exceptions": "依照法律规定或者有权机关的要求披露；信息已经由权利人合法公开",
        },
        {
            "what": "the trade secret and business information of the other side learnt in the mediation",
            "exceptions": "disclosure that the law or a competent authority demands; information lawfully made "
            "public by its holder",
        },
        "民法典 501；反不正当竞争法（2025 年修订）10",
    ),
    _entry(
        "trade_secret.staff",
        "undertaking",
        frozenset({_S}),
        ("不招揽、不接触", "No solicitation"),
        ("员工流动引起的纠纷", "Disputes after staff have moved"),
        {
            **_R,
            "what": "不招揽甲方知悉上述信息的在职员工从事与该信息有关的工作，不以该信息与甲方客户进行交易",
        },
        {
            "what": "not solicit Party A's staff who know the information for work related to it, nor use it to deal with "
            "Party A's customers",
        },
    ),
    _entry(
        "trade_secret.inspection",
        "act",
        frozenset({_S}),
        ("配合第三方核查", "Independent inspection"),
        ("需要确认载体已清除", "Erasure must be verified"),
        {
            **_R,
            "what": "配合双方共同选定的第三方机构对约定的设备和账号进行一次核查",
            "manner": "核查范围以清单为限，核查报告仅说明是否仍存有上述信息",
        },
        {
            "what": "let an independent body that both parties choose inspect the agreed devices and accounts once",
            "manner": "within the list only; the report says merely whether the information is still there",
        },
    ),
)

_LAYOUT = (
    _entry(
        "layout_design.cease",
        "cease",
        frozenset({_L}),
        ("停止复制和商业利用", "Stop copying and exploiting"),
        ("争议芯片仍在制造、销售", "The chip is still made or sold"),
        {
            **_R,
            "what": "停止复制布图设计“{design_name}”（登记号：{registration_number}），"
            "停止进口、销售含有该布图设计的集成电路及物品",
            "manner": "停止投片和销售，并书面告知代工方和经销方",
        },
        {
            "what": "stop copying the layout design “{design_name}” (No. {registration_number}) and importing or selling "
            "circuits and goods that contain it",
            "manner": "stop tape-out and sales and inform foundry and distributors in writing",
        },
        "集成电路布图设计保护条例 7、30",
    ),
    _entry(
        "layout_design.destroy_masks",
        "destroy",
        frozenset({_L}),
        ("销毁掩模版", "Destroy masks"),
        ("存在专用掩模版和版图数据", "There are masks and layout data"),
        {
            **_R,
            "what": "含有上述布图设计的掩模版、晶圆和版图数据",
            "manner": "自行销毁，数据不可恢复地删除",
            "evidence": "代工方出具的销毁证明交付甲方",
        },
        {
            "what": "masks, wafers and layout data that contain the design",
            "manner": "destroyed by the respondent, data erased beyond recovery",
            "evidence": "a certificate of the foundry is handed to Party A",
        },
    ),
    _entry(
        "layout_design.licence",
        "licence",
        frozenset({_L}),
        ("布图设计许可", "Layout-design licence"),
        ("以许可了结", "The parties settle by a licence"),
        {
            **_LICENSES,
            "right": "布图设计“{design_name}”（登记号：{registration_number}）",
            "scope": "复制该布图设计并将含有该布图设计的集成电路投入商业利用",
        },
        {
            **_CHINA,
            "right": "the layout design “{design_name}” (No. {registration_number})",
            "scope": "to copy the design and put circuits that contain it to commercial use",
        },
        "集成电路布图设计保护条例 22",
    ),
    _entry(
        "layout_design.stock_royalty",
        "payment",
        frozenset({_L}),
        ("善意库存报酬", "Royalty for stock bought in good faith"),
        ("善意购入后继续销售存货", "Stock bought in good faith is sold on"),
        {**_PAYS, "purpose": "知悉后继续销售现有存货的合理报酬"},
        {"purpose": "reasonable royalty for selling the stock on after notice"},
        "集成电路布图设计保护条例 33",
    ),
)

_DOMAIN = (
    _entry(
        "domain_name.transfer",
        "transfer",
        frozenset({_D}),
        ("转移域名", "Transfer the domain"),
        ("域名转给申请人", "The domain goes to the claimant"),
        {
            "transferor": "respondent",
            "transferee": "claimant",
            "right": "域名 {domain} 的注册",
            "recording": "在注册服务机构提交转移，提供转移码，并配合完成实名信息变更",
            "costs_by": "claimant",
        },
        {
            "right": "the registration of the domain {domain}",
            "recording": "start the transfer with the registrar, give the transfer code and help to change the "
            "registrant's data",
        },
        "域名纠纷司法解释 7、8",
    ),
    _entry(
        "domain_name.cancel",
        "act",
        frozenset({_D}),
        ("注销域名", "Cancel the domain"),
        ("双方都不再使用该域名", "Neither side goes on using the domain"),
        {
            **_R,
            "what": "注销域名 {domain}",
            "manner": "向注册服务机构提交注销申请，并将完成页面的截图交付甲方",
        },
        {
            "what": "cancel the domain {domain}",
            "manner": "apply to the registrar and send Party A a screenshot when done",
        },
    ),
    _entry(
        "domain_name.stop_use",
        "cease",
        frozenset({_D}),
        ("停止使用域名", "Stop using the domain"),
        ("转移完成前停止解析", "Before the transfer is complete"),
        {
            **_R,
            "what": "停止使用和解析域名 {domain}，停止以该域名从事交易",
            "manner": "停止解析并清除指向该域名的链接",
        },
        {
            "what": "stop using and resolving the domain {domain} and trading under it",
            "manner": "stop resolution and remove links to the domain",
        },
    ),
    _entry(
        "domain_name.notice",
        "act",
        frozenset({_D}),
        ("跳转提示页", "Notice page"),
        ("给用户过渡期", "Gives users time to change over"),
        {
            **_R,
            "what": "在域名 {domain} 首页发布说明页，告知用户新的访问地址",
            "manner": "说明页不含商业推广内容，保留三十日",
        },
        {
            "what": "put a notice on the home page of {domain} that names the new address",
            "manner": "without advertising, for thirty days",
        },
    ),
)

_UNFAIR = (
    _entry(
        "unfair_competition.cease",
        "cease",
        frozenset({_U}),
        ("停止混淆行为", "Stop causing confusion"),
        ("包装装潢、名称引人误认", "Trade dress or names mislead"),
        {
            **_R,
            "what": "停止使用与甲方有一定影响的商品名称、包装、装潢相同或者近似的标识：{accused_use}",
            "manner": "更换包装装潢，下架全部旧包装商品",
        },
        {
            "what": "stop using signs identical or similar to Party A's known names, packaging or get-up: {accused_use}",
            "manner": "change the packaging and take down all goods in the old one",
        },
        "反不正当竞争法（2025 年修订）7",
    ),
    _entry(
        "unfair_competition.false_advertising",
        "delisting",
        frozenset({_U}),
        ("删除虚假宣传内容", "Remove false advertising"),
        ("虚假或者引人误解的宣传", "False or misleading advertising"),
        {**_R, "what": "对商品性能、销售状况、用户评价等作虚假或者引人误解宣传的内容：{accused_use}"},
        {"what": "content that is false or misleading about properties, sales or reviews: {accused_use}"},
        "反不正当竞争法（2025 年修订）9",
    ),
    _entry(
        "unfair_competition.clarification",
        "apology",
        frozenset({_U}),
        ("消除影响声明", "Clarification"),
        ("商业诋毁或者虚假宣传造成影响", "After disparagement or false advertising"),
        {**_R, "form": "clarification", "days_kept": 30},
        {},
        "反不正当竞争法（2025 年修订）12；民法典 179",
    ),
    _entry(
        "unfair_competition.no_disparagement",
        "undertaking",
        frozenset({_U}),
        ("不作贬损", "No disparagement"),
        ("双方均停止互相贬损", "Both sides stop disparaging each other"),
        {"who": "all", "what": "不编造、传播虚假信息或者误导性信息，损害对方的商业信誉、商品声誉"},
        {
            "what": "neither invent nor spread false or misleading information that harms the other side's reputation"
        },
        "反不正当竞争法（2025 年修订）12",
    ),
    _entry(
        "unfair_competition.data",
        "undertaking",
        frozenset({_U}),
        ("停止抓取数据", "No scraping"),
        ("不正当获取、使用数据", "Data were obtained improperly"),
        {**_R, "what": "停止以规避技术管理措施等方式抓取甲方平台的数据，删除已经取得的数据，不向他人提供"},
        {
            "what": "stop scraping data from Party A's platform by getting round its technical measures, delete what was "
            "obtained and pass none of it on",
        },
        "反不正当竞争法（2025 年修订）13",
    ),
    _entry(
        "unfair_competition.shop_name",
        "rename",
        frozenset({_U, _T}),
        ("变更店铺名称", "Change the shop name"),
        ("店铺、账号名称引人误认", "A shop or account name misleads"),
        {
            **_R,
            "object": "shop",
            "requirement": "变更后的名称不得含有与甲方商标、字号相同或者近似的文字",
            "manner": "在平台后台提交变更并截图告知甲方",
        },
        {
            "requirement": "the new name must not contain words identical or similar to Party A's mark or name",
            "manner": "change it in the platform's system and send Party A a screenshot",
        },
    ),
)

_GENERAL = (
    _entry(
        "general.compensation",
        "payment",
        ANY,
        ("一次性付款", "One payment"),
        ("赔偿或者补偿一次付清", "Compensation paid at once"),
        {**_PAYS, "purpose": "赔偿经济损失及合理开支"},
        {"purpose": "compensation for loss and reasonable expenses"},
        "民诉法解释 358",
    ),
    _entry(
        "general.instalments",
        "payment",
        ANY,
        ("分期付款", "Payment by instalments"),
        ("付款方资金紧张", "The payer needs time"),
        {
            **_PAYS,
            "purpose": "赔偿经济损失及合理开支",
            "instalments": [{"amount": "", "due": ""}, {"amount": "", "due": ""}],
            "accelerate": True,
        },
        {"purpose": "compensation for loss and reasonable expenses"},
        "民诉法 250",
    ),
    _entry(
        "general.apology",
        "apology",
        ANY,
        ("赔礼道歉", "Apology"),
        ("侵害人身权益或者商誉", "Personal interests or goodwill were harmed"),
        {**_R, "form": "apology", "days_kept": 7},
        {},
        "民法典 179",
    ),
    _entry(
        "general.confidentiality",
        "confidentiality",
        ANY,
        ("协议保密", "Confidential terms"),
        ("双方不愿公开协议", "The parties keep the terms to themselves"),
        {
            "who": "all",
            "what": "本协议内容及调解中知悉的对方商业秘密、个人信息",
            "open_ended": True,
            "exceptions": "为申请司法确认、强制执行而提交；依照法律规定或者有权机关的要求披露",
        },
        {
            "what": "the terms of this agreement and trade secrets and personal information learnt in the mediation",
            "exceptions": "submission for judicial confirmation or enforcement; disclosure that the law or an "
            "authority demands",
        },
        "民法典 501",
    ),
    _entry(
        "general.breach_sum",
        "breach",
        ANY,
        ("固定违约金", "Fixed penalty"),
        ("停止类义务的违约责任", "For duties to stop"),
        {**_R, "to": "claimant", "event": "乙方违反停止义务，经甲方书面催告后五日内仍未改正"},
        {"event": "Party B breaches a duty to stop and does not cure it within five days of written notice"},
        "民法典 585；民事调解规定 8",
    ),
    _entry(
        "general.breach_rate",
        "breach",
        ANY,
        ("逾期违约金", "Penalty for delay"),
        ("付款类义务的违约责任", "For duties to pay"),
        {**_R, "to": "claimant", "event": "乙方逾期付款", "rate": "5"},
        {"event": "Party B pays late"},
        "民法典 585；民事调解规定 8",
    ),
    _entry(
        "general.guarantee",
        "guarantee",
        ANY,
        ("保证担保", "Guarantee"),
        ("由第三人或者法定代表人担保付款", "A third person secures the payment"),
        {
            "debtor": "respondent",
            "creditor": "claimant",
            "type": "joint",
            "scope": "主债务、逾期付款违约金及实现债权的费用",
        },
        {"scope": "the principal debt, the penalty for delay and the costs of enforcement"},
        "民法典 686、692；民事调解规定 9",
    ),
    _entry(
        "general.no_admission",
        "no_admission",
        ANY,
        ("不构成承认", "No admission"),
        ("被申请人不承认侵权", "The respondent does not admit infringement"),
        {},
        {},
        "民诉法解释 107",
    ),
    _entry(
        "general.costs_free",
        "costs",
        ANY,
        ("不收取调解费", "No mediation fee"),
        ("人民调解、公益调解", "People's or free mediation"),
        {"item": "mediation", "rule": "free"},
        {},
        "人民调解法 4",
    ),
    _entry(
        "general.costs_own",
        "costs",
        ANY,
        ("律师费各自承担", "Own lawyers' fees"),
        ("各自承担支出", "Each side bears its own"),
        {"item": "lawyer", "rule": "own"},
    ),
    _entry(
        "general.costs_shared",
        "costs",
        ANY,
        ("调解费分担", "Shared mediation fee"),
        ("商事调解收费", "Commercial mediation with a fee"),
        {"item": "mediation", "rule": "equal"},
        {},
        "商事调解条例",
    ),
    _entry(
        "general.no_further_claims",
        "no_further_claims",
        ANY,
        ("一次性了结", "Full settlement"),
        ("履行后不再就同一事实主张", "Nothing more about the same facts"),
        {"who": "all", "what": "本协议所涉争议事实", "condition": "乙方全部履行本协议约定的义务"},
        {
            "what": "the facts in dispute here",
            "condition": "Party B has performed all its duties under this agreement",
        },
    ),
    _entry(
        "general.withdraw_suit",
        "withdrawal",
        ANY,
        ("撤回起诉", "Withdraw the suit"),
        ("已有诉讼或者行政投诉", "A suit or administrative complaint is pending"),
        {"who": "claimant", "manner": "提交撤诉申请书，并将回执的复印件交付对方"},
        {"manner": "file the withdrawal and hand the other side a copy of the receipt"},
        "民诉法 148",
    ),
    _entry(
        "general.dispute_mediate",
        "dispute",
        ANY,
        ("先行调解", "Mediation first"),
        ("约定后续争议的处理；不得约定由法院直接裁判", "How later disputes are handled"),
        {"method": "mediate"},
        {},
        "民事调解规定 8",
    ),
    _entry(
        "general.dispute_sue",
        "dispute",
        ANY,
        ("依法起诉", "Right to sue"),
        ("保留依法起诉的权利", "Keeps the right to sue"),
        {"method": "sue"},
        {},
        "民事调解规定 8",
    ),
    _entry(
        "general.notices",
        "notices",
        ANY,
        ("送达地址确认", "Address for service"),
        ("便于履行通知、申请执行", "Makes notices and enforcement easier"),
        {"who": "respondent", "electronic": True},
        {},
        "民诉法 90",
    ),
    _entry(
        "general.effect_all_signed",
        "effect",
        ANY,
        ("全部签署即生效", "Effective when all have signed"),
        ("与本类调解的生效规则一致时使用", "Where it fits the rules of the track"),
        {"rule": "all_signed"},
        {},
        "在线调解规则 19",
    ),
    _entry(
        "general.training",
        "act",
        ANY,
        ("合规整改", "Compliance"),
        ("被申请人整改内部管理", "The respondent mends its ways"),
        {
            **_R,
            "what": "建立知识产权审查制度，对采购、设计、运营人员进行培训",
            "manner": "将制度文本和培训记录交付甲方",
        },
        {
            "what": "set up a review of intellectual-property rights and train purchasing, design and operations staff",
            "manner": "hand Party A the rules and the training record",
        },
    ),
)

ENTRIES: tuple[Entry, ...] = (
    *_TRADEMARK,
    *_COPYRIGHT,
    *_PATENT,
    *_VARIETY,
    *_SECRET,
    *_LAYOUT,
    *_DOMAIN,
    *_UNFAIR,
    *_GENERAL,
)
"""Every entry, those of the rights before the general ones."""
