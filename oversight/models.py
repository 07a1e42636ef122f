"""The tables of the auditor's desk."""

from oversight.watch.models import Finding, Look, WatchMark, WatchSetting

__all__ = ["Finding", "Look", "WatchMark", "WatchSetting"]
