"""A browser in plain words, so that a person knows their own. Nothing else of it is kept."""

from __future__ import annotations

#: What stands in the browser's name for itself; the first that fits counts.
MACHINES = (
    ("harmonyos", "鸿蒙设备"),
    ("android", "安卓手机或平板"),
    ("iphone", "苹果手机"),
    ("ipad", "苹果平板"),
    ("windows", "Windows 电脑"),
    ("mac os", "苹果电脑"),
    ("linux", "Linux 电脑"),
)
BROWSERS = (
    ("micromessenger", "微信"),
    ("dingtalk", "钉钉"),
    ("edg", "Edge"),
    ("firefox", "火狐"),
    ("chrome", "Chrome 内核浏览器"),
    ("safari", "Safari"),
)


def in_words(user_agent: str) -> str:
    told = user_agent.lower()
    machine = next((words for sign, words in MACHINES if sign in told), "未知设备")
    browser = next((words for sign, words in BROWSERS if sign in told), "未知浏览器")
    return f"{machine}，{browser}"
