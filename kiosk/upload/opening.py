"""Begins to watch for sticks and phones, beside the screen's own work."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.app import KioskApp
    from kiosk.settings import Settings
    from kiosk.upload.sources import Sources


def watch_sources(app: "KioskApp", settings: "Settings") -> None:
    """Open the sources in a worker, as loading what serves phones takes long; `app` gets them."""
    opener = app.visit.open_private
    if opener is None or app.sources is not None:
        return

    def changed() -> None:
        app.deliver(lambda: app.property("sources_changed").dispatch(app))

    def opened(_store: object) -> "Sources":
        from kiosk.upload.sources import open_sources

        return open_sources(settings, opener, changed=changed)

    def take(sources: "Sources") -> None:
        app.sources = sources

    app.file_jobs.ask("sources", opened, take, lambda: None)
