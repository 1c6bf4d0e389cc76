"""A thousand seeded days of a reader on a bad line: never a wrong name or number."""

import random
from collections import Counter

from idcard_bench import Wire, expected_name

from devices.errors import DeviceError, Garbled, NoReply, Refused, Unplugged
from devices.idcard.identity import Identity
from devices.idcard.outcome import LiftedEarly, NoCard, StillThere, Unusable
from devices.idcard.virtual.cards import CARDS
from devices.idcard.virtual.wire import answer

RUNS = 1000
LONGEST_S = 60.0
"""Simulated seconds that one call may take at most, here of 2 s wait."""
NAMED = (Unplugged, NoReply, Refused, Garbled)
GOOD = [name for name, card in CARDS.items() if not card.fault and name != "wrong-digit"]
KINDS = (
    *("bit", "burst", "byte lost", "byte more", "short", "lost", "noise before", "noise after"),
    *("twice", "late", "refused", "foreign"),
)
PREAMBLE = b"\xaa\xaa\xaa\x96\x69"


class Line:
    """Disturbs what travels, by its seed; the kinds are those that one XOR can tell apart."""

    def __init__(self, wire: Wire, dice: random.Random, rate: float) -> None:
        self._wire = wire
        self._dice = dice
        self._rate = rate
        self.kinds: Counter[str] = Counter()
        wire.request = self.request
        wire.reply = self.reply

    def request(self, data: bytes) -> bytes:
        self._hand()
        if self._dice.random() >= self._rate / 2:
            return data
        kind = self._dice.choice(["bit", "lost", "short", "noise"])
        self.kinds[f"request {kind}"] += 1
        if kind == "bit":
            return self._burst(data, 1)
        if kind == "short":
            return data[: self._dice.randrange(len(data))]
        return b"" if kind == "lost" else self._noise() + data

    def reply(self, raw: bytes) -> list[tuple[float, bytes]]:
        if self._dice.random() >= self._rate:
            return self._cut(raw)
        kind = self._dice.choice(KINDS)
        self.kinds[kind] += 1
        at = self._dice.randrange(len(raw))
        match kind:
            case "bit":
                return self._cut(self._burst(raw, 1))
            case "burst":
                return self._cut(self._burst(raw, 8))
            case "byte lost":
                return self._cut(raw[:at] + raw[at + 1 :])
            case "byte more":
                return self._cut(raw[:at] + self._dice.randbytes(1) + raw[at:])
            case "short":
                return self._cut(raw[:at])
            case "lost":
                return []
            case "noise before":
                return self._cut(self._noise() + raw)
            case "noise after":
                return self._cut(raw + self._noise())
            case "twice":
                return self._cut(raw + raw)
            case "late":
                return [(self._dice.uniform(0.1, 4.0), raw)]
            case "refused":
                codes = [0x10, 0x11, 0x21, 0x31, 0x40, 0x41, 0x47, 0x60, 0x66, 0x80, 0x81, 0x91]
                return self._cut(answer(self._dice.choice(codes)))
        return self._cut(answer(0x90, self._dice.randbytes(self._dice.choice([0, 8, 16]))))

    def _hand(self) -> None:
        """A visitor's hand, between two commands."""
        dice = self._dice.random()
        if dice < self._rate / 10:
            self._wire.module.lift()
        elif dice < self._rate / 5:
            self._wire.lay(CARDS[self._dice.choice(GOOD)])
        elif dice < self._rate / 4:
            self._wire.plugged_in = False

    def _burst(self, data: bytes, longest: int) -> bytes:
        """Flipped bits within `longest` bits next to each other."""
        at = self._dice.randrange(len(data) * 8 - longest + 1)
        pattern = self._dice.randrange(1, 1 << longest) << at
        return (int.from_bytes(data, "little") ^ pattern).to_bytes(len(data), "little")

    def _noise(self) -> bytes:
        noise = self._dice.randbytes(self._dice.randrange(1, 40))
        if self._dice.random() < 0.5:
            at = self._dice.randrange(len(noise))
            noise = noise[:at] + PREAMBLE + bytes((self._dice.randrange(6),)) + noise[at:]
        return noise

    def _cut(self, raw: bytes) -> list[tuple[float, bytes]]:
        pieces, at = [], 0
        while at < len(raw):
            size = self._dice.choice([1, 7, 64, 512, 2048])
            pieces.append((0.0, raw[at : at + size]))
            at += size
        return pieces


def test_a_thousand_seeded_days() -> None:
    ends: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for seed in range(RUNS):
        try:
            _day(seed, ends, kinds)
        except Exception as problem:
            problem.add_note(f"seed {seed}")
            raise
    print(f"\n{dict(ends.most_common())}\n{dict(kinds.most_common())}")
    for end in (Identity, NoCard, LiftedEarly, StillThere, Unusable, NoReply, Garbled, Unplugged):
        assert ends[end.__name__] >= 20, end
    assert len(kinds) == 16 and min(kinds.values()) >= 100


def _day(seed: int, ends: Counter[str], kinds: Counter[str]) -> None:
    dice = random.Random(seed)
    wire = Wire()
    line = Line(wire, dice, rate=dice.choice([0.0, 0.05, 0.2, 0.4]))
    wire.module.finds_again = dice.random() < 0.5
    reader = wire.reader()
    delivered = -1
    for _ in range(4):
        if dice.random() < 0.8:
            wire.lay(CARDS[dice.choice(list(CARDS))])
        wire.read_last = None
        started, waits = wire.t, wire.waits
        try:
            outcome = reader.read(wait_s=2.0)
        except NAMED as problem:
            ends[_named(problem)] += 1
            wire.plugged_in = True
            reader = wire.reader()
            reader.demand_lift()
            # A module that lost its power finds a card anew.
            if wire.module.card is not None:
                wire.module.lay(wire.module.card)
        else:
            ends[type(outcome).__name__] += 1
            if isinstance(outcome, Identity):
                card = wire.read_last
                assert card is not None, "a name, though no card was read"
                assert card is not CARDS["wrong-digit"]
                assert (outcome.name, outcome.number) == (expected_name(card), card.number)
                assert wire.read_laid != delivered, "a card that was never lifted, twice"
                delivered = wire.read_laid
        assert wire.t - started < LONGEST_S
        assert wire.waits - waits < 100_000
    kinds.update(line.kinds)


def _named(problem: DeviceError) -> str:
    return type(problem).__name__


def test_a_day_without_faults_delivers_every_card() -> None:
    for seed in range(50):
        wire = Wire()
        Line(wire, random.Random(seed), rate=0.0)
        reader = wire.reader()
        for name in GOOD:
            wire.module.lay(CARDS[name])
            outcome = reader.read(wait_s=2.0)
            assert isinstance(outcome, Identity)
            assert outcome.number == CARDS[name].number
