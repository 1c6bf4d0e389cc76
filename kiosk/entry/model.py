"""Filling in one form, without a window."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from kivy.event import EventDispatcher
from kivy.properties import NumericProperty, ObjectProperty, OptionProperty

from kiosk.entry.checks import TYPED, Fault, Path, faults_of, field_at, handed_in, look_at
from kiosk.entry.finding import Finding, Verdict
from kiosk.entry.writing import in_capitals, shown
from kiosk.private.files import StagedFile
from kiosk.sync.form import FieldKind, Form, FormField, Prefill
from kiosk.words import Words


class Tone(StrEnum):
    """How a field looks."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Look:
    """What is shown of a field beside its value."""

    tone: Tone
    text: str = ""
    """Below the field."""
    remark: bool = False
    """Whether the text asks for a second look."""


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One value in the list before handing in."""

    path: Path
    label: str
    text: str
    fault: str = ""


class EntryModel(EventDispatcher):
    """The values of one form, what is wrong with them, and where the visitor is."""

    form = ObjectProperty(None, allownone=True)
    step = NumericProperty(0)
    """Number of the step that is shown; the review comes after the last one."""
    shape = NumericProperty(0)
    """Grows when other fields are shown than before."""
    touched = NumericProperty(0)
    """Grows with every change."""
    state = OptionProperty("filling", options=["filling", "handing_in", "refused"])
    saved = OptionProperty("nothing", options=["nothing", "saved", "failed"])
    """Whether the draft is kept; see `saved_text`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._values: dict[str, Any] = {}
        self._files: dict[str, StagedFile] = {}
        self._lost: dict[str, tuple[str, ...]] = {}
        """Names of files that a draft had and that are gone, by field."""
        self._prefilled: set[Path] = set()
        self._left: set[Path] = set()
        """Fields that were typed into and left: what is incomplete there is said."""
        self._ended: set[Path] = set()
        """Fields of steps that were ended: also what is empty is said."""
        self.reached = 0
        """The furthest step that was shown."""
        self.saved_clock = ""

    # Beginning and ending

    def begin(self, form: Form, prefill: Mapping[Prefill, str]) -> None:
        """An empty form, but for the fields that take something from the card."""
        self.forget()
        for name, each in form.fields.items():
            told = prefill.get(each.hints.prefill) if each.hints.prefill is not None else None
            if told:
                self._values[name] = told
                self._prefilled.add((name,))
            if each.kind is FieldKind.GROUP and each.fewest:
                self._values[name] = [{} for _ in range(each.fewest)]
        self.form = form

    def resume(
        self, form: Form, step: str, values: Mapping[str, Any], files: Sequence[StagedFile] = ()
    ) -> None:
        """Go on with a draft, at the step where its owner was; see `lose` for its files."""
        self.forget()
        known = {name: value for name, value in values.items() if name in form.fields}
        self._values = _copied(known)
        self._files = {file.sha256: file for file in files}
        for name in _attachments(form):
            kept = [each for each in self._values.get(name, ()) if each in self._files]
            self._values[name] = kept
        self._left = set(_typed_paths(form, self._values))
        self.form = form
        number = int(step) if step.isdigit() else 0
        self.step = self.reached = min(number, len(form.steps))

    def lose(self, present: Sequence[StagedFile]) -> None:
        """Of the draft's files only these are there; the others must be chosen again."""
        if self.form is None:
            return
        there = {file.sha256 for file in present}
        for name in _attachments(self.form):
            values = self._values.get(name) or []
            gone = tuple(self._files[each].name for each in values if each not in there)
            if gone:
                self._lost[name] = gone
                self._values[name] = [each for each in values if each in there]
                self.shape += 1
        self._files = {each: file for each, file in self._files.items() if each in there}
        self.touched += 1

    @property
    def lost_files(self) -> bool:
        """Whether files of the draft are gone and were not chosen again."""
        return bool(self._lost)

    def forget(self) -> None:
        """Nothing of the visitor stays."""
        self.form = None
        self._values, self._files, self._lost = {}, {}, {}
        self._prefilled, self._left, self._ended = set(), set(), set()
        self.step = self.reached = 0
        self.state, self.saved, self.saved_clock = "filling", "nothing", ""
        self.touched += 1

    # Values

    def value(self, path: Path) -> Any:
        """What was entered; None where nothing was."""
        found: Any = self._values
        for part in path:
            if isinstance(found, list):
                found = found[int(part)] if int(part) < len(found) else None
            else:
                found = None if found is None else found.get(part)
        return found

    def put(self, path: Path, value: Any) -> None:
        """A value was typed or chosen; while somebody types, nothing incomplete is wrong."""
        if self.form is None or self.value(path) == value:
            return
        asked = self._asked()
        if len(path) == 1:
            self._values[str(path[0])] = value
        else:
            self._values[str(path[0])][int(path[1])][str(path[2])] = value
        self._prefilled.discard(path)
        self._left.discard(path)
        self.touched += 1
        if asked != self._asked():
            self.shape += 1

    def leave(self, path: Path) -> None:
        """The cursor went elsewhere: what is there should be complete."""
        if self.form is not None and self.value(path) not in (None, "", []):
            self._left.add(path)
            self.touched += 1

    def add_entry(self, name: str) -> None:
        """One more entry of a group."""
        self._values[name] = [*(self._values.get(name) or []), {}]
        self.touched += 1
        self.shape += 1

    def remove_entry(self, name: str, number: int) -> None:
        """One entry less; those after it move up, with what was said of them."""
        entries = self._values[name]
        self._values[name] = entries[:number] + entries[number + 1 :]
        for paths in (self._left, self._ended, self._prefilled):
            moved = {_moved(path, name, number) for path in paths}
            paths.clear()
            paths.update(path for path in moved if path is not None)
        self.touched += 1
        self.shape += 1

    def attach(self, name: str, files: Sequence[StagedFile]) -> tuple[StagedFile, ...]:
        """Add staged files to a field; give those back whose content the form has already."""
        have, spare = list(self._values.get(name) or []), []
        for file in files:
            if self._files.setdefault(file.sha256, file) is not file:
                spare.append(file)
            if file.sha256 not in have:
                have.append(file.sha256)
        self._lost.pop(name, None)
        self.put((name,), have)
        self.shape += 1
        return tuple(spare)

    def detach(self, name: str, sha256: str) -> tuple[StagedFile, ...]:
        """Take a file out of a field; give it back where no other field has it."""
        self.put((name,), [each for each in self._values.get(name, []) if each != sha256])
        self.shape += 1
        return () if sha256 in self._named() else (self._files.pop(sha256),)

    def file(self, sha256: str) -> StagedFile:
        """A file of some field. Raises KeyError."""
        return self._files[sha256]

    def files(self, name: str) -> tuple[StagedFile, ...]:
        """Those of a field."""
        return tuple(self._files[each] for each in self._values.get(name) or ())

    # What is shown

    @property
    def reviewing(self) -> bool:
        """Whether the list before handing in is shown."""
        return self.form is not None and self.step == len(self.form.steps)

    @property
    def fields(self) -> tuple[FormField, ...]:
        """Those of the step that is shown."""
        if self.form is None or self.reviewing:
            return ()
        return tuple(self.form.asked(int(self.step), self._values))

    def required(self, field: FormField) -> bool:
        return field.is_required(self._values)

    def look(self, path: Path, words: Words, today: date | None) -> Look:
        """How a field looks now."""
        each = field_at(self.form, path)
        value = self.value(path)
        finding = look_at(each, value, today)
        if len(path) == 1 and path[0] in self._lost:
            names = words["entry.between"].join(self._lost[str(path[0])])
            return Look(Tone.BAD, words["entry.choose_again"].format(names=names))
        if self._is_said(path, finding):
            told = words[f"check.{finding.fault}"].format(**finding.told)
            return Look(Tone.BAD, told)
        if path in self._prefilled:
            return Look(Tone.GOOD, words["entry.prefilled"])
        if finding.remark:
            return Look(Tone.GOOD, words[f"check.{finding.remark}"], remark=True)
        good = Tone.GOOD if finding.verdict is Verdict.GOOD else Tone.PLAIN
        if each.kind is FieldKind.AMOUNT and finding.verdict is Verdict.GOOD:
            return Look(good, in_capitals(words, value))
        return Look(good)

    def review(self, words: Words, language: str, today: date | None) -> list[list[ReviewLine]]:
        """Every value with what is wrong with it, step by step."""
        faults = {fault.path: fault for fault in self.faults(today)}
        names = {sha256: file.name for sha256, file in self._files.items()}
        steps = []
        for number in range(len(self.form.steps)):
            lines = []
            for each in self.form.asked(number, self._values):
                first = next((f for path, f in faults.items() if path[0] == each.name), None)
                text = shown(each, self._values.get(each.name), words, language, names)
                if first is None and not text:
                    text = words["entry.left_out"]
                lines.append(
                    ReviewLine(
                        path=first.path if first is not None else (each.name,),
                        label=each.hints.label.in_language(language),
                        text=text,
                        fault=first.under(words) if first is not None else "",
                    )
                )
            steps.append(lines)
        return steps

    def saved_text(self, words: Words) -> str:
        """Whether the draft is kept, and whole; empty while there is nothing to keep."""
        if self.lost_files and self.saved != "failed":
            return words["entry.files_lost"]
        if self.saved == "saved":
            return words["entry.saved"].format(clock=self.saved_clock)
        return words["entry.not_saved"] if self.saved == "failed" else ""

    # Going on

    def faults(self, today: date | None, *, step: int | None = None) -> tuple[Fault, ...]:
        """Everything that must be put right, of a step or of all, in its order."""
        return faults_of(self.form, self._values, today, step=step)

    def next(self, today: date | None) -> tuple[Fault, ...]:
        """End the step: go on, or stay and say what must be put right."""
        step = int(self.step)
        faults = self.faults(today, step=step)
        self._say_all(step)
        if not faults:
            self.go(step + 1)
        return faults

    def go(self, step: int) -> None:
        """Show a step, or the review; nothing is in the way of looking at one."""
        if step > self.step:
            for passed in range(int(self.step), min(step, len(self.form.steps))):
                self._say_all(passed)
        self.step = step
        self.reached = max(self.reached, step)

    def step_of(self, path: Path) -> int:
        """The step in which a field stands."""
        placed = enumerate(self.form.steps)
        return next(number for number, step in placed if path[0] in step.fields)

    # What leaves the screen

    def draft(self) -> tuple[dict[str, Any], tuple[StagedFile, ...]]:
        """What a draft holds: the values so far, and their files, each once."""
        kept = {
            name: value
            for name, value in self._values.items()
            if value not in (None, "", [], False)
        }
        return _copied(kept), tuple(self._files[each] for each in self._named())

    def content(self) -> tuple[dict[str, Any], tuple[StagedFile, ...]]:
        """The values as they are handed in, and their files, each once."""
        values = handed_in(self.form, self._values)
        return values, tuple(self._files[each] for each in self._named(values))

    def _named(self, values: Mapping[str, Any] | None = None) -> tuple[str, ...]:
        """Digests of the files that fields hold."""
        values = self._values if values is None else values
        lists = (values.get(name) or () for name in _attachments(self.form))
        return tuple(dict.fromkeys(each for listed in lists for each in listed))

    def _say_all(self, step: int) -> None:
        for each in self.form.asked(step, self._values):
            self._ended.add((each.name,))
            if each.kind is FieldKind.GROUP:
                for number in range(len(self._values.get(each.name) or [])):
                    self._ended |= {(each.name, number, inner.name) for inner in each.fields}
        self._left |= self._ended
        self.touched += 1

    def _is_said(self, path: Path, finding: Finding) -> bool:
        if finding.verdict is Verdict.WRONG:
            return True
        if finding.verdict is Verdict.OPEN:
            return bool(finding.fault) and path in self._left
        if finding.verdict is Verdict.EMPTY:
            return path in self._ended and self._must(path)
        return False

    def _must(self, path: Path) -> bool:
        each = field_at(self.form, path)
        return each.required if len(path) > 1 else each.is_required(self._values)

    def _asked(self) -> tuple[str, ...]:
        fields: Iterable[FormField] = self.form.fields.values()
        return tuple(each.name for each in fields if each.is_asked(self._values))


def _typed_paths(form: Form, values: Mapping[str, Any]) -> Iterable[Path]:
    return ((name,) for name in values if form.fields[name].kind in TYPED)


def _attachments(form: Form) -> tuple[str, ...]:
    return tuple(n for n, each in form.fields.items() if each.kind is FieldKind.ATTACHMENT)


def _moved(path: Path, name: str, removed: int) -> Path | None:
    if path[0] != name or len(path) < 2:
        return path
    number = int(path[1])
    if number == removed:
        return None
    return (name, number - 1, *path[2:]) if number > removed else path


def _copied(values: Mapping[str, Any]) -> dict[str, Any]:
    def copied(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: copied(each) for name, each in value.items()}
        return [copied(each) for each in value] if isinstance(value, list | tuple) else value

    return {name: copied(value) for name, value in values.items()}
