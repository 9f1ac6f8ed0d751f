"""The README of a case package: what is what and how to check it without us, in Chinese and English.

Both languages stand in one file because nobody knows who will open the package years from now.
"""

CHINESE = """\
案件材料包 {number}
{line}

这里是平台记录中您有权查看的全部材料，连同核验它们所需要的一切。核验不需要我们，也不需要网络。

  manifest.json       清单：每个文件的大小和 SHA-256、案件基本情况、每件材料的状态
  exhibits/           每件证据一个文件夹：original/ 中是原文件，旁边是证明文件和存证证明（PDF）
  preservation/       电子数据保全方式约定：原文和证明文件
  agreement/          已盖章的调解协议：PDF、签署的原文和证明文件（有的话）
  ruling/             法院的裁定要点和证明文件（有的话）
  timestamps/         时间戳令牌、机构的根证书和 OpenSSL 命令（有的话）
  trust.json          信任根：相信哪条链、哪些合约、哪些时间戳机构和见证人
  network.json        谁运行节点、谁提供时间、谁作见证（运营方陈述）
  docs/proof-format.md 证明文件的格式说明：任何人可以据此自己写核验程序
{offline}
请注意：trust.json 与材料在同一个包里，只能作参考。核验之前，请与法院、公证机构或者行业协会持有的副本比较；
两者不同的，以您从可信途径取得的为准。

怎样核验
  一件材料：   python -m evidence verify 原文件 证明文件 --trust-root trust.json
  整个材料包： python -m evidence audit 本文件夹或者.zip --trust-root trust.json [--rpc 节点地址]
  公开核验页： {public_url}/verify（文件不上传）
{stamps}
证明文件能说明什么：上链后内容未变；不晚于某时存在；由哪个账号提交；提交时怎样陈述来源。
不能说明什么：文件上链之前是否真实、完整，内容是否属实。
{left}"""

ENGLISH = """\
Case package {number}
{line}

Everything on record that you may see, with all that is needed to check it: without us, and without a network.

  manifest.json       every file's size and SHA-256, the case's facts, the state of each item
  exhibits/           a folder per exhibit: the original in original/, beside it proof file and certificate (PDF)
  preservation/       the agreement on how electronic data is preserved: text and proof file
  agreement/          the sealed agreement: PDF, the text that was signed, proof file (where there is one)
  ruling/             what the court ruled, and its proof file (where there is one)
  timestamps/         timestamp tokens, the authorities' roots and commands for OpenSSL (where there are any)
  trust.json          the trust root: which chain, contracts, timestamp authorities and witnesses are believed
  network.json        who runs the nodes, gives the time and witnesses, as the operator states it
  docs/proof-format.md the format of proof files: enough to write a verifier of your own
{offline}
Mind: trust.json came in the same package as what it vouches for. Compare it with the copy of a court, a notary or an
association before you check anything; where they differ, believe the one from the channel that you trust.

How to check
  one item:     python -m evidence verify FILE PROOF --trust-root trust.json
  all of it:    python -m evidence audit THIS-FOLDER-OR.zip --trust-root trust.json [--rpc URL]
  public page:  {public_url}/verify (files are not uploaded)
{stamps}
What a proof can say: unchanged since it was anchored; existed not later than a time; submitted by which account; what
was stated about its origin. What it cannot: whether the file was true and complete before it was anchored.
{left}"""


def readme(
    *,
    number: str,
    offline: bool,
    waiting: list[str],
    withheld: list[str],
    erased: list[str],
    unreadable: list[str],
    stamped: bool,
    public_url: str,
) -> str:
    """The text. waiting, withheld, erased, unreadable: receipt numbers of what is not (wholly) in the package."""
    chinese = CHINESE.format(
        number=number,
        line="=" * (11 + len(number)),
        offline="  offline-verify.html  离线核验页：用浏览器打开，选择文件、证明文件和信任根\n"
        if offline
        else "",
        stamps="  时间戳：     在 timestamps/ 中执行 commands.txt 里的命令\n" if stamped else "",
        public_url=public_url,
        left=_left(
            "未包括，或者没有全部包括的材料",
            "、",
            [
                ("待上链（有原文件，还没有证明）", waiting),
                ("保密，不对您开放", withheld),
                ("已依法删除（只余删除记录和链上承诺）", erased),
                ("原文件暂时读不出", unreadable),
            ],
        ),
    )
    english = ENGLISH.format(
        number=number,
        line="=" * (13 + len(number)),
        offline="  offline-verify.html  the offline page: open it in a browser, choose file, proof and trust root\n"
        if offline
        else "",
        stamps="  timestamps:   run the lines of timestamps/commands.txt in that folder\n" if stamped else "",
        public_url=public_url,
        left=_left(
            "Not, or not wholly, in here",
            ", ",
            [
                ("waits to be anchored (the original is here, no proof yet)", waiting),
                ("secret, not open to you", withheld),
                ("erased as the law demands (a record of it and the commitment on chain are left)", erased),
                ("the original cannot be read at present", unreadable),
            ],
        ),
    )
    return f"{chinese}\n{'-' * 72}\n\n{english}"


def _left(title: str, comma: str, parts: list[tuple[str, list[str]]]) -> str:
    lines = [f"  {words}: {comma.join(names)}" for words, names in parts if names]
    return "\n".join(["", title, *lines, ""]) if lines else ""
