"""What goes wrong in one run, drawn from its seed."""

import random
from collections.abc import Callable

from tests.simulation.clock import Killed
from tests.simulation.world import A_DAY, World

FIRST_S, LAST_S = 14.0, 80.0
"""Faults begin between these seconds of a run."""
ENDS_S = 95.0
"""From here on nothing is wrong any more."""
CODES = (1, 2, 4, 5, 7, 10, 12, 14, 99)

PC_KINDS = frozenset(
    {"kill", "kill-in-step", "pc-reboot", "store-busy", "store-down", "clock-jump"}
    | {"server-away", "withdrawal"}
)
"""What does not depend on the card."""
Event = Callable[[World, random.Random], None]


def kinds_of(world_kinds: frozenset[str]) -> list[str]:
    """All kinds of runs with a card that has these faults; "mix" draws from all of them."""
    return [*sorted(world_kinds | PC_KINDS), "mix"]


def _order(make: Callable[[random.Random], str]) -> Event:
    def event(world: World, dice: random.Random) -> None:
        line = make(dice)
        world.far_end.faults.order(line, world.clock.t)
        world.tell(line)

    return event


def _duplicate(world: World, dice: random.Random) -> None:
    world.cable.duplicates += dice.randint(1, 4)
    world.tell("duplicate")


def _noise(world: World, dice: random.Random) -> None:
    pieces = [
        b"\xa5" * dice.randint(1, 9),
        b"\x5a\x5a",
        dice.randbytes(dice.randint(1, 40)),
        b"MTFB\xff\xff",
        b"\xa5" * 8 + dice.randbytes(20),
    ]
    world.cable.noise += [dice.choice(pieces) for _ in range(dice.randint(1, 4))]
    world.tell("noise")


def _window(begin: Callable[[World], None], end: Callable[[World], None], most_s: float) -> Event:
    def event(world: World, dice: random.Random) -> None:
        seconds = dice.uniform(0.05, most_s)
        begun = world.clock.t
        begin(world)
        world.tell(f"{begin.__name__} for {seconds:.2f} s")

        def finish() -> None:
            end(world)
            world.strikes.append((begun, world.clock.t))

        world.clock.at(begun + seconds, finish)

    return event


def wrong_baud(world: World) -> None:
    world.cable.speaks_at = 9600


def _right_baud(world: World) -> None:
    world.cable.speaks_at = world.baud


def full_flash(world: World) -> None:
    world.far_end.faults.order("full-flash on", world.clock.t)


def _room_again(world: World) -> None:
    world.far_end.faults.order("full-flash off", world.clock.t)


def server_away(world: World) -> None:
    world.server_up = False


def _server_back(world: World) -> None:
    world.server_up = True


def _unplug(world: World, dice: random.Random) -> None:
    seconds = dice.uniform(0.05, 14.0)
    if not world.cable.plugged:
        return
    world.cable.unplug(seconds)
    world.tell(f"unplugged for {seconds:.2f} s")


def _unplug_mid_frame(world: World, dice: random.Random) -> None:
    seconds = dice.uniform(0.05, 10.0)
    world.far_end.faults.order(f"unplug {seconds:.3f}", world.clock.t)
    world.tell(f"unplug in the middle of the next answer for {seconds:.2f} s")


def _reboot(world: World, dice: random.Random) -> None:
    world.reboot_card()
    world.tell("the card reboots")


def _dead_s(dice: random.Random) -> float:
    """Back at once, or so late that no page may be left on the board."""
    return dice.choice([dice.uniform(0.1, 20.0), dice.uniform(60.5, 90.0)])


def _kill(world: World, dice: random.Random) -> None:
    if world.station is None:
        return
    world.clock.at(world.clock.t + _dead_s(dice), world.start_station)
    world.kill_station()
    raise Killed


def _kill_in_step(world: World, dice: random.Random) -> None:
    """Strikes while the station waits for an answer."""

    def when_it_waits(left: int) -> None:
        if world.station is None:
            return
        busy = world.cable.next_at() is not None
        if busy or left == 0:
            _kill(world, dice)
        world.clock.at(world.clock.t + 0.003, lambda: when_it_waits(left - 1))

    when_it_waits(4000)


