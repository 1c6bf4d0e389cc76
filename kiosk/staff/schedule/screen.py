"""The screen of times, days, hours, brightness and speeds of a board."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty
from kivy.uix.screenmanager import Screen

from devices.led.fonts import FontMissing
from display.arrangement import NotAllowed
from display.local_time import SHANGHAI
from kiosk.settings import BoardSettings, SettingsError
from kiosk.staff import wording
from kiosk.staff.accounts import Action, may
from kiosk.staff.draft import Draft
from kiosk.staff.edition import model as edition_model
from kiosk.staff.edition import pending_strip  # noqa: F401  registers its rules
from kiosk.staff.edition.ground import Ground, read_ground
from kiosk.staff.edition.submitting import Submitting
from kiosk.staff.naming import board_called
from kiosk.staff.schedule import brightness as schedule_brightness
from kiosk.staff.schedule import hours as schedule_hours
from kiosk.staff.schedule import month_pane
from kiosk.staff.schedule import scroll as schedule_scroll
from kiosk.staff.schedule.forecast import (
    Forecast,
    earliest_day,
    first_day,
    forecast,
    titles_of,
)
from kiosk.staff.schedule.holidays import days_of
from kiosk.staff.schedule.keys import ScheduleKeys
from kiosk.staff.schedule.model import ScheduleModel, Tab
from kiosk.staff.schedule.parts import Pane, Seen
from kiosk.staff.schedule.standing import Said, standing_of, told_of
from kiosk.staff.schedule.update import UpdatePane
from kiosk.store.terminal import TerminalStore
from kiosk.widgets import footer, scrolled  # noqa: F401  registers their rules
from kiosk.widgets.controls import Chip, PrimaryButton
from kiosk.widgets.icons import Sign
from kiosk.widgets.reach import Reached

PANES: Mapping[Tab, type[Pane]] = MappingProxyType(
    {
        Tab.UPDATE: UpdatePane,
        Tab.CALENDAR: month_pane.CalendarPane,
        Tab.HOURS: schedule_hours.HoursPane,
        Tab.BRIGHTNESS: schedule_brightness.BrightnessPane,
        Tab.SCROLL: schedule_scroll.ScrollPane,
    }
)


class TabChip(Reached, Chip):
    """One part of the screen; the arrow keys go to the part beside."""

    __events__ = ("on_turn",)
    tab = StringProperty("")

    def on_turn(self, step: int) -> None:
        """The part before or after."""

    def turn(self, step: int) -> None:
        """By the arrow keys."""
        self.dispatch("on_turn", step)


class ProposeButton(Reached, PrimaryButton):
    """提交审批."""

    def enter(self) -> None:
        """As a tap."""
        if not self.disabled:
            self.dispatch("on_release")


class ScheduleScreen(ScheduleKeys, Screen):
    """Five parts, of which one is shown; what differs from what is in force is marked."""

    in_trouble = BooleanProperty(False)
    tab = StringProperty(Tab.UPDATE.value)
    may_change = BooleanProperty(False)
    board_text = StringProperty("")
    many_boards = BooleanProperty(False)
    """Whether a tap on the board's name leads to the next one."""
    nothing = ListProperty(["", ""])
    said = StringProperty("")
    """What stands in the way, or what came of a proposal."""
    tone = StringProperty("muted")
    overtaken = BooleanProperty(False)
    sign = StringProperty("")
    """An icon before it."""
    pending_text = StringProperty("")
    """Whose proposal waits, or is approved."""
    can_take_up = BooleanProperty(False)
    """Whether editing may go on from it."""
    can_reset = BooleanProperty(False)
    can_propose = BooleanProperty(False)
    pane = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        self._board: BoardSettings | None = None
        self._ground: Ground | None = None
        self._model: ScheduleModel | None = None
        self._forecast: Forecast | None = None
        self._waiting = False
        self._trouble = ""
        self._panes: dict[Tab, Pane] = {}
        super().__init__(Submitting(self._submitted), name="schedule", **kwargs)
        app = App.get_running_app()
        for tab in Tab:
            chip = TabChip(tab=tab.value)
            chip.bind(on_release=lambda one: self.show_tab(Tab(one.tab)))
            chip.bind(on_turn=lambda _one, step: self._turn_tab(step))
            self.ids.tabs.add_widget(chip)
        draw = self._redraw = Clock.create_trigger(lambda _dt: self._draw(), -1)
        app.theme.bind(unit=draw, large=draw)
        app.bind(words=draw, portrait=draw)
        self.show_tab(Tab.UPDATE)
        # One in each frame: together they would keep the window waiting.
        self._building = Clock.create_trigger(lambda _dt: self._build_more(), 0)
        self._building()

    # Coming and going

    def open(self) -> None:
        """The first board, or the one that was looked at."""
        self.forget()
        app = App.get_running_app()
        account = app.visit.session.staff
        self.may_change = account is not None and may(account, Action.PROPOSE)
        self._board = app.staff_board()
        self._ask_ground()

    def refresh(self, _at: datetime) -> None:
        """Once a minute, and when something was decided; the account may have gone."""
        App.get_running_app().look_at_account()
        self._ask_ground()

    def forget(self) -> None:
        """Nothing of anybody stays; the draft itself is the session's."""
        app = App.get_running_app()
        app.jobs.forget("schedule ground")
        app.file_jobs.forget("schedule forecast")
        self._submitting.forget()
        self._trouble = ""
        self._board = self._ground = self._model = self._forecast = None
        self._waiting = self.in_trouble = self.may_change = False
        self._keys.leave()
        for pane in self._panes.values():
            pane.forget()
        self.show_tab(Tab.UPDATE)

    def next_board(self) -> None:
        """The next board of the settings."""
        boards = App.get_running_app().settings.boards
        if self._board is None or len(boards) < 2:
            return
        self._board = boards[(boards.index(self._board) + 1) % len(boards)]
        self._ground = self._model = self._forecast = None
        self._submitting.forget()
        for pane in self._panes.values():
            pane.forget()
        self._ask_ground()

    def step_back(self) -> bool:
        """From the question to the screen."""
        if self._submitting.asks:
            self._submitting.close()
            return True
        return False

    # What counts, and what would come

    def _ask_ground(self) -> None:
        app, board = App.get_running_app(), self._board
        now, settings = app.proven(), app.settings
        if board is None or now is None:
            self._draw()
            return
        chosen = board

        def question(store: TerminalStore) -> Ground | None:
            try:
                return read_ground(store, settings, chosen, now)
            except SettingsError:
                return None

        app.jobs.ask("schedule ground", question, self._met, self._fail)
        self._draw()

    def _met(self, ground: Ground | None) -> None:
        self.in_trouble = ground is None
        if ground is not None:
            app = App.get_running_app()
            draft: Draft = app.staff_draft(ground.board.name, ground.in_force, ground.pending)
            if self._model is None or self._model.draft is not draft:
                self._model = ScheduleModel(draft, may_change=self.may_change)
            self._ground = ground
            self._ask_forecast()
        self._draw()

    def _fail(self) -> None:
        self.in_trouble = True
        self._draw()

    def _ask_forecast(self) -> None:
        ground, model = self._ground, self._model
        if ground is None or model is None:
            return
        arrangement = model.draft.arrangement
        next = first_day(ground, arrangement, days_of(ground.table))
        drawn = self.tab == Tab.SCROLL

        def question(_store: TerminalStore) -> Forecast | Exception | None:
            try:
                if next is None:
                    return None
                return forecast(ground, arrangement, next, drawn=drawn)
            except (SettingsError, FontMissing, ValueError) as problem:
                return problem

        self._waiting = True
        app = App.get_running_app()
        app.file_jobs.ask("schedule forecast", question, self._foretold, self._not_foretold)

    def _foretold(self, found: Forecast | Exception | None) -> None:
        self._waiting, self._trouble = False, ""
        if isinstance(found, Exception):
            self._forecast, self._trouble = None, str(found)
        else:
            self._forecast = found
        self._draw()

    def _not_foretold(self) -> None:
        self._foretold(None)

    # What staff do

    def do(self, step: str, *values: Any) -> None:
        """A step of the model, and what comes of it."""
        if self._model is None or not self.may_change:
            return
        before = self._model.draft.arrangement
        getattr(self._model, step)(*values)
        if self._model.draft.arrangement != before:
            if not self._submitting.working:
                self._submitting.forget()
            self._ask_forecast()
        self._draw()

    def reset(self) -> None:
        """Drop what was edited, several changes not without a question."""
        if self._model is not None and self.can_reset:
            self._submitting.ask_to_drop(self._model.draft, self._reset)

    def _reset(self) -> None:
        if self._model is not None:
            self._model.reset()
            self._ask_forecast()
            self._draw()

    def take_up(self) -> None:
        """Go on from what waits for approval."""
        if self._model is not None and self.can_take_up:
            self._model.take_up()
            self._ask_forecast()
            self._draw()

    def carry_over(self) -> None:
        """The same edits onto what counts by now."""
        if self._model is None:
            return
        try:
            self._model.draft.carry_over()
        except NotAllowed as problem:
            words = App.get_running_app().words
            self._trouble = "\n".join(wording.limits(problem, words))
        self._ask_forecast()
        self._draw()

    def propose(self) -> None:
        """Show what differs, and ask; as on the edition screen."""
        model, found, ground = self._model, self._forecast, self._ground
        if model is not None and found is not None and ground is not None and self.can_propose:
            words = App.get_running_app().words
            cautions = [wording.caution(one, words) for one in found.outlook.cautions]
            self._submitting.ask(model.draft, found.edition, titles_of(ground), cautions)

    def _submitted(self) -> None:
        if self._submitting.proposed:
            self._ask_ground()
        self._draw()

    def look_on(self) -> None:
        """Another day or stretch is looked at; a limit told of before is no longer meant."""
        if self._model is not None:
            self._model.forget_refusal()
        self._draw()

    def show_tab(self, tab: Tab) -> None:
        """One of the parts."""
        self.tab = tab.value
        pane = self._pane(tab)
        if self.pane is not pane:
            holder = self.ids.holder
            holder.clear_widgets()
            holder.add_widget(pane)
            self.pane = pane
            self.ids.view.effect_y.velocity = 0
            self.ids.view.scroll_y = 1.0
        if not isinstance(self._keys.at, TabChip):
            self._keys.leave()
        if tab is Tab.SCROLL and self._forecast is not None and self._forecast.made is None:
            self._ask_forecast()
        self.look_on()

    def _pane(self, tab: Tab) -> Pane:
        if tab not in self._panes:
            self._panes[tab] = PANES[tab](screen=self)
        return self._panes[tab]

    def _build_more(self) -> None:
        missing = next((tab for tab in Tab if tab not in self._panes), None)
        if missing is not None:
            self._pane(missing)
            self._building()

    def held(self) -> list[Any]:
        """What the keys reach of the part that is shown."""
        return [] if self.pane is None or self._model is None else self.pane.stops

    def chip(self) -> TabChip:
        """The tab of the part that is shown."""
        return self._chip(Tab(self.tab))

    def _turn_tab(self, step: int) -> None:
        tabs = list(Tab)
        at = tabs.index(Tab(self.tab)) + step
        if 0 <= at < len(tabs):
            self.show_tab(tabs[at])
            self._keys.stand(self._chip(tabs[at]))

    def _chip(self, tab: Tab) -> TabChip:
        chips: list[TabChip] = self.ids.tabs.children
        return next(one for one in chips if one.tab == tab.value)

    # Drawing

    def _draw(self) -> None:
        app, model = App.get_running_app(), self._model
        words = app.words
        changed = frozenset() if model is None else model.changed_tabs()
        for chip in self.ids.tabs.children:
            tab = Tab(chip.tab)
            chip.text = words[f"timing.tab_{tab}"]
            chip.icon = Sign.EDIT.value if tab in changed else ""
            chip.chosen = chip.tab == self.tab
        boards = app.settings.boards
        self.many_boards = len(boards) > 1
        name = "" if self._board is None else self._board.name
        boards = App.get_running_app().settings.boards
        self.board_text = board_called(name, boards, words) if name else ""
        self._draw_state()
        seen = self._seen()
        if seen is not None and self.pane is not None:
            self.pane.may_change = self.may_change
            self.pane.show(seen, words)

    def _draw_state(self) -> None:
        app, model = App.get_running_app(), self._model
        words = app.words
        self.nothing = ["", ""]
        if self._board is None:
            self.nothing = [words["timing.no_board"], words["timing.no_board_text"]]
        elif app.proven() is None and model is None:
            self.nothing = [words["staff.no_time"], words["timing.no_time_text"]]
        elif self.in_trouble and model is None:
            self.nothing = [words["journal.trouble"], words["journal.trouble_text"]]
        elif model is None:
            self.nothing = [words["timing.waiting"], ""]
        self._say_standing()
        draft, working = None if model is None else model.draft, self._submitting.working
        self.overtaken = draft is not None and draft.overtaken
        unsubmitted = draft is not None and (draft.unsubmitted > 0 or draft.overtaken)
        self.can_reset = self.may_change and unsubmitted
        self._say_pending(draft)
        reckoned = self._forecast is not None and not self._waiting and not working
        can_propose = draft is not None and draft.can_propose and reckoned
        self.can_propose = self.may_change and (self.overtaken or can_propose)

    def _say_pending(self, draft: Draft | None) -> None:
        self.pending_text, self.can_take_up = "", False
        if draft is None or self._ground is None:
            return
        self.pending_text = edition_model.pending_text(
            draft, self._ground, App.get_running_app().words, can_edit=self.may_change
        )
        waits = draft.pending is not None and not draft.is_pending and not draft.changed
        self.can_take_up = self.may_change and waits and not draft.overtaken

    def _say_standing(self) -> None:
        words, model, telling = App.get_running_app().words, self._model, self._submitting
        said = Said()
        if model is not None and telling.told:
            said = told_of(telling.told, proposed=telling.proposed)
        elif model is not None:
            said = standing_of(model.draft, words, may_change=self.may_change)
        self.said, self.tone, self.sign = said.text, said.tone, said.sign

    def _seen(self) -> Seen | None:
        ground, model = self._ground, self._model
        if ground is None or model is None:
            return None
        arrangement, days = model.draft.arrangement, days_of(ground.table)
        return Seen(
            model=model,
            days=days,
            today=ground.at.astimezone(SHANGHAI).date(),
            earliest=earliest_day(ground, arrangement),
            next=first_day(ground, arrangement, days),
            forecast=self._forecast,
            waiting=self._waiting,
            trouble=self._trouble,
        )


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
