"""Excel files. Nothing outside this folder knows the library that writes them.

`layout` writes what offices print and send upstream, `template` an empty ledger to fill in,
`marked` a copy with what is wrong in it. `reading` reads workbooks of strangers, through
`reader`, which runs alone in a process with limits.
"""

from jobs.workbook.layout import FIRST_ROW, plain, write
from jobs.workbook.marked import HEADING, Remark, write_marked
from jobs.workbook.reading import LargestUpload, Refused, Row, SheetEnd, SheetStart, read
from jobs.workbook.template import LISTS, NOTES, TemplateColumn, write_template

__all__ = [
    "FIRST_ROW",
    "HEADING",
    "LISTS",
    "NOTES",
    "LargestUpload",
    "Refused",
    "Remark",
    "Row",
    "SheetEnd",
    "SheetStart",
    "TemplateColumn",
    "plain",
    "read",
    "write",
    "write_marked",
    "write_template",
]
