"""The form with which a town begins. Changed here, it is that of towns that begin later."""

from reporting.weekly.form import Figure, ReportForm, Text

PROGRESS, LEADS, CASES = "工作进展", "线索摸排", "案件侦办"
PUBLICITY, AHEAD = "宣传发动", "问题和打算"

DEFAULT = ReportForm(
    version=1,
    blocks=(PROGRESS, LEADS, CASES, PUBLICITY, AHEAD),
    figures=(
        Figure(
            code="major",
            label="重大事项",
            block=PROGRESS,
            unit="件",
            help="重大线索、重大案件须第一时间另行上报，这里只填件数。",
        ),
        Figure(code="found", label="新摸排线索", block=LEADS, unit="件", counted=True),
        Figure(code="transferred", label="移交线索", block=LEADS, unit="件", counted=True),
        Figure(code="taken", label="签收线索", block=LEADS, unit="件", counted=True),
        Figure(
            code="in_hand",
            label="在办线索",
            block=LEADS,
            unit="件",
            help="截至填报时。",
            counted=True,
        ),
        Figure(
            code="proven",
            label="查实",
            block=CASES,
            unit="件",
            help="含部分查实。",
            counted=True,
        ),
        Figure(code="disproven", label="查否", block=CASES, unit="件", counted=True),
        Figure(
            code="doubtful",
            label="存疑",
            block=CASES,
            unit="件",
            help="含无法核查。",
            counted=True,
        ),
        Figure(code="cases", label="立案", block=CASES, unit="件", counted=True, part_of="proven"),
        Figure(code="events", label="宣传活动", block=PUBLICITY, unit="场"),
        Figure(code="leaflets", label="发放资料", block=PUBLICITY, unit="份", result_of="events"),
        Figure(code="people", label="受众人数", block=PUBLICITY, unit="人次", result_of="events"),
    ),
    texts=(
        Text(
            code="progress",
            label="本周工作进展",
            block=PROGRESS,
            required=True,
            help="写做了什么，不写线索内容、举报人和被反映人姓名。",
        ),
        Text(code="problems", label="存在问题", block=AHEAD),
        Text(code="next_steps", label="下步打算", block=AHEAD),
    ),
)
