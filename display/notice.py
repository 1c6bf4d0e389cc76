"""A notice as it travels from the central server to screen and board (pure)."""

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from display.body import BlocksField


class NoticeKind(StrEnum):
    """What an official announcement says, in Open Contracting words where they exist."""

    TENDER = "tender"
    """招标公告, 采购公告, 交易公告"""
    PREQUALIFICATION = "prequalification"
    """资格预审公告"""
    AMENDMENT = "amendment"
    """澄清/变更公告"""
    CANCELLATION = "cancellation"
    """流标/终止公告"""
    OPENING_RECORD = "opening_record"
    """开标记录: names bidders, so it waits for the opening-started event"""
    CANDIDATES = "candidates"
    """中标候选人公示"""
    AWARD = "award"
    """中标结果公示"""
    CONTRACT = "contract"
    """合同公开"""


class Category(StrEnum):
    """The national portal's branches of trade; the two digits lead its notice-type codes."""

    CONSTRUCTION = "construction"
    """工程建设 01"""
    PROCUREMENT = "procurement"
    """政府采购 02"""
    LAND = "land"
    """土地使用权 03"""
    MINING = "mining"
    """矿业权 04"""
    PROPERTY = "property"
    """国有产权 05"""
    EMISSIONS = "emissions"
    """排污权 21"""
    MEDICINES = "medicines"
    """药品采购 23"""
    FOREST = "forest"
    """林权 25"""
    OTHER = "other"
    """其他 90"""


class Zone(StrEnum):
    """Where in the building something is shown (区域位置)."""

    LOBBY = "lobby"
    OPENING_AREA = "opening_area"
    EXPERTS_CORRIDOR = "experts_corridor"


class Candidate(BaseModel):
    """One line of a list of award candidates (中标候选人), in official order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bidder: str
    price: str = ""
    """As published: an amount, a rate, or a sentence."""


class Attachment(BaseModel):
    """附件. A file that was published with a notice; its content is fetched when it is wanted."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(min_length=1, max_length=255)
    """As published, with its ending; never used as the name of a file here."""
    size: int = Field(ge=1)
    """Bytes."""
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    media_type: str = Field(min_length=1, max_length=100)
    """By its content, such as ``application/pdf``."""


class Notice(BaseModel):
    """公告. One official announcement; its words are never edited after publication.

    All times are aware; a window is ``[published_at, valid_until)``.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(min_length=1, max_length=200)
    kind: NoticeKind
    category: Category
    title: str = Field(min_length=1, max_length=1000)
    published_at: AwareDatetime
    """公开时间: before this moment nobody may see any of it."""
    valid_until: AwareDatetime | None = None
    """有效期至: from this moment on it is off the board and marked expired in lookup."""
    tender_no: str = ""
    """项目编号"""
    buyer: str = ""
    """招标人/采购人"""
    agent: str = ""
    """代理机构"""
    region: str = ""
    """Name of the region, as published."""
    budget: str = ""
    """As published, with its unit."""
    body: str = ""
    """Plain text; paragraphs end in a line feed. The words of `blocks`, where there are any."""
    blocks: BlocksField = ()
    """The body as its author laid it out; empty: each line of `body` is a paragraph."""
    official_url: str = ""
    """Address of the official publication."""
    source: str = ""
    """Name of the platform that published it."""
    closes_at: AwareDatetime | None = None
    """投标截止"""
    opens_at: AwareDatetime | None = None
    """开标时间"""
    room: str = ""
    """开标地点"""
    objections_until: AwareDatetime | None = None
    """异议期: end of the publicity period of award candidates."""
    candidates: tuple[Candidate, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    """In the order in which they were published."""
    zones: tuple[Zone, ...] = ()
    """Where it may be shown; empty: everywhere."""
