"""LibreOffice, driven as a person would drive it: open a workbook, type into cells, save."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")

needs_office = pytest.mark.skipif(
    SOFFICE is None and not os.environ.get("BATCHROLES_NOTHING_SKIPPED"),
    reason="LibreOffice is not installed; it has to be where all tests are to run",
)

_MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">
Sub Main
  Dim opening(0) As New com.sun.star.beans.PropertyValue
  opening(0).Name = "Hidden" : opening(0).Value = True
  book = StarDesktop.loadComponentFromURL("{source}", "_blank", 0, opening())
  sheet = book.Sheets.getByName("{sheet}")
{typing}
  Dim saving(0) As New com.sun.star.beans.PropertyValue
  saving(0).Name = "FilterName" : saving(0).Value = "Calc MS Excel 2007 XML"
  book.storeToURL("{target}", saving())
  book.close(True)
  StarDesktop.terminate()
End Sub
</script:module>
"""


def type_into(source: Path, target: Path, sheet: str, cells: Mapping[str, str], profile: Path) -> None:
    """Open a workbook, type plain words into cells by address, and save it elsewhere as an Excel workbook.

    `profile` is a folder for the office's settings that does not exist yet, so that nobody's own are touched.
    """
    typing = "\n".join(
        f'  sheet.getCellRangeByName("{address}").FormulaLocal = "{text}"' for address, text in cells.items()
    )
    macro = _MODULE.format(source=source.as_uri(), target=target.as_uri(), sheet=sheet, typing=typing)
    _run(profile, "--terminate_after_init")
    (profile / "user" / "basic" / "Standard" / "Module1.xba").write_text(macro, encoding="utf-8")
    _run(profile, "macro:///Standard.Module1.Main")


def converted_to_ods(source: Path, profile: Path) -> None:
    """Save a workbook as .ods beside itself."""
    _run(profile, "--convert-to", "ods", "--outdir", str(source.parent), str(source))


def _run(profile: Path, *arguments: str) -> None:
    settings = f"-env:UserInstallation={profile.as_uri()}"
    command = [SOFFICE or "soffice", settings, "--headless", "--norestore", *arguments]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
