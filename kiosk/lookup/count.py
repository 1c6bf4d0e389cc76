"""Counting what a question finds, apart from finding it."""

from typing import Any

from kivy.clock import Clock

from kiosk.jobs import Jobs
from kiosk.lookup.filters import COUNT_CAP, FACET_CAP, Counts
from kiosk.lookup.model import LookupModel
from kiosk.store.counting import Facets
from kiosk.store.filters import Filters

COUNT_AFTER_S, FACETS_AFTER_S = 0.1, 0.3
"""Counting takes the store from whoever types on; it waits for so long a pause."""


class Counting:
    """How many there are, and then how many for each choice; given up for a new question."""

    def __init__(self, jobs: Jobs, model: LookupModel) -> None:
        self._jobs, self._model = jobs, model
        self._asked = 0
        self._waiting: list[Any] = []
        self.open = 0
        """How many answers are still to come."""

    def begin(self, query: str, filters: Filters) -> None:
        """Count, after a pause, what was found."""
        self.stop()
        asked = self._asked

        def count(_elapsed: float) -> None:
            self._jobs.ask(
                "count",
                lambda store: store.count(query, filters, cap=COUNT_CAP + 1),
                lambda count: self._answered(count=count),
                lambda: self._answered(count=-1),
            )

        def count_choices(_elapsed: float) -> None:
            self._jobs.ask(
                "facets",
                lambda store: store.facets(
                    query, filters, cap=FACET_CAP + 1, stopped=lambda: self._asked != asked
                ),
                self._counted,
                lambda: self._answered(counts=Counts()),
            )

        self.open = 2
        self._waiting = [
            Clock.schedule_once(count, COUNT_AFTER_S),
            Clock.schedule_once(count_choices, FACETS_AFTER_S),
        ]

    def stop(self) -> None:
        """Give up what is not counted yet."""
        self._asked += 1
        for event in self._waiting:
            event.cancel()
        self._waiting, self.open = [], 0
        self._jobs.forget("count", "facets")

    def _counted(self, facets: Facets | None) -> None:
        if facets is None:  # given up
            self._answered()
            return
        self._answered(
            counts=Counts(
                known=True,
                categories={name.value: n for name, n in facets.categories.items()},
                kinds={name.value: n for name, n in facets.kinds.items()},
                regions=facets.regions,
                open_now=facets.open_now,
            )
        )

    def _answered(self, **told: object) -> None:
        self.open -= 1
        for name, value in told.items():
            setattr(self._model, name, value)
