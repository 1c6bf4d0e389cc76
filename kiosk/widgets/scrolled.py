"""A page that is higher than its place."""

from pathlib import Path

from kivy.lang import Builder
from kivy.uix.scrollview import ScrollView


class Scrolled(ScrollView):
    """Scrolls its one widget up and down."""

    def scroll_by(self, pages: float) -> None:
        """Scroll by heights of what is seen, down when positive."""
        hidden = self.children[0].height - self.height
        if hidden > 0:
            moved = self.scroll_y - pages * self.height / hidden
            self.scroll_y = min(1.0, max(0.0, moved))


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
