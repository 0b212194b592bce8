"""What the tests of the notebook's figures share."""

import pytest

from labutils.notebook import explorers


@pytest.fixture
def shown(monkeypatch):
    """What the explorers display, in order: pairs of the data of an output, {type: content}, and its metadata."""
    outputs = []
    monkeypatch.setattr(explorers, "publish_display_data", lambda *output: outputs.append(output))
    return outputs


@pytest.fixture
def with_frames(monkeypatch):
    """Explorers that store images of a few settings, as `make notebooks` makes them."""
    monkeypatch.setenv("LABUTILS_FRAMES", "1")


@pytest.fixture
def no_frames(monkeypatch):
    """Explorers without their stored images, which take seconds to draw."""
    monkeypatch.setattr(explorers._Explorer, "_frame", lambda self, settings: {})
