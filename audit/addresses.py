"""From where a request comes, behind as many proxies as there are."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str | None:
    """The address that the outermost of `PORTAL_PROXY_COUNT` proxies was asked from.

    Each proxy adds, at the end of X-Forwarded-For, the address that it was asked from; what stands
    further left was written by the client, and may be anything. What is no address there leaves
    that of the connection.
    """
    count = settings.PORTAL_PROXY_COUNT
    told = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if 0 < count <= len(told):
        try:
            return str(ipaddress.ip_address(told[-count].strip()))
        except ValueError:
            pass
    return request.META.get("REMOTE_ADDR") or None
