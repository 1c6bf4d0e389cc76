"""Rows to tap in a list that may move on under the finger."""

from typing import ClassVar

from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.recycleview.views import RecycleDataViewBehavior


class PressedRow(RecycleDataViewBehavior, ButtonBehavior, BoxLayout):
    """Is tapped only if it still stands for the same thing when the finger lifts."""

    stands_for: ClassVar[tuple[str, ...]]
    """Names of the properties that tell for what."""

    def on_press(self) -> None:
        """Remember what is under the finger."""
        self._pressed = self._thing()

    def on_release(self) -> None:
        """A tap, if it is the same."""
        if self.is_same:
            self.tapped()

    @property
    def is_same(self) -> bool:
        """Whether it stands for what it stood for when it was pressed."""
        return self._pressed == self._thing()

    def tapped(self) -> None:
        """Do what a tap on it does."""
        raise NotImplementedError

    def _thing(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.stands_for)
