import json

import pytest

from kiosk.central.secrecy import secrecy_of

PLAIN = {"record_id": "r1", "title": "东山路道路改造工程招标公告", "content_text": "正文"}


@pytest.mark.parametrize(
    "secret",
    [
        {"secrecy": "secret"},
        {"密级": "秘密"},
        {"涉密": True},
        {"是否涉密": "是"},
        {"Secret": 1},
        {"密级": ["公开", "机密"]},
        {"涉密等级": "机密"},
        {"保密级别": "秘密"},
        {"保密等级": "二级"},
        {"涉密项目": "是"},
        {"is_secret": True},
        {"isSecret": "1"},
        {"secrecy_level": "secret"},
        {"secrecy": {"level": "top"}},
        {"secret": {"scheme": 1}},
        {"classification": "机密"},
        {"classification": "秘密级（10年）"},
        {"classification": {"scheme": "GB", "id": "机密"}},
        {"items": [{"classification": {"scheme": "GB", "levels": [{"id": "Top Secret"}]}}]},
        {"confidentiality": "confidential"},
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
        {"title": "某单位（机密级）招标公告"},
        {"title": "某单位【秘密】招标公告"},
        {"title": "某单位绝密级项目招标公告"},
        {"title": "某单位秘密级的工程施工招标"},
        {"content_text": "一、说明\n本项目为涉密项目，"},
        {"content_text": "本采购项目属于国家秘密级工程"},
        {"content_text": "本次招标项目 为 涉密采购"},
        {"description": "本项目密级：机密"},
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
        {"密级": None},
        {"密级": ""},
        {"密级": "　"},
        {"涉密等级": "非涉密"},
        {"is_secret": False},
        {"isSecret": "0"},
        {"secrecy": {"level": "公开", "note": ""}},
        {"secretary": "办公室"},
        {"procurementSecretariat": {"name": "某局办公室"}},
        {"涉密信息系统集成资质": "乙级"},
        {"classification": "FALSE"},
        {"classification": None},
        {"classification": "公开招标"},
        {"classification": {"scheme": "CPV", "id": "79500000", "description": "涉密载体销毁服务"}},
        {"items": [{"classification": {"scheme": "CPV", "id": "45233120"}}]},
        {"title": "涉密信息系统集成资质服务采购公告"},
        {"title": "某非涉密项目招标公告"},
        {"title": "某不涉密工程招标公告"},
        {"content_text": "投标人须有涉密信息系统集成资质；涉密项目经验优先；★保守商业秘密"},
        {"content_text": "遵守国家秘密规定\n★第三条"},
        {"content_text": "保守商业秘密★"},
        {"title": "商业秘密保护服务采购公告"},
        {"title": "档案涉密载体销毁资质服务采购公告"},
        {"title": "商业秘密级项目管理咨询招标公告"},
        {"content_text": "中标人须签订保密协议，保守国家秘密和商业秘密"},
        {"content_text": "投标人须具有涉密信息系统集成资质（机密级）"},
        {"content_text": "本项目为非涉密项目；本项目不属于涉密项目；本项目是否涉密：否"},
        {"content_text": "本项目为涉密载体销毁服务，要求档案涉密载体销毁资质"},
        {"content_text": "如本项目属于涉密项目，应当另行组织"},
        {"content_text": "有机密级项目业绩者优先；密级：公开"},
    ],
)
def test_public(public):
    assert secrecy_of({**PLAIN, **public}) is None


def test_a_name_that_stands_twice_hides_nothing(centre):
    plain = json.dumps(centre.portal("{}"), ensure_ascii=False)
    records = [
        plain.replace("{}", "a").replace("{", '{"密级": "机密", "密级": "公开", ', 1),
        plain.replace("{}", "b").replace("{", '{"more": [{"密级": "机密", "密级": "公开"}], ', 1),
        plain.replace("{}", "c"),
    ]
    for name in ("twice.ndjson", "twice.json"):
        report = centre.take(*records, name=name)
        assert (report.added + report.unchanged, report.refused) == (1, 2)
        reasons = {refusal.reason for refusal in report.refusals}
        assert reasons == {"a field stands twice in one object; write each field once"}


def test_of_a_package_only_the_ambiguous_release_stays_out(centre):
    release = json.dumps(
        {"ocid": "o", "id": "1", "tag": ["tender"], "date": "2026-03-17", "tender": {"title": "题"}}
    )
    twice = release.replace('"id": "1"', '"id": "2", "密级": "机密", "密级": "公开"')
    path = centre.take(f'{{"releases": [{release}, {twice}]}}', name="package.json")
    assert (path.added, [str(r).rpartition("package.json:")[2] for r in path.refusals]) == (
        1,
        ["1:releases[1]: a field stands twice in one object; write each field once"],
    )
    whole = centre.take(f'{{"密级": "机密", "密级": "公开", "releases": [{release}]}}')
    assert (whole.added, whole.unchanged, whole.refused) == (0, 0, 1)


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