def _pc_reboot(world: World, dice: random.Random) -> None:
    if world.station is None:
        return
    # Never ahead of what the last contact saw: that is a test of its own in `test_leak`.
    days = dice.choice([0.0, 0.0, -3000.0, -0.2])
    world.clock.wall_error = min(world.clock.wall_error, world.contact_error) + A_DAY * days
    world.reboot_pc(_dead_s(dice))
    world.tell(f"the PC reboots, its clock steps by {days:g} days")
    raise Killed


def _clock_jump(world: World, dice: random.Random) -> None:
    days = dice.choice([-1.0, 1.0, -0.01, 0.01, 365.0, -30.0])
    world.clock.wall_error += A_DAY * days
    world.tell(f"the PC's clock jumps by {days:g} days")


def _store_busy(world: World, dice: random.Random) -> None:
    seconds = dice.uniform(0.1, 20.0)
    world.lock_store(seconds)
    world.tell(f"the store is busy for {seconds:.2f} s")


def _store_down(world: World, dice: random.Random) -> None:
    if world.store_down:
        return
    seconds = dice.uniform(0.1, 14.0)
    world.silence_store(seconds)
    world.tell(f"the store does not answer for {seconds:.2f} s")


def _withdrawal(world: World, dice: random.Random) -> None:
    left = [n.id for n in world.notices if n.id.startswith("page") and n.id not in world.withdrawn]
    if left:
        world.withdraw(dice.choice(left))


def _nothing(world: World, dice: random.Random) -> None:
    """Nothing is wrong."""


EVENTS: dict[str, Event] = {
    "none": _nothing,
    "drop": _order(lambda dice: f"drop {dice.randint(1, 4)}"),
    "drop-request": _order(lambda dice: f"drop-request {dice.randint(1, 40)}"),
    "delay": _order(lambda dice: f"delay {dice.uniform(0.1, 6.0):.3f} 1"),
    "duplicate": _duplicate,
    "flip": _order(lambda dice: f"flip {dice.randint(1, 4)}"),
    "flip-request": _order(lambda dice: f"flip-request {dice.randint(1, 4)}"),
    "split": _order(lambda dice: f"split {dice.randint(1, 6)}"),
    "noise": _noise,
    "unplug": _unplug,
    "unplug-mid-frame": _unplug_mid_frame,
    "reboot": _reboot,
    "wrong-baud": _window(wrong_baud, _right_baud, 14.0),
    "refuse": _order(lambda dice: f"refuse {dice.choice(CODES)} {dice.randint(1, 3)}"),
    "busy": _order(lambda dice: f"busy {dice.randint(1, 5)}"),
    "lead": _order(lambda dice: f"lead {dice.randint(1, 12)} {dice.randint(1, 6)}"),
    "double-end": _order(lambda dice: f"double-end {dice.randint(1, 6)}"),
    "wrong-address": _order(lambda dice: f"wrong-address {dice.randint(1, 4)}"),
    "full-flash": _window(full_flash, _room_again, 14.0),
    "kill": _kill,
    "kill-in-step": _kill_in_step,
    "pc-reboot": _pc_reboot,
    "store-busy": _store_busy,
    "store-down": _store_down,
    "clock-jump": _clock_jump,
    "server-away": _window(server_away, _server_back, 14.0),
    "withdrawal": _withdrawal,
}


def schedule(world: World, kind: str, dice: random.Random) -> None:
    """Put a run's faults, and their end, into the world's clock."""
    known = kinds_of(world.far_end.kinds)[:-1]
    count = dice.randint(2, 8) if kind != "mix" else dice.randint(6, 16)
    for _ in range(count):
        name = kind if kind != "mix" else dice.choice(known)
        _put(world, name, dice)
    if kind not in ("mix", "withdrawal") and dice.random() < 0.5:
        _put(world, "withdrawal", dice)
    world.clock.at(ENDS_S, lambda: _end(world))


def _put(world: World, name: str, dice: random.Random) -> None:
    own = random.Random(dice.getrandbits(64))
    world.clock.at(dice.uniform(FIRST_S, LAST_S), lambda: EVENTS[name](world, own))


def _end(world: World) -> None:
    world.far_end.clear_faults()
    world.cable.noise.clear()
    world.cable.duplicates = 0
    world.cable.speaks_at = world.baud
    world.server_up = True
    world.tell("faults end")
