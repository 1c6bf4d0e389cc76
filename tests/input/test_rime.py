"""What visitors type, what they are offered, and that nothing of it stays."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.input.method import Composition, Schema
from kiosk.input.rime import LONGEST, Rime
from kiosk.input.rime_api import FIND_SESSION

ROOT = Path(__file__).parents[2]

FULL = """
hunhe 浑河|daolu 道路|hunhedaolu 浑河道路|zhaobiao 招标|zhongbiao 中标|toubiao 投标|caigou 采购
gonggao 公告|kaibiao 开标|pingbiao 评标|laojiuxiaoqu 老旧小区|wushui 污水|jiaoxuelou 教学楼
dahuofang 大伙房|qingyuan 清原|xinbin 新宾|shenfu 沈抚|gaowan 高湾|leifenglu 雷锋路|lvhua 绿化
paishui 排水|gongre 供热|ranqi 燃气|dianti 电梯|wuye 物业|sheji 设计|jianli 监理|shigong 施工
gonggongziyuanjiaoyi 公共资源交易|jiangjunpu 将军堡|jiangjunbao 将军堡|xian 县
"""
INITIALS = """
ggzyjy 公共资源交易|ggzy 公共资源|zbgg 招标公告|tbbzj 投标保证金|fss 抚顺市|whq 望花区|xfq 新抚区
dzq 东洲区|scq 顺城区|zbhxr 中标候选人|zbjg 中标结果|zbjggs 中标结果公示|zbr 招标人|gys 供应商
dljg 代理机构|zfcg 政府采购|jzxcs 竞争性磋商|gcjs 工程建设|ljxq 老旧小区|ljfl 垃圾分类|jxl 教学楼
dhfsk 大伙房水库|lfl 雷锋路|gr 供热|wyfw 物业服务|sg 施工|gc 工程|xm 项目|zb 招标
"""
MIXED = """
zhaobgg 招标公告|whqu 望花区|fushuns 抚顺市|daol 道路|hunh 浑河|zhengfcg 政府采购|wscl 污水处理
"""
FUZZY = """
zaobiao 招标|zongbiao 中标|chaigou 采购|pinbiao 评标|naojiuxiaoqu 老旧小区|wusui 污水|xinbing 新宾
xingbin 新宾|senfu 沈抚|paisui 排水|gongcen 工程|daonu 道路|fangsui 防水
"""
STROKES = "hs 十|nnhnzh 浑|nnhhsz 河|nphpszh 道|nhpn 六|hspn 木|pnzn 公|hshhhpz 抚|psshps 顺"


def cases(*tables: str) -> list[tuple[str, str]]:
    pairs = [
        each.split() for text in tables for line in text.split("\n") for each in line.split("|")
    ]
    return [(keys, wanted) for keys, wanted in filter(None, pairs)]


def type_(rime: Rime, keys: str) -> Composition:
    composition = Composition()
    for key in keys:
        composition = rime.feed(key)
    return composition


@pytest.mark.parametrize(("keys", "wanted"), cases(FULL, INITIALS, MIXED, FUZZY))
def test_what_is_typed_in_pinyin_is_among_the_first_three(
    rime: Rime, keys: str, wanted: str
) -> None:
    assert type_(rime, keys).keys == keys
    assert wanted in rime.candidates(0, 3)


@pytest.mark.parametrize("keys", ["ggzyjy", "zbgg", "tbbzj", "fss", "hunhe"])
def test_words_of_the_trade_and_the_region_come_first(rime: Rime, keys: str) -> None:
    wanted = dict(cases(FULL, INITIALS))[keys]
    type_(rime, keys)
    assert rime.candidates(0, 1) == (wanted,)


@pytest.mark.parametrize(("keys", "wanted"), cases(STROKES))
def test_what_is_typed_in_strokes_is_among_the_first_five(
    rime: Rime, keys: str, wanted: str
) -> None:
    rime.select(Schema.STROKE)
    composition = type_(rime, keys)
    assert composition.letters == keys.translate(str.maketrans("hspnz", "一丨丿丶乙"))
    assert wanted in rime.candidates(0, 5)


def test_a_part_is_chosen_taken_back_and_chosen_again(rime: Rime) -> None:
    assert type_(rime, "hunhedaolu").letters.split() == ["hun", "he", "dao", "lu"]
    composition = rime.choose(rime.candidates(0, 9).index("浑河"))
    assert composition == Composition("浑河", "dao lu", "daolu", "")
    assert rime.backspace().settled == ""
    assert rime.choose(0) == Composition(committed="浑河道路")
    assert not rime.backspace()


def test_candidates_are_counted_from_the_first_of_all(rime: Rime) -> None:
    type_(rime, "shi")
    every = rime.candidates(0, 60)
    assert len(every) == len(set(every)) == 60
    assert rime.candidates(20, 5) == every[20:25]
    assert rime.candidates(10_000, 5) == ()
    assert rime.choose(33).committed == every[33]


def test_a_composition_ends_growing_and_strange_keys_are_refused(rime: Rime) -> None:
    assert len(type_(rime, "a" * (LONGEST + 10)).keys) == LONGEST
    for key in ("A", "1", "中", "", "ab"):
        with pytest.raises(ValueError, match="takes no"):
            rime.feed(key)
    rime.select(Schema.STROKE)
    with pytest.raises(ValueError, match="takes no"):
        rime.feed("a")


def test_the_next_visitor_finds_nothing_of_the_first_one(rime: Rime) -> None:
    type_(rime, "zhangsan")
    fresh = rime.candidates(0, 16)
    for _ in range(5):
        rime.clear()
        type_(rime, "zhangsan")
        rime.choose(rime.candidates(0, 60).index("张三"))
    type_(rime, "lisi")
    session = rime._session
    rime.forget()
    assert not rime._library.call(FIND_SESSION, session), "the first visitor's session lives on"
    assert rime._library.call(FIND_SESSION, rime._session)
    assert not rime._composition()
    assert rime.candidates(0, 1) == ()
    # Nothing was learned: what is offered stands as it stood for the first visitor.
    type_(rime, "zhangsan")
    assert rime.candidates(0, 16) == fresh


TYPING = """
import os, sys
from pathlib import Path
from kiosk.input.method import Schema
from kiosk.input.rime import Rime
rime = Rime.load(Path(sys.argv[1]))
for visitor in range(3):
    for keys in ("hunhedaolu", "zhangsan", "wohenhao"):
        for key in keys:
            rime.feed(key)
        rime.choose(0)
    rime.select(Schema.STROKE)
    rime.feed("h")
    rime.choose(0)
    rime.forget()
writable = []
for entry in Path("/proc/self/fdinfo").iterdir():
    target = Path("/proc/self/fd", entry.name)
    if target.is_file() and int(entry.read_text().split("flags:")[1].split()[0], 8) & 3:
        writable.append(str(target.readlink()))
rime.close()
print(writable)
"""


def test_typing_writes_no_file(dictionaries: Path, tmp_path: Path) -> None:
    def files() -> dict[str, tuple[int, int]]:
        return {
            str(path): (path.stat().st_size, path.stat().st_mtime_ns)
            for folder in (dictionaries.parent, tmp_path)
            for path in folder.rglob("*")
        }

    before = files()
    done = subprocess.run(
        [sys.executable, "-B", "-c", TYPING, str(dictionaries)],
        cwd=tmp_path,
        env={
            **os.environ,
            **dict.fromkeys(("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), str(tmp_path)),
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == "[]", "files are open for writing"
    assert files() == before
