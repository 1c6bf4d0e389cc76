"""The animated picture of the page on air: what is in it, and that the line never waits for it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from devices.exchange import Patience
from devices.led.board import Message, Motion, TextArea
from devices.led.bx_k import BxK
from devices.led.fonts import installed
from devices.led.virtual import animation, face, picture
from devices.led.virtual.animation import Animation, film_of
from devices.led.virtual.control import tell
from devices.led.virtual.server import serve
from devices.led.virtual.speeds import VIRTUAL_SPEEDS
from devices.led.virtual.text import parse
from devices.line import Line

WIDTH, HEIGHT = 96, 32
GLYPHS = installed().glyph
T = 500.0
HEADING = TextArea(0, 0, WIDTH, 16, "招标公告")
MOVING = TextArea(0, 16, WIDTH, 16, "第7号道路", motion=Motion.LEFT, pixels_per_second=128)
PASS_S = (WIDTH + 72) / 128


def zone(text: str, **options: object) -> face.Zone:
    usual = face.Zone(
        number=0,
        x=0,
        y=0,
        width=WIDTH,
        height=16,
        items=parse(text.encode("gbk")),
        mode=face.LEFT,
        pixels_per_second=64.0,
        stay_s=0.0,
        run_mode=face.DELETE_AT_TIMEOUT,
        timeout_s=60,
        single_line=True,
        wrap=False,
        line_gap=0,
        since=T - 20,
    )
    return replace(usual, **options)  # type: ignore[arg-type]


def state(*zones: face.Zone, width: int = WIDTH) -> face.State:
    return face.State(width, HEIGHT, zones=zones)


def frames_of(path: Path) -> list[bytes]:
    with Image.open(path) as image:
        pixels = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            pixels.append(picture.read(image.convert("RGB"), WIDTH, HEIGHT))
        return pixels


@contextmanager
def running(**options: object) -> Iterator[BxK]:
    stop, ready = threading.Event(), threading.Event()
    paths: list[Path] = []

    def on_ready(path: Path) -> None:
        paths.append(path)
        ready.set()

    settings = {"width": WIDTH, "height": HEIGHT, "stop": stop, "on_ready": on_ready, **options}
    thread = threading.Thread(target=serve, kwargs=settings, daemon=True)
    thread.start()
    try:
        assert ready.wait(10)
        with Line(str(paths[0]), baud=57600) as line:
            patience = Patience(attempts=1, grace_s=2.0)
            yield BxK(line, width=WIDTH, height=HEIGHT, speeds=VIRTUAL_SPEEDS, patience=patience)
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def wait_for(what: Callable[[], bool], seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.01)


def test_a_line_that_scrolls_is_filmed_from_its_entry_to_its_exit() -> None:
    film = film_of(state(zone("第7号道路")), T, GLYPHS)
    faces = list(film.faces(GLYPHS))
    assert len(faces) == film.count
    assert (film.count - 1) * film.frame_s < (WIDTH + 72) / 64 <= film.count * film.frame_s
    assert not any(faces[0])
    # In 0.8 s the text's left end has come 51 pixels in; its first stroke begins within 4.
    lit = [x for x in range(WIDTH) if any(faces[10][x::WIDTH])]
    assert WIDTH - 51 <= min(lit) <= WIDTH - 47
    last = [x for x in range(WIDTH) if any(faces[-1][x::WIDTH])]
    assert not last or max(last) < 64 * film.frame_s


def test_a_pass_is_filmed_whole_although_the_page_leaves_the_card_before() -> None:
    short = zone("第7号道路", timeout_s=1, since=T)
    assert not any(face.pixels(state(short), T + 1, GLYPHS))
    faces = list(film_of(state(short), T, GLYPHS).faces(GLYPHS))
    assert all(any(seen) for seen in faces[1:-1])


def test_what_stands_is_one_frame_and_the_dark_board_too() -> None:
    standing = zone("公告", mode=face.STATIC)
    film = film_of(state(standing), T, GLYPHS)
    assert list(film.faces(GLYPHS)) == [face.pixels(state(standing), T, GLYPHS)]
    for dark in (
        state(),
        replace(state(standing), on=False),
        state(replace(standing, since=T - 61)),
    ):
        (only,) = film_of(dark, T, GLYPHS).faces(GLYPHS)
        assert only == bytes(WIDTH * HEIGHT)


def test_pages_of_a_text_that_stands_are_all_filmed() -> None:
    turning = zone(
        "第一第二第三第四第五", mode=face.STATIC, stay_s=2.0, wrap=True, single_line=False
    )
    film = film_of(state(turning), T, GLYPHS)
    assert film.count * film.frame_s == pytest.approx(4.0)
    assert len(set(film.faces(GLYPHS))) == 2


def test_the_longest_film_and_the_largest_board() -> None:
    long = zone("公" * 400)
    film = film_of(state(long), T, GLYPHS)
    assert film.count * film.frame_s == pytest.approx(animation.LONGEST_S)
    assert film.frame_s == animation.FRAME_S
    wide = film_of(state(replace(long, width=1024), width=1024), T, GLYPHS)
    frame_bytes = (1024 + 4) * (HEIGHT + 4) * animation.SCALE**2
    assert animation.BUDGET / 2 < wide.count * frame_bytes <= animation.BUDGET
    assert wide.count * wide.frame_s == pytest.approx(animation.LONGEST_S, abs=wide.frame_s)


@pytest.mark.parametrize("name", ["page.gif", "page.png", "page.apng"])
def test_each_page_on_air_is_drawn_anew(tmp_path: Path, name: str) -> None:
    path = tmp_path / "pictures" / name
    with running(animation=path) as board:
        wait_for(path.exists)
        assert frames_of(path) == [bytes(WIDTH * HEIGHT)]
        board.show(Message((HEADING, MOVING), 60))
        wait_for(lambda: len(frames_of(path)) > 1)
        frames = frames_of(path)
        with Image.open(path) as image:
            image.seek(1)
            assert image.info["duration"] == 80 and image.info["loop"] == 0
            assert image.format == ("GIF" if name.endswith("gif") else "PNG")
        assert len(frames) == -(-PASS_S // animation.FRAME_S)
        rows = [frame[16 * WIDTH :] for frame in frames]
        assert not any(rows[0]) and all(any(row) for row in rows[1:-1])
        assert len({frame[: 16 * WIDTH] for frame in frames}) == 1 and any(frames[0])
        board.show(Message((HEADING,), 60))
        wait_for(lambda: len(frames_of(path)) == 1)
        assert frames_of(path) == [frames[0]]
        board.power(on=False)
        wait_for(lambda: not any(frames_of(path)[0]))
    assert [each.name for each in path.parent.iterdir()] == [name]


def test_an_order_draws_the_page_on_air(tmp_path: Path) -> None:
    socket, path = tmp_path / "orders", tmp_path / "a page.gif"
    with running(control=socket) as board:
        board.show(Message((HEADING, MOVING), 60))
        assert tell(socket, f"animate {path}") == "ok"
        wait_for(path.exists)
        assert len(frames_of(path)) == -(-PASS_S // animation.FRAME_S)
        assert "must end in .gif" in tell(socket, f"animate {tmp_path / 'page.mp4'}")
        assert "no such folder" in tell(socket, f"animate {tmp_path / 'none' / 'page.gif'}")
        assert tell(socket, "animate").startswith("error: ")


def test_another_suffix_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"page\.webm: the name must end in \.gif, \.png, \.apng"):
        serve(width=WIDTH, height=HEIGHT, animation=tmp_path / "page.webm", stop=threading.Event())


class SlowFilm:
    """Stands in for `film_of`: keeps the texts that were filmed, and waits in the first."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.filmed: list[int] = []

    def __call__(self, state: face.State, t: float, glyphs: face.Glyphs) -> animation.Film:
        self.filmed.append(len(state.zones))
        self.begun.set()
        assert self.go_on.wait(10)
        return film_of(state, t, glyphs)


