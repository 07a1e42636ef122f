"""Units, people and the calendar. Kinds and duties follow the town's work plan, section four."""

from __future__ import annotations

from functools import cached_property
from itertools import product

import pgtrigger
from django.contrib.auth.models import AbstractUser
from django.db import models
from treebeard.mp_tree import MP_Node

from departments import rights
from departments.querysets import AccountManager, DictionaryQuerySet, UnitManager
from departments.roles import ADMIN_ROLES, OFFICE_ROLES, UNIT_ROLES, Role, are_apart


class UnitKind(models.TextChoices):
    DISTRICT = "district", "区县"
    TOWN = "town", "乡镇"
    OFFICE = "office", "扫黑办"
    POLICE = "police", "公安机关"
    DISCIPLINE = "discipline", "纪检监察机关"
    DEPARTMENT = "department", "责任单位"
    VILLAGE = "village", "村（居）"


class DictionaryEntry(models.Model):
    """A row of a list that people choose from. It is switched off, never deleted: rows use it."""

    code = models.SlugField("代码", max_length=30, unique=True)
    name = models.CharField("名称", max_length=40, unique=True)
    position = models.PositiveSmallIntegerField("次序", default=0)
    is_active = models.BooleanField("启用", default=True)

    objects = DictionaryQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def audit_label(self) -> str:
        return self.name

    @classmethod
    def flags(cls) -> list[str]:
        """The fields of this dictionary that are switched on and off, besides `is_active`."""
        return [
            field.name
            for field in cls._meta.concrete_fields
            if isinstance(field, models.BooleanField) and field.name != "is_active"
        ]


class Domain(DictionaryEntry):
    """A trade or field of administration (行业领域) that a lead can concern."""

    class Meta(DictionaryEntry.Meta):
        verbose_name = "行业领域"


class Unit(MP_Node):
    """A node of the tree: district, town, office, responsible unit or village."""

    code = models.SlugField("代码", max_length=30, unique=True)
    name = models.CharField("名称", max_length=60)
    kind = models.CharField("类别", max_length=20, choices=UnitKind.choices)
    jurisdiction = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="units",
        verbose_name="所属乡镇",
        help_text="所属的乡镇；乡镇自身指向自己，区县为空。",
    )
    domains = models.ManyToManyField(Domain, blank=True, related_name="units", verbose_name="领域")
    reports_weekly = models.BooleanField("报送周报", default=False)
    receives_leads = models.BooleanField("可承办线索", default=False)
    is_active = models.BooleanField("启用", default=True)
    hotline = models.CharField("举报电话", max_length=30, blank=True)
    mailbox = models.CharField("举报信箱", max_length=100, blank=True)
    address = models.CharField("来访地点", max_length=100, blank=True)
    hours = models.CharField("受理时间", max_length=60, blank=True)

    objects = UnitManager()
    node_order_by = None

    class Meta:
        verbose_name = "单位"
        indexes = [models.Index(fields=["jurisdiction", "kind"], name="unit_by_kind")]

    def __str__(self) -> str:
        return self.name

    @property
    def has_contact(self) -> bool:
        """Something is published by which the public can reach it."""
        return bool(self.hotline or self.mailbox or self.address)

    @property
    def audit_label(self) -> str:
        return self.name


