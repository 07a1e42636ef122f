"""Secrets that the try-out makes for itself and keeps in its data folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def kept_secret(file: Path, size: int) -> str:
    """The secret in `file`, `size` random bytes in base64, made at the first call.

    Readable by its owner alone. Of two processes that make it at once, one wins and both read
    the same; a start that is cut off leaves no empty secret.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(secrets.token_urlsafe(size))
        try:
            os.link(fresh, file)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return file.read_text()