def test_the_line_is_served_while_a_page_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowFilm()
    monkeypatch.setattr(animation, "film_of", slow)
    with running(animation=tmp_path / "page.gif") as board:
        assert slow.begun.wait(10)
        board.show(Message((HEADING, MOVING), 60))
        assert board.identify().width == WIDTH
        assert slow.filmed == [0]
        slow.go_on.set()


def test_the_newest_page_wins_and_the_file_is_never_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, path = SlowFilm(), tmp_path / "page.gif"
    monkeypatch.setattr(animation, "film_of", slow)
    drawer = Animation(GLYPHS)
    drawn: list[int] = []
    draw = picture.draw
    monkeypatch.setattr(picture, "draw", lambda *told: (drawn.append(1), draw(*told))[1])
    try:
        path.write_bytes(b"the page before")
        drawer.draw(path, state(zone("第一页")), T)
        assert slow.begun.wait(10)
        for zones in (2, 3, 0):
            drawer.draw(path, state(*[zone("公告")] * zones), T)
        assert path.read_bytes() == b"the page before"
        slow.go_on.set()
        wait_for(lambda: path.read_bytes() != b"the page before")
        assert frames_of(path) == [bytes(WIDTH * HEIGHT)]
        assert slow.filmed == [1, 0] and len(drawn) == 1
    finally:
        drawer.close()
    assert [each.name for each in tmp_path.iterdir()] == ["page.gif"]


def test_a_file_that_cannot_be_written_is_told_and_the_next_one_is_drawn(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "folder.gif").mkdir()
    drawer = Animation(GLYPHS)
    try:
        drawer.draw(tmp_path / "gone" / "page.gif", state(), T)
        drawer.draw(tmp_path / "folder.gif", state(), T)
        drawer.draw(tmp_path / "page.gif", state(), T)
        wait_for((tmp_path / "page.gif").exists)
    finally:
        drawer.close()
    assert "No such file or directory" in caplog.text and "Is a directory" in caplog.text
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder.gif", "page.gif"]
