"""The bar of a form's steps."""

from kivy.app import App
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout

from kiosk.entry.model import EntryModel
from kiosk.widgets.measure import measure


class StepTab(ButtonBehavior, BoxLayout):
    """A step in the bar at the top; a tap goes there."""

    text = StringProperty("")
    number = NumericProperty(0)
    current = BooleanProperty(False)
    passed = BooleanProperty(False)
    faulty = BooleanProperty(False)
    """Whether something in it must be put right."""

    def on_release(self) -> None:
        App.get_running_app().screen_named("form").go(int(self.number))


def fill_tabs(tabs: BoxLayout, model: EntryModel, faulty: set[int], width: float) -> None:
    """Every step and the review; where names have no room, only the present one keeps its."""
    app = App.get_running_app()
    names = [step.title.in_language(app.language) for step in model.form.steps]
    names.append(app.words["entry.review"])
    texts = [f"{number} {name}" for number, name in enumerate(names, start=1)]
    width_of = measure(app.theme.small, bold=True)
    room = (width - 2 * app.theme.margin) / len(texts) - app.theme.pad
    tight = any(width_of.text(f"{text} !") > room for text in texts)
    tabs.clear_widgets()
    for number, text in enumerate(texts):
        current = number == model.step
        reached = number < model.reached and not current
        tabs.add_widget(
            StepTab(
                text=text if current or not tight else str(number + 1),
                number=number,
                current=current,
                passed=reached and number not in faulty,
                faulty=reached and number in faulty,
                size_hint_x=len(texts) if tight and current else 1,
            )
        )
