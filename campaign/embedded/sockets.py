"""Where the embedded servers put their unix sockets."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

# sun_path has 108 bytes with the final NUL on Linux, 104 on macOS.
LONGEST = 103


def folder_for(data: Path, *, name: str, owner: int) -> Path:
    """A folder for the socket `name` of the server in `data`, open to the user `owner` only.

    It is `data`/socket, unless the socket's path would be too long for the kernel: then a folder
    of the system's temporary folder, its name derived from `data`. Raises PermissionError when
    another user has put something of that name there.
    """
    folder = data / "socket"
    if len(os.fsencode(folder / name)) > LONGEST:
        digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"portal-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.getuid(), owner}:
        raise PermissionError(f"{folder} belongs to somebody else")
    folder.chmod(0o700)
    if found.st_uid != owner:
        os.chown(folder, owner, -1)
    return folder
