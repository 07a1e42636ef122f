from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    """A folder of one's own for stored files."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def left(media):
    """What lies in the folder: names of the files in their places, and of those on their way."""

    def look() -> tuple[list[str], list[str]]:
        places = sorted(path.name for path in media.glob("stored/*/*"))
        return places, sorted(path.name for path in media.glob("incoming/*"))

    return look
