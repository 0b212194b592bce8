"""What the tests of the notebook's figures share."""

import pytest

from labutils.notebook import explorers


class Handle:
    """A display handle that keeps the figures it was given, in order."""

    def __init__(self, *figures):
        self.figures = list(figures)

    def update(self, figure):
        self.figures.append(figure)


@pytest.fixture
def shown(monkeypatch):
    """What the explorers display: widgets and handles of figures, in order."""
    things = []

    def display(figure, display_id):
        assert display_id is True
        things.append(Handle(figure))
        return things[-1]

    monkeypatch.setattr(explorers, "display", display)
    monkeypatch.setattr(explorers, "publish_display_data", lambda data: things.append(data))
    return things


@pytest.fixture
def no_frames(monkeypatch):
    """Explorers without their stored images, which take seconds to draw."""
    monkeypatch.setattr(explorers._Explorer, "_frame", lambda self, settings: {})
