"""附件: files of a field, and the way to choose more."""

from typing import Any

from kivy.app import App
from kivy.properties import StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.entry.box import FieldBox, Tools
from kiosk.entry.checks import Path
from kiosk.entry.stops import StopButton
from kiosk.examination.sentences import size_text
from kiosk.notice.model import spelling
from kiosk.sync.form import FormField
from kiosk.widgets.controls import Surface
from kiosk.widgets.glyphs import has_glyph
from kiosk.widgets.icons import Sign


class AttachmentLine(Surface, BoxLayout):
    """A file that was chosen."""

    name = StringProperty("")
    size_text = StringProperty("")


class AttachmentsBox(BoxLayout):
    """The files of a field, and the way to choose more."""


class FilesBox(FieldBox):
    """Attachments with their label."""

    def __init__(self, path: Path, field: FormField, value: Any, tools: Tools) -> None:
        super().__init__(path)
        words, name = App.get_running_app().words, str(path[0])
        spell = spelling(words, has_glyph)
        box, files = AttachmentsBox(), list(value or [])
        for number, sha256 in enumerate(files):
            file = tools.model.file(sha256)
            line = AttachmentLine(name=spell(file.name), size_text=size_text(file.size))

            def removed(_button: object, number: int = number, sha256: str = sha256) -> None:
                tools.stand(path, number)
                tools.detach(name, sha256)

            line.ids.take_out.bind(on_release=removed)
            self.add_stop(line.ids.take_out, tools)
            box.add_widget(line)
        if len(files) < field.most:
            pick = StopButton(icon=Sign.ATTACHMENT.value, text=words["entry.pick"])
            pick.bind(on_release=lambda _button: tools.pick(field, field.most - len(files)))
            self.add_stop(pick, tools)
            box.add_widget(pick)
        self.ids.slot.add_widget(box)
