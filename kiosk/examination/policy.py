"""What a centre lets visitors hand in: section `[upload]` of the settings."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from kiosk.examination.kinds import ENDINGS, PROGRAM_ENDINGS

MB = 1_000_000
MAX_FILE_MB = 4294
"""The largest file that the server takes, and that a stick with FAT32 can hold."""


def _endings(value: object) -> object:
    """A list of endings as a tuple, lower-case; a leading dot may be written."""
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise ValueError('write endings as ["pdf", "ofd"]')
    return tuple(str(each).removeprefix(".").lower() for each in value)


Endings = Annotated[tuple[str, ...], BeforeValidator(_endings)]


class Policy(BaseModel):
    """What may be uploaded at this terminal."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    types: Endings = Field(
        default=(
            *("pdf", "ofd", "doc", "docx", "xls", "xlsx", "wps", "et"),
            *("jpg", "jpeg", "png", "tif", "tiff", "zip"),
        ),
        description="endings of files that are looked into",
    )
    sealed: Endings = Field(
        default=("ggzytbwj", "tbwj", "zbwj"),
        description="endings of encrypted bid files, which are passed on as they are",
    )
    file_mb: int = Field(default=1000, ge=1, le=MAX_FILE_MB, description="of one file")
    total_mb: int = Field(default=4000, ge=1, description="of all files of one visit")
    files: int = Field(default=50, ge=1, le=100, description="in one visit")
    margin_mb: int = Field(default=500, ge=0, description="what stays free on this PC's disk")
    clamd: str = Field(
        default="", description="socket of the virus scanner, or tcp://host:port; empty: none"
    )
    scan_mb: int = Field(
        default=100, ge=1, description="larger files are not scanned; as MaxFileSize of clamd.conf"
    )
    unscanned: Literal["remark", "refuse"] = Field(
        default="remark", description='what becomes of files that were not scanned: "refuse" them'
    )

    @field_validator("types")
    @classmethod
    def _examinable(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [each for each in types if each not in ENDINGS]
        if unknown:
            raise ValueError(
                f"{', '.join(unknown)}: cannot be looked into; choose from {', '.join(ENDINGS)}"
            )
        return types

    @field_validator("sealed")
    @classmethod
    def _sealable(cls, sealed: tuple[str, ...]) -> tuple[str, ...]:
        for each in sealed:
            if each in ENDINGS or each in PROGRAM_ENDINGS:
                raise ValueError(f"{each}: is an ordinary type, no sealed bid file")
            if not re.fullmatch(r"[0-9a-z_-]{1,20}", each):
                raise ValueError(f"{each}: an ending has Latin letters and digits, at most 20")
        return sealed

    @field_validator("clamd")
    @classmethod
    def _reachable(cls, clamd: str) -> str:
        if clamd and not clamd.startswith("/"):
            parts = urlsplit(clamd)
            if parts.scheme != "tcp" or not parts.hostname or parts.port is None:
                raise ValueError("a path such as /run/clamav/clamd.ctl, or tcp://host:port")
        return clamd
