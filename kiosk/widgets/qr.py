"""二维码: an address to take away by phone."""

from pathlib import Path

import segno
from kivy.graphics.texture import Texture
from kivy.lang import Builder
from kivy.properties import NumericProperty, ObjectProperty, StringProperty
from kivy.uix.widget import Widget

QUIET_ZONE = 4
"""White modules around a QR code (ISO/IEC 18004, 6.3.8)."""


WORTH = 7 / 8
"""Of the room: dots that are all alike are not worth a code that is smaller than this."""


def whole_dots(room: float, dots: int) -> float:
    """Side of a code in pixels: all its dots alike, where that leaves it large enough."""
    whole = room // dots * dots
    return whole if whole >= room * WORTH else room


class QrCode(Widget):
    """The official address as a QR code (二维码), drawn dot by dot."""

    address = StringProperty("")
    error = StringProperty("m")
    """How much of it may be lost (ISO/IEC 18004, 7.5); long texts have fewer dots with less."""
    texture = ObjectProperty(None, allownone=True)
    side = NumericProperty(0)
    """Pixels, with the quiet zone."""

    def fitted(self, room: float) -> float:
        """Side of the code in pixels within `room`."""
        return whole_dots(room, self.texture.width)

    def on_address(self, *_: object) -> None:
        self.texture = None
        if not self.address:
            return
        try:
            code = segno.make(self.address, error=self.error, micro=False)
        except segno.DataOverflowError:
            # No code holds it (ISO/IEC 18004, 7.4.10: up to 2,953 bytes).
            return
        rows = [
            bytes(0 if dark else 255 for dark in row) for row in code.matrix_iter(border=QUIET_ZONE)
        ]
        texture = Texture.create(size=(len(rows[0]), len(rows)), colorfmt="luminance")
        texture.blit_buffer(b"".join(reversed(rows)), colorfmt="luminance", bufferfmt="ubyte")
        texture.mag_filter = texture.min_filter = "nearest"
        self.texture = texture


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
