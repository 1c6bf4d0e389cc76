"""The opened proposal beside the list: what follows, its differences, its story, its buttons."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, OptionProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.staff import wording
from kiosk.staff.proposals import model
from kiosk.staff.proposals.model import Act, Detail
from kiosk.widgets import passage, scrolled  # noqa: F401  registers their rules
from kiosk.widgets.controls import OutlineButton, PrimaryButton
from kiosk.widgets.reach import Reach, Reached

LARGE, BLOCK = 12, 6
"""So many differences have lines of their own, the others stand together in blocks."""
A_FRAME = 2
"""Lines of the opened proposal that are made in one frame."""
ORDER = (Act.WITHDRAW, Act.WITHDRAW_APPROVAL, Act.REFUSE, Act.APPROVE)
"""Of the buttons; the main one comes last."""


class ProposalChange(BoxLayout):
    """One difference: what, old → new."""

    what = StringProperty("")
    before = StringProperty("")
    after = StringProperty("")


class ProposalLine(BoxLayout):
    """One sentence, with a sign where it wants attention."""

    said = StringProperty("")
    tone = StringProperty("muted")


class ProposalAct(Reached, OutlineButton):
    """Something that may be done about the opened proposal."""

    act = StringProperty("")


class ProposalMain(Reached, PrimaryButton):
    """Approval."""

    act = StringProperty("")


class ProposalReason(Reached, OutlineButton):
    """One of the reasons for which a proposal is refused."""

    reason = StringProperty("")


class ProposalPane(BoxLayout):
    """A proposal, or in its place the reasons for which it may be refused."""

    __events__ = ("on_act", "on_preview", "on_reason")
    page = OptionProperty("detail", options=["detail", "reasons"])
    state_text = StringProperty("")
    state_tone = StringProperty("muted")
    denied = StringProperty("")
    """Why what waits cannot be approved here by this person."""
    said = StringProperty("")
    """What became of the last decision made here."""
    said_tone = StringProperty("muted")
    can_preview = BooleanProperty(False)
    busy = BooleanProperty(False)
    """Whether a decision is under way."""

    def __init__(self, **kwargs: Any) -> None:
        self.reach = Reach()
        self._drawn: Detail | None = None
        self._lines: Iterator[tuple[Any, Any]] = iter(())
        self._more = Clock.create_trigger(lambda _dt: self._add_lines(), 0)
        super().__init__(**kwargs)

    def on_act(self, act: Act) -> None:
        """A button was tapped."""

    def on_preview(self) -> None:
        """The board shall be seen as it would be."""

    def on_reason(self, name: str) -> None:
        """A reason was chosen."""

    def turn_to(self, page: str) -> None:
        """The proposal or the reasons."""
        self.page = page
        self.reach.leave()
        self._draw_reasons()

    def step(self, step: int) -> None:
        """The keys go to the next button, or the one before."""
        place = self.ids.reasons if self.page == "reasons" else self.ids.acts
        stops = [each for each in reversed(place.children) if not each.disabled]
        self.reach.move(stops, step)

    def enter(self) -> bool:
        """Enter was pressed; False: the keys stand on no button."""
        button = self.reach.at
        if button is None:
            return False
        if not button.disabled:
            button.dispatch("on_release")
        return True

    def scroll_by(self, pages: float) -> None:
        """Page keys."""
        self.ids.detail.scroll_by(pages)

    def to_top(self) -> None:
        """From the beginning."""
        self.ids.detail.scroll_y = 1.0

    def show(self, found: Detail | None) -> None:
        """Draw a proposal; nothing for None."""
        self._draw_acts(() if found is None else found.acts)
        self._draw_reasons()
        if found == self._drawn:
            return
        self._drawn = found
        ids = self.ids
        for place in (ids.told, ids.changes, ids.cautions, ids.story):
            place.clear_widgets()
        self.state_text = "" if found is None else found.state
        self.state_tone = "muted" if found is None else found.tone
        self.denied = "" if found is None else found.denied
        self._lines = iter(()) if found is None else self._lines_of(found)
        self._add_lines()

    def _lines_of(self, found: Detail) -> Iterator[tuple[Any, Any]]:
        """Where each line stands, and the line; made when it is its turn."""
        ids = self.ids
        for told in found.told:
            yield ids.told, ProposalLine(said=told, tone="ink")
        for caution in found.cautions:
            yield ids.cautions, ProposalLine(said=caution, tone="attention")
        for one in found.changes[:LARGE]:
            yield ids.changes, ProposalChange(what=one.what, before=one.before, after=one.after)
        for start in range(LARGE, len(found.changes), BLOCK):
            block = model.said(found.changes[start : start + BLOCK], App.get_running_app().words)
            yield ids.changes, ProposalLine(said=block, tone="ink")
        for line in found.story:
            yield ids.story, ProposalLine(said=line.text, tone=line.tone)

    def _add_lines(self) -> None:
        """Some more of them; the rest in the next frames, so that nothing waits for all."""
        for place, line in islice(self._lines, A_FRAME):
            place.add_widget(line)
            self._more()

    def _draw_acts(self, may_do: tuple[Act, ...]) -> None:
        words, place = App.get_running_app().words, self.ids.acts
        shown = [act for act in ORDER if act in may_do]
        if [each.act for each in reversed(place.children)] != shown:
            self.reach.leave()
            place.clear_widgets()
            for act in shown:
                button = (ProposalMain if act is Act.APPROVE else ProposalAct)(act=act.value)
                button.bind(on_release=lambda one: self.dispatch("on_act", Act(one.act)))
                place.add_widget(button)
        for button in place.children:
            button.text = words[f"proposals.{button.act}"]
            button.disabled = self.busy

    def _draw_reasons(self) -> None:
        words, place = App.get_running_app().words, self.ids.reasons
        names = wording.REFUSING if self.page == "reasons" else ()
        if [each.reason for each in reversed(place.children)] != list(names):
            place.clear_widgets()
            for name in names:
                button = ProposalReason(reason=name)
                button.bind(on_release=lambda one: self.dispatch("on_reason", one.reason))
                place.add_widget(button)
        for button in place.children:
            button.text = words[f"reason.{button.reason}"]


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
