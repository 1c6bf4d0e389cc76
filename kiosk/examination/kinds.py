"""Kinds of content, their media types, and which endings of names go with them (pure)."""

from collections.abc import Mapping
from enum import StrEnum

SEALED_TYPE = "application/octet-stream"


class Kind(StrEnum):
    """What a file is by its content; the value is its key in the words' section `content`."""

    PDF = "pdf"
    OFD = "ofd"
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    VSDX = "vsdx"
    DOC = "doc"
    XLS = "xls"
    PPT = "ppt"
    OLE = "ole"
    JPEG = "jpeg"
    PNG = "png"
    TIFF = "tiff"
    BMP = "bmp"
    GIF = "gif"
    TEXT = "text"
    RTF = "rtf"
    HTML = "html"
    ZIP = "zip"
    RAR = "rar"
    SEVEN_ZIP = "seven_zip"
    ARCHIVE = "archive"
    WINDOWS_PROGRAM = "windows_program"
    LINUX_PROGRAM = "linux_program"
    MAC_PROGRAM = "mac_program"
    JAVA_PROGRAM = "java_program"
    SCRIPT = "script"
    SHORTCUT = "shortcut"
    OTHER = "other"


PROGRAMS = frozenset(
    {
        Kind.WINDOWS_PROGRAM,
        Kind.LINUX_PROGRAM,
        Kind.MAC_PROGRAM,
        Kind.JAVA_PROGRAM,
        Kind.SCRIPT,
        Kind.SHORTCUT,
    }
)
OFFICE = frozenset({Kind.OFD, Kind.DOCX, Kind.XLSX, Kind.PPTX, Kind.VSDX})
"""Documents that are ZIPs."""
OLD_OFFICE = frozenset({Kind.DOC, Kind.XLS, Kind.PPT, Kind.OLE})
PICTURES = frozenset({Kind.JPEG, Kind.PNG, Kind.TIFF, Kind.BMP})
ARCHIVES = frozenset({Kind.ZIP, Kind.RAR, Kind.SEVEN_ZIP, Kind.ARCHIVE})

_OOXML = "application/vnd.openxmlformats-officedocument"
MEDIA_TYPES: Mapping[Kind, str] = {
    Kind.PDF: "application/pdf",
    Kind.OFD: "application/ofd",
    Kind.DOCX: f"{_OOXML}.wordprocessingml.document",
    Kind.XLSX: f"{_OOXML}.spreadsheetml.sheet",
    Kind.PPTX: f"{_OOXML}.presentationml.presentation",
    Kind.DOC: "application/msword",
    Kind.XLS: "application/vnd.ms-excel",
    Kind.PPT: "application/vnd.ms-powerpoint",
    Kind.OLE: "application/x-ole-storage",
    Kind.JPEG: "image/jpeg",
    Kind.PNG: "image/png",
    Kind.TIFF: "image/tiff",
    Kind.BMP: "image/bmp",
    Kind.GIF: "image/gif",
    Kind.TEXT: "text/plain",
    Kind.RTF: "application/rtf",
    Kind.HTML: "text/html",
    Kind.ZIP: "application/zip",
    Kind.RAR: "application/vnd.rar",
    Kind.SEVEN_ZIP: "application/x-7z-compressed",
}

ENDINGS: Mapping[str, frozenset[Kind]] = {
    "pdf": frozenset({Kind.PDF}),
    "ofd": frozenset({Kind.OFD}),
    "docx": frozenset({Kind.DOCX}),
    "xlsx": frozenset({Kind.XLSX}),
    "pptx": frozenset({Kind.PPTX}),
    "doc": frozenset({Kind.DOC}),
    "xls": frozenset({Kind.XLS}),
    "ppt": frozenset({Kind.PPT}),
    # WPS Office writes the structure of Word and Excel 97 under endings of its own.
    "wps": frozenset({Kind.DOC}),
    "et": frozenset({Kind.XLS}),
    "jpg": frozenset({Kind.JPEG}),
    "jpeg": frozenset({Kind.JPEG}),
    "png": frozenset({Kind.PNG}),
    "tif": frozenset({Kind.TIFF}),
    "tiff": frozenset({Kind.TIFF}),
    "bmp": frozenset({Kind.BMP}),
    "txt": frozenset({Kind.TEXT}),
    "zip": frozenset({Kind.ZIP}),
}
"""Types that can be examined, and so allowed by the settings."""

_PROGRAM_ENDINGS = """
    accde ade adp action apk app appimage application appref-ms appx appxbundle bat bin cgi chm
    class cmd com command cpl csh deb desktop diagcab dll dmg docm dotm dqy ear elf exe gadget hlp
    hta htm html img inf ins iqy iso jar jnlp js jse ksh library-ms lnk mde mht mhtml msc msi msix
    msixbundle msp mst one onepkg oqy osx pif pl potm ppa ppam ppsm pptm ps1 psm1 py pyc pyw rb reg
    rpm rqy run scf scr sct search-ms searchconnector-ms settingcontent-ms sh shb shs slk so svg
    swf sys url vb vbe vbs vbscript vhd vhdx war wim wll wsc wsf wsh xbap xhtml xla xlam xll xlsb
    xlsm xltm xpi
"""
PROGRAM_ENDINGS = frozenset(_PROGRAM_ENDINGS.split())
"""Endings by which systems run what a file holds, or show it with scripts in it."""
PART_ENDINGS = frozenset({"bin", "htm", "html", "mht", "mhtml", "svg", "xhtml"})
"""Of these such as documents of Office and OFD have in themselves, where nobody starts them."""


def media_type(kind: Kind) -> str:
    """Media type of a kind of content."""
    return MEDIA_TYPES.get(kind, "application/octet-stream")
