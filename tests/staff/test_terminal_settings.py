"""What staff set at a terminal: what can be chosen, what is kept, and what then counts."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.evidence import TERMINAL_RECORD, first_break
from kiosk import words
from kiosk.adjusted import Adjusted
from kiosk.adjustments import (
    CHOICES,
    OF_STAFF,
    PERSONAL,
    USUAL,
    Adjustments,
    KeptAdjustments,
    Name,
    changed,
    choices_of,
    offered,
)
from kiosk.session import Limits
from kiosk.settings import Settings
from kiosk.speech.voice import arguments
from kiosk.staff.acts import ACTS, ADJUSTED, act_facts
from kiosk.store.terminal import DATABASE_NAME, TerminalStore
from kiosk.sync.staff import StaffAccount, StaffKey, StaffRole

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
DEFAULTS = {
    **USUAL,
    Name.LANGUAGE: "zh",
    Name.IDLE: 90,
    Name.IDENTIFIED_IDLE: 180,
    Name.COUNTDOWN: 30,
    Name.STAFF_IDLE: 180,
}
ACCOUNT = StaffAccount(
    key="k3f9a2b1",
    name="王芳",
    roles=(StaffRole.TECHNICIAN,),
    valid_from=NOW,
    expires_at=NOW + timedelta(days=1),
    card="1" * 64,
    signs=StaffKey(salt="ab" * 16, time_cost=1, memory_kib=1024, lanes=1, public="0" * 64),
    changed_at=NOW,
)


def settings(**screen: Any) -> Settings:
    return Settings.model_validate(
        {
            "centre": {"name": "中心", "region": "210400", "site": "fushun"},
            "terminal": {"name": "FS-02", "data": "/nowhere"},
            "screen": screen,
        }
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (Name.IDLE, 5),
        (Name.IDLE, 90.0),
        (Name.IDLE, True),
        (Name.LARGE, 1),
        (Name.LANGUAGE, "fr"),
        (Name.COUNTDOWN, 3600),
        (Name.SPEECH_VOLUME, 0),
        (Name.UPLOAD, "no"),
    ],
)
def test_what_cannot_be_chosen_is_refused_and_left_out_when_read(name: Name, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        Adjustments({name: value})
    import json

    kept = json.dumps({name: value, "later_version": 7, Name.CONTRAST: True})
    assert dict(Adjustments.from_text(kept).values) == {Name.CONTRAST: True}


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"idle_s": null}'])
def test_what_is_no_document_changes_nothing(text: str) -> None:
    assert Adjustments.from_text(text) == Adjustments()


@given(
    st.dictionaries(st.sampled_from(Name), st.integers(0, 30)).map(
        lambda found: {n: CHOICES[n][at % len(CHOICES[n])] for n, at in found.items()}
    )
)
def test_what_is_kept_is_read_again(values: dict[Name, Any]) -> None:
    adjustments = Adjustments(values)
    assert Adjustments.from_text(adjustments.to_text()) == adjustments
    counts = adjustments.in_force(DEFAULTS)
    assert set(counts) == set(Name)
    assert {n: v for n, v in counts.items() if n in values} == values


@given(st.lists(st.tuples(st.sampled_from(Name), st.sampled_from([-1, 1])), max_size=40))
def test_steps_stay_within_the_limits_and_lead_back(steps: list[tuple[Name, int]]) -> None:
    adjustments = Adjustments()
    for name, by in steps:
        adjustments = adjustments.stepped(name, by, DEFAULTS)
        assert adjustments.in_force(DEFAULTS)[name] in choices_of(name, DEFAULTS)
        assert adjustments.values.get(name) != DEFAULTS[name], "that would be no adjustment"
    for name in Name:
        for _ in range(30):
            adjustments = adjustments.stepped(name, -1, DEFAULTS)
        assert adjustments.in_force(DEFAULTS)[name] == choices_of(name, DEFAULTS)[0]


def test_the_files_own_value_can_always_be_chosen_again() -> None:
    defaults = {**DEFAULTS, Name.IDLE: 100}
    assert choices_of(Name.IDLE, defaults)[2:5] == (90, 100, 120)
    adjusted = Adjustments().stepped(Name.IDLE, 1, defaults)
    assert dict(adjusted.values) == {Name.IDLE: 120}
    assert not adjusted.stepped(Name.IDLE, -1, defaults).values


def test_only_what_has_an_effect_is_offered() -> None:
    everything = offered(Name, staff_only=False, personal=True, speaks=True)
    assert everything == list(Name)
    assert offered(Name, staff_only=True, personal=False, speaks=False) == list(OF_STAFF)
    silent = offered(Name, staff_only=False, personal=False, speaks=False)
    assert set(Name) - set(silent) == {*PERSONAL, Name.SPEECH_PACE, Name.SPEECH_VOLUME}


def test_every_setting_has_its_words() -> None:
    for language in ("zh", "en"):
        loaded = words.load(language)
        assert all(loaded[f"adjust.{name}"] and loaded[f"adjust.{name}_text"] for name in Name)
        assert all(loaded[f"journal.{word}"] for word in ACTS.values())


class App:
    """What `Adjusted` puts into force."""

    def __init__(self, adjusted: Adjusted, *, somebody: bool = False) -> None:
        self.adjusted, self.somebody = adjusted, somebody
        self.language, self.large = adjusted.language, False
        self.limits: Limits | None = None
        self.visit = SimpleNamespace(limit=lambda limits: setattr(self, "limits", limits))
        self.voice = SimpleNamespace(pace=0, volume=0)
        self.switched_off: list[str] = []
        self.looks = 0

    @property
    def in_use(self) -> bool:
        usual = self.adjusted.language, self.adjusted.large
        return self.somebody or (self.language, self.large) != usual

    def usual_look(self) -> None:
        self.looks += 1
        self.language, self.large = self.adjusted.language, self.adjusted.large


def kept(**values: Any) -> KeptAdjustments:
    adjustments = Adjustments({Name(name): value for name, value in values.items()})
    return KeptAdjustments(NOW, "王**", "k3f9a2b1", adjustments)


def test_what_was_saved_is_in_force_and_the_rest_is_as_the_file_says() -> None:
    adjusted = Adjusted(settings(idle_s=7.5, language="en"))
    app = App(adjusted)
    adjusted.take(app, None)  # type: ignore[arg-type]
    assert app.limits == Limits(7.5, 180.0, 30.0, 180.0) and adjusted.language == "en"
    saved = kept(countdown_s=45, language="zh", large=True, speech_pace=80, upload=False)
    adjusted.take(app, saved)  # type: ignore[arg-type]
    assert app.limits == Limits(7.5, 180.0, 45.0, 180.0)
    assert (adjusted.language, adjusted.large, adjusted.contrast) == ("zh", True, False)
    assert (app.voice.pace, app.voice.volume) == (80, 100) and app.switched_off == ["upload"]
    assert app.looks == 1 and app.large, "nothing is drawn anew where nothing is new"
    adjusted.take(app, None)  # type: ignore[arg-type]
    assert not app.switched_off and adjusted.language == "en"


def test_the_look_does_not_change_under_somebodys_hands() -> None:
    adjusted = Adjusted(settings())
    app = App(adjusted, somebody=True)
    adjusted.take(app, kept(large=True))  # type: ignore[arg-type]
    assert not app.looks and adjusted.large


def test_speech_keeps_to_what_the_programs_take() -> None:
    assert arguments("espeak-ng") == ("-v", "cmn", "-s", "150", "-a", "100", "--stdin")
    assert arguments("espeak-ng", 70, 160)[2:6] == ("-s", "105", "-a", "160")
    usual = ("--wait", "--language", "zh", "--rate", "-20", "--volume", "0", "--")
    assert arguments("spd-say") == usual
    for pace in CHOICES[Name.SPEECH_PACE]:
        for volume in CHOICES[Name.SPEECH_VOLUME]:
            told = arguments("spd-say", int(pace), int(volume))
            assert -100 <= int(told[4]) <= 100 and -100 <= int(told[6]) <= 100
            assert 0 <= int(arguments("espeak-ng", 100, int(volume))[5]) <= 200


def test_each_save_is_kept_and_noted_in_a_chain_of_its_own(tmp_path: Path) -> None:
    with TerminalStore(tmp_path / DATABASE_NAME) as store:
        assert store.adjustments() is None
        before = Adjustments()
        for number, value in enumerate((60, 120, 150)):
            after = Adjustments({Name.IDLE: value})
            assert changed(before, after, DEFAULTS) == [Name.IDLE]
            saved = KeptAdjustments(NOW + timedelta(minutes=number), "王**", "k3f9a2b1", after)
            noted = act_facts(ACCOUNT, ADJUSTED, "idle_s", "saved", proven=True, after=value)
            store.keep_adjustments(saved, noted)
            assert store.adjustments() == saved
        entries = list(store.stretch(TERMINAL_RECORD))
        assert [each.facts["after"] for each in entries] == [60, 120, 150]
        assert {each.facts["by"] for each in entries} == {"王**"}
        assert first_break(entries) is None
        assert store.boards_with_evidence() == (), "it is no board"


def test_an_act_that_is_none_and_a_time_that_is_not_proven() -> None:
    with pytest.raises(ValueError, match="act"):
        act_facts(ACCOUNT, "else", "x", "y", proven=True)
    assert act_facts(ACCOUNT, ADJUSTED, "x", "y", proven=False)["unproven"] is True
