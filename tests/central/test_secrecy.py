import json

import pytest

from kiosk.central.secrecy import secrecy_of

PLAIN = {"record_id": "r1", "title": "东山路道路改造工程招标公告", "content_text": "正文"}


@pytest.mark.parametrize(
    "secret",
    [
        {"secrecy": "secret"},
        {"密级": "秘密"},
        {"密级": ""},
        {"涉密": True},
        {"是否涉密": "是"},
        {"Secret": 1},
        {"classification": None},
        {"tender": {"secrecy": "yes"}},
        {"content_text": "机密★5年"},
        {"content_text": "第一行\n绝密 ★"},
        {"issuer": "秘密★"},
        {"title": "某涉密项目招标公告"},
        {"title": "某涉密工程"},
        {"title": "某单位涉密 采购公告"},
        {"title": "某项目（涉密）招标公告"},
        {"title": "【涉密】某项目"},
        {"title": "[涉密]某项目"},
        {"tender": {"title": "某项目(涉密)"}},
    ],
)
def test_secret(secret):
    reason = secrecy_of({**PLAIN, **secret})
    assert reason is not None
    assert not any(word in reason for word in ("东山路", "某", "正文", "5年"))


@pytest.mark.parametrize(
    "public",
    [
        {},
        {"secrecy": "no"},
        {"密级": "公开"},
        {"密级": "无"},
        {"是否涉密": " 否 "},
        {"涉密": False},
        {"secret": 0},
        {"classification": "FALSE"},
        {"items": [{"classification": {"scheme": "CPV", "id": "45233120"}}]},
        {"title": "涉密信息系统集成资质服务采购公告"},
        {"title": "某非涉密项目招标公告"},
        {"content_text": "投标人须有涉密信息系统集成资质；涉密项目经验优先；★保守商业秘密"},
        {"content_text": "遵守国家秘密规定\n★第三条"},
        {"content_text": "保守商业秘密★"},
    ],
)
def test_public(public):
    assert secrecy_of({**PLAIN, **public}) is None


def test_secret_records_leave_no_text_in_any_file(centre, files_bytes):
    words = "鱻麤机构"
    report = centre.take(
        centre.portal("a", title=f"{words}（涉密）招标公告"),
        centre.portal("b", title=f"{words}招标公告", 密级="机密"),
        centre.portal("c", issuer=words, content_text="绝密★长期"),
        json.dumps({"ocid": "o", "id": "d", "tender": {"title": words, "secret": "yes"}}),
        {"publisher": {}, "secrecy": "top", "releases": [{"ocid": "o", "id": words}]},
        centre.portal("e"),
    )
    assert (report.added, report.refused) == (1, 5)
    assert [refusal.line for refusal in report.refusals] == [1, 2, 3, 4, 5]
    assert "东山路".encode() in files_bytes()
    assert words.encode() not in files_bytes()
    assert not any(words in str(refusal) or "机密" in str(refusal) for refusal in report.refusals)
