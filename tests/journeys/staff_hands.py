"""What staff see and do at the terminal's window, besides what visitors do."""

from typing import Any

from kivy.base import EventLoop

from kiosk.tour import Tap

PATIENCE_S = 60.0


class StaffActs:
    """Nothing of it is kept."""

    def __init__(self, booth: Any) -> None:
        self._booth = booth

    # What is seen

    def knows_the_time(self) -> bool:
        return self._booth.app.proven() is not None

    def sign_in(self, said: str) -> bool:
        """What the screen of signing in says, or which page it shows."""
        model = self._booth.screen("sign_in").model
        return said in (model.said, model.page)

    def offers(self, kind: str) -> bool:
        """Whether anything of this kind can be tapped."""
        return any(not each.disabled for each in self._booth.widgets(kind))

    def drafted(self) -> bool:
        """List and preview of the edition are those of the draft."""
        screen = self._booth.screen("edition")
        made, draft = screen.made, screen.draft
        return made is not None and made.arrangement == draft.arrangement

    def first_in_list(self, title: str) -> bool:
        rows = self._booth.screen("edition").ids.results.data
        return bool(rows) and title in rows[0]["content"].replace("\n", "")

    def previews(self, title: str) -> bool:
        """Whether the preview shows a page of this notice."""
        screen = self._booth.screen("edition")
        seen = screen.ids.preview.seen
        if seen is None or seen.page is None:
            return False
        return title in screen.made.edition.pages[seen.page].line

    def reckoned(self) -> bool:
        """What follows from the schedule is known."""
        screen = self._booth.screen("schedule")
        return screen._ground is not None and not screen._waiting

    def recorded(self, event: str) -> bool:
        """Whether the record's list has an event."""
        rows = self._booth.screen("evidence").ids.results.data
        return any(event in row["event"] for row in rows)

    def found(self) -> bool:
        """What the board showed at the moment is told, and drawn."""
        screen = self._booth.screen("evidence")
        return screen._shown is not None and screen.leds is not None

    def checked(self) -> bool:
        """Neither a check of the chain nor an export is under way."""
        return not self._booth.screen("evidence").working

    # What is done

    def hold(self, text: str, until: str) -> None:
        """Keep a finger on a word until another screen is shown."""
        booth = self._booth
        link = booth.find(text, "HoldLink")
        touch = Tap(*link.to_window(*link.center))
        EventLoop.post_dispatch_input("begin", touch)
        booth.until(lambda: booth.shown == until, PATIENCE_S)
        EventLoop.post_dispatch_input("end", touch)
        booth.settle()

    def tap_pin(self, pin: str) -> None:
        for digit in pin:
            self._booth.tap(digit, "PadKey")

    def tap_notice(self, title: str) -> None:
        """Tap a row of the edition, once it is in sight."""
        booth = self._booth
        rows = booth.screen("edition").ids.results
        place = next(
            at for at, row in enumerate(rows.data) if title in row["content"].replace("\n", "")
        )
        rows.reveal(place)
        booth.settle()
        wanted = rows.data[place]["notice_id"]
        booth.tap_widget(next(r for r in booth.widgets("EditionRow") if r.notice_id == wanted))

    def slide_speed(self, share: str) -> None:
        """Put a finger on the speed's slider, at a share of its length."""
        booth = self._booth
        ids = booth.screen("edition").ids
        ids.side.scroll_y = 1
        booth.settle()
        x = ids.speed.x + ids.speed.thumb / 2
        x += float(share) * (ids.speed.width - ids.speed.thumb)
        touch = Tap(*ids.speed.to_window(x, ids.speed.center_y))
        EventLoop.post_dispatch_input("begin", touch)
        EventLoop.post_dispatch_input("end", touch)
        booth.settle()

    def an_hour_later(self) -> None:
        """Tap the cut-over's button for an hour more."""
        clock = self._booth.screen("schedule").pane.ids.clock
        self._booth.tap_widget(clock.stops[0].more)
