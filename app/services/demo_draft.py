"""The demonstration's draft agreement: begun from the library, filled in, with a proposal and a remark by the parties.

Made through the same services as a real one; nothing is proposed for signing, so that visitors can do it.
"""

from datetime import timedelta
from typing import Any

from app.domain.deadlines import BEIJING
from app.domain.errors import DomainError
from app.domain.roles import Actor
from app.services import access, draft_talk, drafts
from app.services.context import Work
from app.services.draft_talk import Remark
from app.services.drafts import Given

FACT = "被申请人自2026年3月起在其网店商品页使用三张礼盒照片，双方对照片内容和使用位置均无异议。"


def ensure(work: Work, mediator: Actor, claimant: Actor, respondent: Actor, number: str) -> None:
    """The draft, if the case has none yet and one may be begun."""
    entry = access.look(work, mediator, number)
    if entry is None or drafts.of_case(work, entry.case) is not None:
        return
    try:
        drafts.open_draft(work, mediator, number)
    except DomainError:  # a visitor has brought the case beyond drafting
        return
    for at, operation in enumerate(_operations(work)):
        drafts.change(work, mediator, number, Given(at, f"demo-{at}", operation))
    revision = drafts.look(work, mediator, number).draft.revision
    lower = {"op": "edit", "target": "c1", "set": {"amount": "15000.00"}}
    drafts.change(
        work, respondent, number, Given(revision, "demo-lower", lower, "开箱视频已于收到通知当日下架。")
    )
    draft_talk.comment(
        work, claimant, number, Remark("署名请写“青砚文创”，不写个人姓名。", "demo-name", "c3")
    )


def _operations(work: Work) -> list[dict[str, Any]]:
    today = work.now().astimezone(BEIJING).date()

    def day(ahead: int) -> str:
        return (today + timedelta(days=ahead)).isoformat()

    account = {
        "account_holder": "北京青砚文创有限公司",
        "bank": "某银行北京朝阳支行（演示）",
        "account_number": "0200000000000000000",
    }
    return [
        _edit("p1", representative={"name": "林知远", "position": "执行董事"}),
        _edit("p2", representative={"name": "赵启明", "position": "经理"}),
        {"op": "add", "fact": {"text": FACT}},
        _edit("c1", amount="20000.00", due=day(30), **account),
        _edit("c2", start=day(1), end=day(366), free=True),
    ]


def _edit(target: str, **fields: object) -> dict[str, Any]:
    return {"op": "edit", "target": target, "set": fields}
