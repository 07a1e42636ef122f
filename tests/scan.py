"""wapiti over a running portal, as every role in turn: `make scan`.

    python -m tests.scan PATH_OF_WAPITI

A try-out with demo data is started on a free port and thrown away afterwards. Each role signs in,
and has SCAN_SECONDS (default 120) for being crawled and attacked, and more for the crawl where it
has many addresses to start from: wapiti sends the forms that it found after it has been everywhere.
Fails on what wapiti calls medium or worse, on every answer of the kind 5xx, and when less of the
portal's addresses was reached than wanted. Nothing is asked of any other machine.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import django

WANTED = 0.9
#: What wapiti asks without another machine; it asks each form and parameter anew in every module.
MODULES = (
    *("cookieflags", "csp", "http_headers", "crlf", "csrf", "redirect", "methods"),
    *("xss", "permanentxss", "sql", "exec", "file", "upload"),
)
MEDIUM = 2
LEVELS = ("提示", "低", "中", "高", "严重")
#: wapiti keeps what it does in an SQLite of its own, which is sometimes locked against itself.
TRIES = 3
#: Start addresses that are crawled in a second, on a slow machine too.
STARTS_A_SECOND = 3
#: The one page that everybody on the network reaches; no menu leads there.
PUBLIC = "/public/"
#: What would end the scan's own session.
KEPT_OUT = ("/logout/", "/password/", "/account/sessions/*", "/account/factor/*")
#: Who settles what others work with, or may shut them out: theirs is the last turn.
LATER = ("director", "security", "system")
#: The lines of the web server: method, path, status (`campaign.tryout.ACCESS_LOG`).
LINE = re.compile(r'"([A-Z]+) (\S+)" (\d{3}) ')

STARTS = """
import json
from departments.models import Account
from django.db import transaction
from django.urls import reverse
from tests.campaign.test_permissions import ROWS
from tests.e2e import places

def addresses(name, thing, user):
    try:
        with transaction.atomic():
            return [reverse(name, kwargs=kwargs) for kwargs in places.THINGS[thing](user)]
    except Exception:  # there is none of it for that person
        return []

found = {}
for role, username in places.ACCOUNTS.items():
    user = Account.objects.get(username=username)
    seen = [(name, row.thing) for name, row in ROWS.items() if row.own[role][:2] in ("ok", "go")]
    found[role] = []
    for name, thing in seen:
        if thing in places.THINGS:
            found[role] += addresses(name, thing, user)
