"""A rating from the first choice to the event."""

from datetime import UTC, datetime
from uuid import UUID, uuid1, uuid4

import pytest

from kiosk import words
from kiosk.rating.model import RatingModel
from kiosk.sync.rating import Grade, Rating, Reason, Service, rating_event, read_rating, reasons_for

ZH = words.load("zh")
LATE = datetime(2026, 11, 23, 16, 30, 59, tzinfo=UTC)
"""Half past midnight of the 24th in Shanghai."""


def sent(model: RatingModel) -> Rating:
    event = model.send(LATE, "FS-02", uuid4)
    assert event is not None
    return read_rating(event)


def test_a_rating_says_grade_reasons_and_day_and_nothing_else() -> None:
    model = RatingModel()
    model.begin(Service.VISIT)
    model.choose(Grade.DISSATISFIED)
    model.toggle(Reason.BROKEN)
    model.toggle(Reason.WAITED)
    event = model.send(LATE, "FS-02", uuid4)
    assert event is not None
    # In the order of the list, not of the taps.
    assert event.data == {
        "grade": "dissatisfied",
        "reasons": ["waited", "broken"],
        "service": "visit",
        "day": "2026-11-24",
    }
    wire = event.model_dump(mode="json", exclude_none=True)
    assert set(wire) == {"specversion", "id", "source", "type", "datacontenttype", "data"}
    assert UUID(event.id).version == 4


def test_an_id_with_a_clock_in_it_is_refused() -> None:
    rating = Rating(grade=Grade.FAIR, day=LATE.date())
    with pytest.raises(ValueError, match="random"):
        rating_event(rating, "FS-02", uuid1())


def test_reasons_go_with_their_grade() -> None:
    for grade in Grade:
        assert set(reasons_for(grade)).isdisjoint(
            reasons_for(Grade.SATISFIED if grade.is_bad else Grade.DISSATISFIED)
        ) == (grade is not Grade.FAIR)
        assert all(ZH[f"rating.{reason}"] for reason in reasons_for(grade))
        assert ZH[f"rating.{grade}"]
    model = RatingModel()
    model.choose(Grade.DISSATISFIED)
    model.toggle(Reason.BROKEN)
    model.choose(Grade.FAIR)
    assert model.reasons == [Reason.BROKEN]
    model.choose(Grade.SATISFIED)
    assert model.reasons == []
    assert sent(model).reasons == ()


def test_nothing_chosen_sends_nothing_and_nothing_is_sent_twice() -> None:
    model = RatingModel()
    assert model.send(LATE, "FS-02", uuid4) is None
    model.choose(Grade.FAIR)
    first = model.send(LATE, "FS-02", uuid4)
    assert model.send(LATE, "FS-02", uuid4) is None
    model.choose(Grade.SATISFIED)
    assert model.grade == "fair"
    model.fail()
    assert model.send(LATE, "FS-02", uuid4) == first
    model.kept()
    assert model.send(LATE, "FS-02", uuid4) is None


@pytest.mark.parametrize("grade", Grade)
def test_bad_grades_say_where_an_answer_can_be_had(grade: Grade) -> None:
    model = RatingModel()
    model.choose(grade)
    sent(model)
    model.kept()
    title, text = model.end_texts(ZH, "53910026")
    assert title == "谢谢您的评价"
    assert ("53910026" in text and "不记名" in text) is grade.is_bad
    if grade.is_bad:
        assert "拨打" not in model.end_texts(ZH, "")[1]


def test_forgotten_is_as_before() -> None:
    model = RatingModel()
    model.begin(Service.PRINT)
    model.choose(Grade.FAIR)
    model.toggle(Reason.BROKEN)
    sent(model)
    model.forget()
    assert (model.grade, model.reasons, model.state) == ("", [], "choosing")
    model.choose(Grade.FAIR)
    assert sent(model).service is Service.VISIT
