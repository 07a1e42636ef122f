"""The auditor: a refusal is found, looked at, and the trail verified."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import WORKER_PATIENCE

FIND = "from oversight.watch.services import find_unusual; find_unusual()"
SEAL = "from audit.seals.services import seal_all; seal_all()"


def test_the_auditor_follows_a_finding_and_verifies_the_trail(stack, sign_in):
    curious = sign_in("liaison.mzb")
    for _ in range(10):
        assert curious.request.get(f"{stack.url}/leads/setup/").status == 403
    stack.manage("shell", "-v0", "-c", f"{FIND}; {SEAL}")

    auditor = sign_in("auditor", width=360, height=740)
    auditor.goto(f"{stack.url}/audit/findings/?rule=refusals&state=open")
    row = auditor.get_by_role("row").filter(has_text="liaison.mzb")
    row.get_by_role("link", name="多次越权被拒").click()
    expect(auditor.get_by_text("/leads/setup/").first).to_be_visible()
    auditor.get_by_label("核查情况").fill("本人误点，已当面核实")
    auditor.get_by_role("button", name="记为已核查").click()
    expect(auditor.get_by_text("本人误点，已当面核实")).to_be_visible()

    auditor.goto(f"{stack.url}/audit/verify/")
    auditor.get_by_role("button", name="开始核验").click()
    auditor.wait_for_url(re.compile("/exports/"))
    auditor.get_by_role("link", name="查看结果").click(timeout=WORKER_PATIENCE)
    expect(auditor.get_by_role("row").filter(has_text="完好").first).to_be_visible()