class Duty(models.Model):
    """One duty that the work plan lays on a unit."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="duties", verbose_name="单位")
    text = models.CharField("职责", max_length=300)
    position = models.PositiveSmallIntegerField("次序", default=0)

    class Meta:
        verbose_name = "职责"
        ordering = ["unit_id", "position"]

    def __str__(self) -> str:
        return self.text


class Account(AbstractUser):
    """A person who signs in. What they may do follows from their memberships alone."""

    first_name = None
    last_name = None
    full_name = models.CharField("姓名", max_length=60)
    #: Somebody else knows the password: whoever signs in with it chooses another one first.
    must_change_password = models.BooleanField("须修改初始密码", default=True)
    password_set_at = models.DateTimeField("密码设定时间", null=True)

    objects = AccountManager()
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = "账号"
        triggers = [rights.on_accounts()]

    def __str__(self) -> str:
        return self.full_name

    @property
    def audit_label(self) -> str:
        return self.username

    def set_password(self, raw_password: str | None) -> None:
        """Whoever sets it, also from the command line: its owner has to choose another."""
        super().set_password(raw_password)
        self.must_change_password = True

    def check_password(self, raw_password: str) -> bool:
        due = self.must_change_password
        try:
            return super().check_password(raw_password)
        finally:
            # It may have hashed the same password anew, which makes it nobody else's.
            self.must_change_password = due

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name

    @cached_property
    def roles_at(self) -> list[Membership]:
        """Every membership with its unit, read once per request."""
        return list(self.memberships.select_related("unit").order_by("pk"))

    @cached_property
    def rights(self) -> frozenset[tuple[str, int, int | None]]:
        """Which role this person holds at which unit of which town: all that rights follow from."""
        return frozenset(
            (held.role, held.unit_id, held.unit.jurisdiction_id) for held in self.roles_at
        )

    def has_role(self, *roles: str) -> bool:
        return any(role in roles for role, _, _ in self.rights)

    def unit_ids(self, *roles: str) -> set[int]:
        """The units at which this person holds one of `roles`, or any role where none is given."""
        return {unit for role, unit, _ in self.rights if not roles or role in roles}

    def jurisdictions_as(self, *roles: str) -> set[int]:
        """The towns for whose whole area this person holds one of `roles`."""
        return {town for role, _, town in self.rights if role in roles}

    @cached_property
    def jurisdiction_ids(self) -> set[int]:
        return {town for _, _, town in self.rights}

    @cached_property
    def main_unit(self) -> Unit | None:
        """The unit of the first membership: the one that a timeline names."""
        return self.roles_at[0].unit if self.roles_at else None

    @property
    def is_office(self) -> bool:
        return self.has_role(*OFFICE_ROLES)

    @property
    def acts_for_unit(self) -> bool:
        return self.has_role(*UNIT_ROLES)


def _apart() -> str:
    """The pairs of roles that nobody holds together, as SQL."""
    pairs = product(sorted(Role), sorted(Role))
    return ", ".join(
        f"('{one.value}', '{other.value}')" for one, other in pairs if are_apart(one, other)
    )


class Membership(models.Model):
    """A role that a person holds at a unit."""

    account = models.ForeignKey(
        Account, models.CASCADE, related_name="memberships", verbose_name="账号"
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="memberships", verbose_name="单位")
    role = models.CharField("角色", max_length=20, choices=Role.choices)

    class Meta:
        verbose_name = "任职"
        constraints = [
            models.UniqueConstraint(fields=["account", "unit", "role"], name="membership_once"),
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(role__in=sorted(ADMIN_ROLES)),
                name="one_administrator_role",
                violation_error_message="系统、安全、审计三类管理员互斥，一个账号只能担任其中一种。",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="roles_are_held_apart",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                # The account row is locked so that two grants at once cannot slip past each other.
                func=f"""
                    PERFORM 1 FROM departments_account WHERE id = NEW.account_id FOR UPDATE;
                    IF EXISTS (
                        SELECT 1 FROM departments_membership held
                        WHERE held.account_id = NEW.account_id
                          AND held.id IS DISTINCT FROM NEW.id
                          AND (held.role, NEW.role) IN ({_apart()})
                    ) THEN
                        RAISE EXCEPTION 'nobody holds both roles'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            rights.on_memberships(Role.choices),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.unit} · {self.get_role_display()}"


class CalendarDay(models.Model):
    """A day that the state's holiday notice makes a holiday or a make-up workday."""

    day = models.DateField("日期", primary_key=True)
    is_workday = models.BooleanField("工作日")
    name = models.CharField("名称", max_length=40, blank=True)

    class Meta:
        verbose_name = "日历"
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {'工作日' if self.is_workday else '休息日'}"

    @property
    def word(self) -> str:
        """What the day is, as a page says it."""
        return self.name or ("上班" if self.is_workday else "放假")


class CalendarYear(models.Model):
    """A year whose holidays and make-up days are all in the table: nothing need be guessed."""

    year = models.PositiveSmallIntegerField("年份", primary_key=True)

    class Meta:
        verbose_name = "工作日历"

    def __str__(self) -> str:
        return f"{self.year}年"

    @property
    def audit_label(self) -> str:
        return f"{self.year}年"