print(json.dumps(found))
"""
#: Just before a role's turn: those before it have used up what there was to be decided.
STATES = """
import json
from tests.e2e import states
print(json.dumps(states.make("{role}")))
"""


def main(wapiti: str) -> int:
    from tests.e2e.conftest import running_portal
    from tests.e2e.places import ACCOUNTS
    from tests.e2e.visitors import sessions, shell

    seconds = int(os.environ.get("SCAN_SECONDS") or 120)
    found: Counter[tuple[int, str, str]] = Counter()
    with tempfile.TemporaryDirectory(prefix="portal-scan-") as folder:
        var = Path(folder) / "var"
        with running_portal(var) as stack:
            starts = shell(stack, STARTS)
            for role in sorted(ACCOUNTS, key=lambda role: (role in LATER, role)):
                [session] = sessions(stack, ACCOUNTS[role], 1)
                made, left_out = shell(stack, STATES.format(role=role))
                if left_out:
                    say(f"{role}：没有造出状态 {'、'.join(left_out)}", 0)
                starts[role] = made + starts[role]
                report = scan(wapiti, stack.url, session, starts[role], Path(folder), seconds)
                for one in report:
                    found[one] += 1
                worst = max((level for level, _, _ in report), default=0)
                say(f"{role}：起始地址 {len(starts[role])} 个，发现 {len(report)} 项", worst)
        lines = (var / "log" / "web.log").read_text(errors="replace")
    return tell(found, list(asked(lines)))


def scan(
    wapiti: str, url: str, session: str, starts: list[str], folder: Path, seconds: int
) -> list[tuple[int, str, str]]:
    """What wapiti finds as whoever has that session: level, kind, and where."""
    cookies, report = folder / "cookies.json", folder / "report.json"
    cookie = {"value": session, "version": 0, "secure": False, "expires": None, "port": None}
    # Four pages are asked for at once: without a token from the start, each would bring another
    # one, and the forms of three would be refused.
    token = cookie | {"value": secrets.token_hex(16)}
    kept = {"sessionid": cookie, "csrftoken": token}
    cookies.write_text(json.dumps({urlsplit(url).hostname: {"/": kept}}))
    report.unlink(missing_ok=True)
    store = tempfile.mkdtemp(dir=folder)
    crawl = max(10, seconds // 3, len(starts) // STARTS_A_SECOND)
    attack = seconds - max(10, seconds // 3)
    command = [wapiti, "-u", f"{url}/", "--scope", "folder", "-m", ",".join(MODULES)]
    command += ["-c", str(cookies), "-f", "json", "-o", str(report), "-v", "0", "-t", "15"]
    command += ["--store-session", str(store), "--store-config", str(store), "--no-bugreport"]
    command += ["--tasks", "4", "-d", "4"]
    command += ["--max-links-per-page", "40", "--max-files-per-dir", "12", "-S", "normal"]
    command += ["--max-scan-time", str(crawl)]
    command += ["--max-attack-time", str(max(2, attack // len(MODULES)))]
    for path in KEPT_OUT:
        command += ["-x", url + path]
    for path in [PUBLIC, *starts]:
        command += ["-s", url + path]
    for _ in range(TRIES):
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=(crawl + attack) * 6 + 120, check=False
        )
        if report.exists():
            break
    else:
        raise SystemExit(f"wapiti 没有给出报告：\n{(done.stdout + done.stderr)[-3000:]}")
    kinds = json.loads(report.read_text())["vulnerabilities"]
    return [
        (one["level"], kind, f"{one['method']} {one['path'].split('?')[0]} {one['info']}"[:160])
        for kind, each in kinds.items()
        for one in each
    ]


def asked(lines: str) -> Iterator[tuple[str, int]]:
    """The name of every address that was asked for, with the status of the answer."""
    from django.urls import Resolver404, resolve

    for _, path, status in LINE.findall(lines):
        try:
            yield resolve(path).view_name, int(status)
        except Resolver404:
            continue


def tell(found: Counter[tuple[int, str, str]], answers: list[tuple[str, int]]) -> int:
    """Say what was found and how much was reached; whether that is too bad, or too little."""
    from tests.campaign.test_permissions import ROWS

    for (level, kind, where), count in sorted(found.items(), reverse=True):
        if level >= MEDIUM:
            say(f"{kind}（{count} 次）{where}", level)
    minor = Counter(kind for level, kind, _ in found.elements() if level < MEDIUM)
    for kind, count in minor.most_common():
        say(f"{kind}（{count} 次）", 0)
    broken = Counter(name for name, status in answers if status >= 500)
    for name, count in broken.items():
        say(f"{name} 出错 {count} 次", len(LEVELS) - 1)
    open_ = {name for name in ROWS if not name.startswith("desk:")} | {"desk:home"}
    reached = {name for name, status in answers if status < 400 or status == 422} & open_
    share = len(reached) / len(open_)
    say(f"请求 {len(answers)} 次，到达地址 {len(reached)}/{len(open_)}（{share:.0%}）", 0)
    if missed := sorted(open_ - reached):
        say(f"没有到达：{'、'.join(missed)}", 0)
    is_bad = any(level >= MEDIUM for level, _, _ in found) or broken
    return 1 if is_bad or share < WANTED else 0


def say(words: str, level: int) -> None:
    sys.stdout.write(f"[{LEVELS[level]}] {words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "campaign.settings.test")
    django.setup()
    sys.exit(main(*sys.argv[1:]))
