"""What LibreOffice makes of a file that the portal wrote."""

import csv
import shutil
import subprocess
from pathlib import Path

import pytest

#: Commas, quoted where they must be, in UTF-8.
CSV = "csv:Text - txt - csv (StarCalc):44,34,76"

needed = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice is not installed on this machine"
)


def convert(source: Path, to: str) -> Path:
    """The file in another format, beside it."""
    folder = source.parent
    home = f"-env:UserInstallation=file://{folder}/office"
    command = ["soffice", home, "--headless", "--convert-to", to, "--outdir", str(folder)]
    subprocess.run([*command, str(source)], check=True, capture_output=True, timeout=120)
    return source.with_suffix("." + to.partition(":")[0])


def rows(workbook: Path) -> list[list[str]]:
    """The first sheet as it is shown, formulas computed."""
    with convert(workbook, CSV).open(encoding="utf-8") as file:
        return list(csv.reader(file))
