"""The demonstration's trademark dispute, made through the same services as a real one."""

from sqlalchemy import select

from app.domain.rights import RightKind
from app.domain.roles import Actor
from app.models.cases import Case
from app.services import demo, intake
from app.services.context import Work

PARTIES = {
    "claimant_kind": "organisation",
    "claimant_name": "北京青砚文创有限公司",
    "claimant_id_number": "91110105MA00000X1A",
    "claimant_address": "北京市朝阳区演示路1号",
    "claimant_person": "林知远",
    "respondent_kind": "organisation",
    "respondent_name": "北京启明优选商贸有限公司",
    "respondent_address": "北京市海淀区演示街2号",
    "respondent_person": "赵启明",
    "respondent_contact": "zhao.qiming@example.cn",
    "recommendation_read": "yes",
}
"""Both sides of the demonstration's disputes, as an intake names them."""

FORM = {
    **PARTIES,
    "title": "“青砚”注册商标侵权纠纷",
    "facts": "申请人是第16类（文具、宣纸、墨）“青砚”注册商标的权利人。申请人于2026年9月在某电商平台发现，被申请人经营的店铺"
    "销售标有“青研”字样的毛笔与宣纸，字形、读音与“青砚”近似。申请人于2026年9月18日公证购买两件，并于9月25日去函要求停止。",
    "claims": "1. 停止使用近似标识并下架商品；2. 销毁库存包装；3. 赔偿经济损失及合理开支人民币80000元。",
    "right.registration_number": "第00000000号",
    "right.mark": "青砚（文字商标）",
    "right.goods_class": "第16类：文具、宣纸、墨",
    "right.accused_use": "在毛笔、宣纸包装及网店页面突出使用“青研”字样",
}


def ensure(work: Work) -> Case:
    """The demo case, submitted by the demo claimant; an existing one is left alone."""
    person = next(person for person in demo.PEOPLE if person.key == "claimant")
    account = demo.ensure_person(work, person)
    existing = work.session.scalar(select(Case).order_by(Case.id).limit(1))
    if existing is not None:
        return existing
    form = {**FORM, "claimant_contact": account.contact}
    return intake.submit_signed_in(work, Actor(account.id, account.name), RightKind.TRADEMARK, form)
