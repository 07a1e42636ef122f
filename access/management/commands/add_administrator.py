"""The first people of an empty portal: from then on accounts are made on its pages."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from access.accounts.services import begin_administrator
from departments.models import Unit
from departments.roles import ADMIN_ROLES


class Command(BaseCommand):
    help = "建立系统管理员、安全管理员或审计员的账号，显示一次初始密码。其他账号在系统内建立。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="用户名")
        parser.add_argument("--name", required=True, help="姓名")
        parser.add_argument("--role", required=True, choices=sorted(ADMIN_ROLES), help="角色")
        parser.add_argument("--unit", required=True, help="乡镇的单位代码")

    @transaction.atomic
    def handle(self, *args: Any, username: str, name: str, role: str, unit: str, **_: Any) -> None:
        town = Unit.objects.filter(code=unit).first()
        if town is None:
            raise CommandError(f"没有代码为 {unit} 的单位，请先执行 manage.py load_township。")
        try:
            password = begin_administrator(username=username, full_name=name, unit=town, role=role)
        except ValidationError as error:
            raise CommandError("；".join(error.messages)) from None
        self.stdout.write(f"已建立 {username}，初始密码（只显示这一次）：{password}")
