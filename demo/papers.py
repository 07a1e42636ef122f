"""Pictures and pages to be uploaded, drawn here: nothing is shipped, and nobody is in them."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterable

WIDTH, HEIGHT = 320, 208
#: An A4 page, in points, and where its text begins.
PAGE, LEFT, TOP = (595, 842), 72, 740
#: How far the middle of a quarter of a circle lies from its ends, as Bézier curves have it.
BEND = 0.5523
FONT = (
    b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H"
    b"/DescendantFonts[<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light"
    b"/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/W[1 95 500]"
    b"/FontDescriptor<</Type/FontDescriptor/FontName/STSong-Light/Flags 6"
    b"/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880"
    b"/StemV 93>>>>]>>"
)


def picture() -> bytes:
    """Hills below a sky with a red banner, as a PNG."""
    rows = b"".join(b"\0" + b"".join(_colour(x, y) for x in range(WIDTH)) for y in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )


def _colour(x: int, y: int) -> bytes:
    if 44 < x < WIDTH - 44 and 70 < y < 96:
        return b"\xc0\x2a\x24"
    if x in (44, WIDTH - 44) and 66 < y < 150:
        return b"\x6b\x5b\x4b"
    if y > 150 + 6 * math.sin(x / 40):
        return b"\xb9\xa9\x84"
    if y > 118 + 18 * math.sin(x / 52 + 1):
        return b"\x6d\x97\x6b"
    return bytes((176 + y // 4, 205 + y // 6, 232))


def page(title: str, lines: Iterable[str], *, stamp: str = "") -> bytes:
    """A page of text as a PDF; with a red `stamp`, as a paper that was signed and stamped."""
    drawn = [_text(title, 20, (PAGE[0] - 20 * len(title)) / 2, TOP)]
    for number, line in enumerate(lines, start=2):
        drawn.append(_text(line, 13, LEFT, TOP - 26 * number))
    if stamp:
        x, y, radius = PAGE[0] - 170, 210, 62
        drawn.append(b"0.8 0.1 0.1 RG 0.8 0.1 0.1 rg 3 w " + _circle(x, y, radius))
        drawn.append(_text(stamp, 14, x - 7 * len(stamp), y - 5))
    stream = b"\n".join(drawn)
    return _pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents 4 0 R"
        b"/Resources<</Font<</F 5 0 R>>>>>>" % PAGE,
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        FONT,
    )


def _text(words: str, size: int, x: float, y: float) -> bytes:
    return f"BT /F {size} Tf {x:.0f} {y:.0f} Td <{words.encode('utf-16-be').hex()}> Tj ET".encode()


def _circle(x: float, y: float, radius: float) -> bytes:
    path = f"{x + radius:.1f} {y:.1f} m "
    for quarter in range(4):
        start, end = (math.pi / 2 * (quarter + one) for one in (0, 1))
        points = (
            (math.cos(start) - BEND * math.sin(start), math.sin(start) + BEND * math.cos(start)),
            (math.cos(end) + BEND * math.sin(end), math.sin(end) - BEND * math.cos(end)),
            (math.cos(end), math.sin(end)),
        )
        path += " ".join(f"{x + radius * a:.1f} {y + radius * b:.1f}" for a, b in points) + " c "
    return f"{path}S".encode()


def _pdf(*objects: bytes) -> bytes:
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return (
        out
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
        + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, len(out))
    )
