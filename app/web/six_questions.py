"""The six questions of 最高人民法院关于互联网法院审理案件若干问题的规定 11, answered from statement and custody record.

The one place with their wording: page and certificate both show what is answered here.
"""

from typing import Any

from flask_babel import gettext as _

from app.web.labels import label_of

Question = tuple[str, str]


def stated_time(text: str | None) -> str:
    """A time as the submitter stated it, with its zone in words; empty when not stated."""
    return (text or "").replace("T", " ").replace("+08:00", " " + _("北京时间"))


def six_questions(statement: dict[str, Any], entries: int, verdict: dict[str, Any] | None) -> list[Question]:
    """Question and answer, six times. statement: the body; entries: of the custody record; verdict: as presented."""
    origin = statement["origin"]
    unstated = _("未陈述")
    return [
        (_("一、生成、收集、存储、传输的系统环境是否安全可靠？"), _environment(origin, unstated)),
        (
            _("二、生成主体和时间是否明确，内容是否清楚？"),
            _(
                "制作人：%(who)s；制作时间：%(when)s（均为提交人陈述，平台未核实）。提交账号身份核验方式：%(method)s。",
                who=origin["made_by"] or unstated,
                when=stated_time(origin["made_at"]) or unstated,
                method=label_of("identity_method", statement["submitter"]["identity_method"]),
            ),
        ),
        (
            _("三、存储、保管介质是否明确，方式是否妥当？"),
            _("原文件加密保存在平台存储中，写入后不覆盖。保管记录共 %(count)s 条，逐条相连。", count=entries),
        ),
        (
            _("四、提取和固定的主体、工具、方式是否可靠，能否重现？"),
            _(
                "取得方式（提交人陈述）：%(method)s。固定方式：摘要计算与核验可以用本机命令 python -m evidence verify 重现。",
                method=(origin["method"] or unstated).strip("。"),
            ),
        ),
        (_("五、内容是否有增加、删除、修改或者不完整？"), _changes(origin, verdict)),
        (
            _("六、能否以特定形式验证？"),
            _("能。持有原文件、证明文件和信任根的任何人，都可以不依赖本平台离线核验，也可以在验证页面核验。"),
        ),
    ]


def _environment(origin: dict[str, Any], unstated: str) -> str:
    return _(
        "制作设备（提交人陈述）：%(device)s。接收环境：文件以加密连接逐段上传，"
        "服务器边接收边计算 SHA-256 与 SM3，以 AES-256-GCM 加密存储，每个文件一把密钥。",
        device=(origin["device"] or unstated).strip("。"),
    )


def _changes(origin: dict[str, Any], verdict: dict[str, Any] | None) -> str:
    unchanged = verdict is not None and verdict["answers"]["integrity"]["status"] == "passed"
    parts = [
        _("上链后内容未变：文件、陈述与链上记录一致。") if unchanged else _("见上面“完整性”一栏的逐项检查。"),
        _("本件为复制件，与原件核对：%(who)s。", who=origin["compared_by"] or _("未核对"))
        if origin["form"] == "copy"
        else _("提交人陈述为原件。"),
        _("上链之前是否有改动，本平台无法证明。"),
    ]
    return " ".join(parts)
