"""Who gets what answer at which address: one table over the whole URLconf."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from http.cookies import SimpleCookie
from itertools import product
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from openpyxl import Workbook

from access.accounts import services as accounts
from departments.models import Account
from files.keys import key_ring
from files.sealing import Sealer
from jobs import services as jobs
from jobs.models import Job, JobState
from leads import due
from leads.attachments.services import add
from leads.circle import services as circle
from leads.codes.services import supplement
from leads.codes.states import Way
from leads.imports import services as imports
from leads.lists.bulk.models import BulkAction
from leads.models import (
    Access,
    BulkRun,
    Channel,
    Clarification,
    ConflictOfInterest,
    DisposalBatch,
    ImportBatch,
    Lead,
    LeadDraft,
    Reward,
    RewardTier,
    RoutingRule,
    SavedFilter,
)
from leads.reporters.identity import Identity
from leads.reporters.releases import services as releases
from leads.reporters.services import take_in
from leads.services import extensions
from messaging.models import Delivery, Message
from oversight.models import Finding
from reporting.attachments import services as sheets
from reporting.attachments.models import ReportFile
from reporting.bulletins import services as bulletins
from reporting.bulletins.models import Bulletin
from reporting.corrections import services as corrections
from reporting.delegations import services as delegations
from reporting.duties import services as duties
from reporting.duties.models import Exemption, Reopening
from reporting.form_versions.default import DEFAULT
from reporting.incidents import services as incidents
from reporting.incidents.models import Incident
from reporting.notes import services as notes
from reporting.notes.models import DailyNote
from reporting.periods import services as periods
from reporting.periods.models import ReportExpectation
from reporting.weekly import services as weekly
from reporting.weekly.form import Content
from tests.files.samples import stored
from tests.owner import ignoring

#: What a cell says, GET before the stroke and POST (of an empty form) after it.
ANSWERS = {
    200: "ok",  # the page
    302: "go",  # done, or sent on
    403: "no",  # they see the thing but may not do this
    404: "--",  # for them there is no such thing
    405: "xx",  # this address does not take this method
}

#: The roles of the columns, each with the person of `conftest.People` that plays it.
ROLES = {
    "office": "office",
    "director": "director",
    "liaison": "police",
    "leader": "police_leader",
    "town_leader": "town_leader",
    "custodian": "custodian",
    "system": "sysadmin",
    "security": "secadmin",
    "auditor": "auditor",
}

#: One row per address. `thing` is what it is about (see `World`); the role's columns are about
#: their own: their town's, their unit's, or addressed to them. `foreign` holds for every role.
TABLE = """
# address                thing   office direc. liais. leader town   custo. system secur. audit. foreign
home                     .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  .
healthz                  .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  .
login                    .       go/go  go/go  go/go  go/go  go/go  go/go  go/go  go/go  go/go  .
logout                   .       xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  .
password_change          .       ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  .
password_change_done     .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  .

access:account           .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  .
access:end_session       .       xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  .
access:end_others        .       xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  .
access:factor            .       ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  .
access:check             .       go/go  go/go  go/go  go/go  go/go  go/go  go/go  go/go  go/go  .
access:renew             .       go/go  go/go  go/go  go/go  go/go  go/go  go/go  go/go  go/go  .
access:remove            .       go/go  go/go  go/go  go/go  go/go  go/go  go/go  go/go  go/go  .
access:people            .       no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  ok/xx  ok/xx  ok/xx  .
access:person_new        .       no/no  no/no  no/no  no/no  no/no  no/no  ok/ok  no/no  no/no  .
access:person            member  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx  ok/xx  ok/xx  ok/xx  --/xx
access:propose           member  --/--  --/--  --/--  --/--  --/--  --/--  ok/ok  no/no  no/no  --/--
access:switch            member  --/--  --/--  --/--  --/--  --/--  --/--  ok/ok  no/no  no/no  --/--
access:reset_password    member  --/--  --/--  --/--  --/--  --/--  --/--  ok/ok  no/no  no/no  --/--
access:reset_factor      member  --/--  --/--  --/--  --/--  --/--  --/--  no/no  ok/ok  no/no  --/--
access:take              post    --/--  --/--  --/--  --/--  --/--  --/--  no/no  ok/ok  no/no  --/--
access:decide            wish    --/--  --/--  --/--  --/--  --/--  --/--  no/no  ok/ok  no/no  --/--

leads:list               .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  .
leads:export             .       ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  no/no  no/no  no/no  no/no  .
leads:bulk_start         .       xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  .
leads:bulk               run     ok/ok  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  --/--
leads:bulk_export        run     ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  no/no  no/no  no/no  no/no  --/--
leads:columns            .       xx/go  xx/go  xx/go  xx/go  xx/go  xx/no  xx/no  xx/no  xx/no  .
leads:filters            .       ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  no/no  no/no  no/no  no/no  .
leads:filter_rename      saved   ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  no/no  no/no  no/no  no/no  --/--
leads:filter_delete      saved   xx/go  xx/go  xx/go  xx/go  xx/go  xx/no  xx/no  xx/no  xx/no  xx/--
leads:create             .       ok/ok  ok/ok  ok/ok  ok/ok  no/no  no/no  no/no  no/no  no/no  .
leads:detail             lead    ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx
leads:assign             lead    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:add_units          lead    ok/ok  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:decline            lead    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:merge              lead    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:unmerge            lead    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:split              lead    ok/ok  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:refer              lead    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:receipt            lead    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:close              lead    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:approve_closing    lead    xx/no  xx/go  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
leads:reject_closing     lead    no/no  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:recall_closing     lead    xx/go  xx/go  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
leads:archive            lead    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:follow_up          lead    ok/ok  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:restart            lead    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:draft_save         .       ok/422 ok/422 ok/422 ok/422 no/no  no/no  no/no  no/no  no/no  .
leads:draft_discard      draft   xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/--
leads:codes              .       ok/ok  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
leads:code_supplement    .       xx/go  xx/go  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  .
leads:supplement_read    added   xx/go  xx/go  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
leads:code               lead    ok/ok  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:reply              lead    ok/ok  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:rewards            .       ok/xx  ok/xx  no/xx  no/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  .
leads:rewards_export     .       ok/ok  ok/ok  no/no  no/no  ok/ok  no/no  no/no  no/no  no/no  .
leads:reward_tiers       .       no/no  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
leads:reward_tier        tier    no/no  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
leads:lead_reward        lead    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:reward             reward  ok/xx  ok/xx  --/xx  --/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx
leads:reward_approve     reward  no/no  ok/ok  --/--  --/--  go/go  --/--  --/--  --/--  --/--  --/--
leads:reward_reject      reward  no/no  ok/ok  --/--  --/--  go/go  --/--  --/--  --/--  --/--  --/--
leads:reward_withdraw    reward  ok/ok  ok/ok  --/--  --/--  no/no  --/--  --/--  --/--  --/--  --/--
leads:reward_pay         reward  go/go  go/go  --/--  --/--  no/no  --/--  --/--  --/--  --/--  --/--
leads:similar_typed      .       xx/ok  xx/ok  xx/ok  xx/ok  xx/no  xx/no  xx/no  xx/no  xx/no  .
leads:similar            lead    ok/xx  ok/xx  no/xx  no/xx  no/xx  --/xx  --/xx  --/xx  --/xx  --/xx
leads:correct            lead    ok/ok  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:notice             .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  .
leads:unit_notice        unit    ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx
leads:deadlines          .       ok/no  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
leads:acknowledge        alert   xx/no  xx/go  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
leads:remind             task    xx/go  xx/go  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
leads:sign               task    xx/no  xx/no  xx/go  xx/go  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
leads:refuse             task    no/no  no/no  ok/ok  ok/ok  no/no  --/--  --/--  --/--  --/--  --/--
leads:withdraw           task    ok/ok  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:progress           task    no/no  no/no  ok/ok  ok/ok  no/no  --/--  --/--  --/--  --/--  --/--
leads:ask_extension      task    no/no  no/no  ok/ok  ok/ok  no/no  --/--  --/--  --/--  --/--  --/--
leads:report             task    no/no  no/no  go/ok  go/ok  no/no  --/--  --/--  --/--  --/--  --/--
leads:sign_off           task    xx/no  xx/no  xx/no  xx/go  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
leads:revise             task    no/no  no/no  go/ok  go/ok  no/no  --/--  --/--  --/--  --/--  --/--
leads:return             task    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:approve            task    xx/go  xx/go  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
leads:grant_extension    more    xx/no  xx/go  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
leads:deny_extension     more    no/no  ok/ok  no/no  no/no  --/--  --/--  --/--  --/--  --/--  --/--
leads:drop_extension     more    xx/no  xx/no  xx/go  xx/go  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
leads:recuse             lead    ok/ok  ok/ok  ok/ok  ok/ok  no/no  --/--  --/--  --/--  --/--  --/--
leads:lift               bar     no/no  ok/ok  --/--  --/--  --/--  --/--  --/--  --/--  --/--  --/--
leads:paper              letter  ok/xx  ok/xx  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx
leads:circle             lead    ok/ok  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:grant_reading      lead    no/no  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:urgent_look        lead    no/no  no/no  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:readings           .       no/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  .
leads:end_reading        access  xx/--  xx/go  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
leads:know_urgent        access  xx/--  xx/go  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
leads:fading             .       ok/no  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
leads:disposals          .       ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  .
leads:propose_disposal   .       xx/go  xx/go  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  .
leads:retention          .       ok/no  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
leads:disposal_log       .       ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  .
leads:disposal           lapsed  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx
leads:review_disposal    lapsed  xx/ok  xx/ok  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
leads:approve_disposal   lapsed  no/no  ok/ok  --/--  --/--  --/--  --/--  --/--  --/--  --/--  --/--
leads:send_back_disposal lapsed  no/no  ok/ok  --/--  --/--  --/--  --/--  --/--  --/--  --/--  --/--
leads:withdraw_disposal  lapsed  ok/ok  ok/ok  --/--  --/--  --/--  --/--  --/--  --/--  --/--  --/--
leads:go_on_disposal     lapsed  xx/no  xx/go  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
leads:hold               lead    ok/ok  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:lift_hold          lead    no/no  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:keep_open          lead    no/no  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:clarify            lead    go/ok  go/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
leads:clarification      untrue  ok/xx  ok/xx  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx
leads:approve_clarification untrue no/no ok/ok no/no  no/no  --/--  --/--  --/--  --/--  --/--  --/--
leads:reject_clarification untrue no/no ok/ok  no/no  no/no  --/--  --/--  --/--  --/--  --/--  --/--
leads:withdraw_clarification untrue ok/ok ok/ok no/no no/no  --/--  --/--  --/--  --/--  --/--  --/--
leads:make_known         untrue  go/go  go/go  no/no  no/no  --/--  --/--  --/--  --/--  --/--  --/--
leads:clarification_letter untrue --/xx --/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx
leads:reporters          .       no/no  no/no  no/no  no/no  no/no  ok/ok  no/no  no/no  no/no  .
leads:reporters_of       told    --/--  --/--  --/--  --/--  --/--  ok/ok  --/--  --/--  --/--  --/--
leads:reporter_add       told    --/--  --/--  --/--  --/--  --/--  ok/ok  --/--  --/--  --/--  --/--
leads:reporter_correct   kept    --/--  --/--  --/--  --/--  --/--  ok/ok  --/--  --/--  --/--  --/--
leads:reporter_earlier   kept    --/--  --/--  --/--  --/--  --/--  ok/ok  --/--  --/--  --/--  --/--
leads:ask_release        told    ok/ok  ok/ok  ok/ok  ok/ok  no/no  --/--  --/--  --/--  --/--  --/--
leads:approve_release    asked   no/no  ok/ok  --/--  --/--  --/--  no/no  --/--  --/--  --/--  --/--
leads:reject_release     asked   no/no  ok/ok  --/--  --/--  --/--  no/no  --/--  --/--  --/--  --/--
leads:withdraw_release   asked   xx/go  xx/no  xx/--  xx/--  xx/--  xx/no  xx/--  xx/--  xx/--  xx/--
leads:end_release        asked   xx/go  xx/go  xx/--  xx/--  xx/--  xx/go  xx/--  xx/--  xx/--  xx/--
leads:look_release       asked   xx/go  xx/no  xx/--  xx/--  xx/--  xx/no  xx/--  xx/--  xx/--  xx/--
leads:setup              .       no/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  .
leads:dictionary         list    no/no  ok/no  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
leads:entry              word    no/no  no/no  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
leads:entry_move         word    xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  .
leads:rules              .       no/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  .
leads:rule_create        .       no/no  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
leads:rule_edit          rule    no/no  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
leads:rule_move          rule    xx/no  xx/go  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  .
leads:paper_template     words   no/no  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
leads:attach             lead    ok/ok  ok/ok  ok/ok  ok/ok  no/no  --/--  --/--  --/--  --/--  --/--
leads:attachment         paper   ok/xx  ok/xx  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx
leads:attachment_content paper   ok/xx  ok/xx  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx
leads:attachment_download paper  ok/xx  ok/xx  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx
leads:attachment_remove  paper   ok/ok  ok/ok  no/no  no/no  --/--  --/--  --/--  --/--  --/--  --/--

leads:imports            .       ok/ok  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
leads:import_template    .       ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  .
leads:import             batch   ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx
leads:import_columns     batch   ok/ok  ok/ok  --/--  --/--  --/--  --/--  --/--  --/--  --/--  --/--
leads:import_words       batch   ok/ok  ok/ok  --/--  --/--  --/--  --/--  --/--  --/--  --/--  --/--
leads:import_check       batch   xx/go  xx/go  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
leads:import_confirm     batch   xx/go  xx/go  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
leads:import_cancel      batch   xx/go  xx/go  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
leads:import_marked      batch   ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx

desk:home                .       --/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx  .
desk:report              .       --/--  --/--  --/--  --/--  --/--  --/--  --/--  --/--  --/--  .
desk:ask                 .       xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  .
desk:add                 .       xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  .

reporting:board          .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  .
reporting:export         .       go/go  go/go  no/no  no/no  go/go  no/no  no/no  no/no  no/no  .
reporting:matrix         .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  .
reporting:matrix_rows    .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  .
reporting:silence        .       ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  .
reporting:export_matrix  .       ok/ok  ok/ok  no/no  no/no  ok/ok  no/no  no/no  no/no  no/no  .
reporting:receive_several week   xx/go  xx/go  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:urge           week    xx/go  xx/go  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:bulletins      .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  .
reporting:make_bulletin  week    xx/go  xx/go  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:bulletin       issued  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx
reporting:bulletin_file  issued  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx
reporting:remind_bulletin issued xx/go  xx/go  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:edit_bulletin  sketch  ok/ok  ok/ok  --/--  --/--  --/--  --/--  --/--  --/--  --/--  --/--
reporting:refresh_bulletin sketch xx/go xx/go  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:submit_bulletin sketch xx/go  xx/go  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:withdraw_bulletin sketch xx/go xx/go xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:return_bulletin sketch no/no  go/go  --/--  --/--  --/--  --/--  --/--  --/--  --/--  --/--
reporting:issue_bulletin sketch  xx/no  xx/go  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:settings       .       ok/no  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
reporting:form           .       ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  .
reporting:form_edit      .       no/no  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
reporting:figures        week    ok/xx  ok/xx  no/xx  no/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx
reporting:unit           unit    ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  --/xx
reporting:duty           unit    no/no  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  --/--
reporting:exempt         unit    no/no  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  --/--
reporting:end_exemption  spared  xx/no  xx/go  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:reopen         missed  no/no  ok/ok  no/no  no/no  no/no  --/--  --/--  --/--  --/--  --/--
reporting:end_reopening  again   xx/no  xx/go  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:mine           .       no/xx  no/xx  ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  no/xx  .
reporting:notes          .       no/no  no/no  ok/ok  ok/ok  no/no  no/no  no/no  no/no  no/no  .
reporting:notes_of_day   .       ok/xx  ok/xx  no/xx  no/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  .
reporting:withdraw_note  line    xx/no  xx/no  xx/go  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:incidents      .       ok/xx  ok/xx  ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  no/xx  .
reporting:report_incident .      no/no  no/no  ok/ok  ok/ok  no/no  no/no  no/no  no/no  no/no  .
reporting:incident       grave   ok/xx  ok/xx  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx  --/xx
reporting:acknowledge_incident grave xx/go xx/go xx/no xx/no xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:answer_incident grave  ok/ok  ok/ok  no/no  no/no  --/--  --/--  --/--  --/--  --/--  --/--
reporting:incident_lead  grave   xx/go  xx/go  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:reminders      .       ok/no  ok/ok  no/no  no/no  no/no  no/no  no/no  no/no  no/no  .
reporting:delegations    .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  .
reporting:delegate       unit    no/no  ok/ok  no/no  ok/ok  no/no  no/no  no/no  no/no  no/no  --/--
reporting:end_delegation given   xx/no  xx/go  xx/no  xx/go  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:corrections    .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  .
reporting:correct        taken   ok/ok  ok/ok  go/go  go/go  no/no  --/--  --/--  --/--  --/--  --/--
reporting:correct_draft  taken   ok/409 ok/409 ok/409 ok/409 no/no  --/--  --/--  --/--  --/--  --/--
reporting:correction     fixed   ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx
reporting:submit_correction fixed xx/no xx/no  xx/ok  xx/ok  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:withdraw_correction fixed xx/no xx/no xx/ok xx/ok  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:drop_correction fixed  xx/no  xx/no  xx/ok  xx/ok  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:sign_correction fixed  xx/no  xx/no  xx/no  xx/ok  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:receive_correction fixed xx/ok xx/ok xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:return_correction fixed xx/ok xx/ok  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:draft          owed    no/no  no/no  ok/409 ok/409 no/no  --/--  --/--  --/--  --/--  --/--
reporting:edit           owed    no/no  no/no  go/ok  go/ok  no/no  --/--  --/--  --/--  --/--  --/--
reporting:counted        counted no/xx  no/xx  ok/xx  ok/xx  no/xx  --/xx  --/xx  --/xx  --/xx  --/xx
reporting:report         report  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx
reporting:submit         report  xx/no  xx/no  xx/ok  xx/ok  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:withdraw       report  xx/no  xx/no  xx/ok  xx/ok  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:sign           report  xx/no  xx/no  xx/no  xx/ok  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:receive        report  xx/ok  xx/ok  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:return         report  xx/ok  xx/ok  xx/no  xx/no  xx/no  xx/--  xx/--  xx/--  xx/--  xx/--
reporting:attach_to_report report no/no  no/no  go/go  go/go  no/no  --/--  --/--  --/--  --/--  --/--
reporting:scan_of_report report  no/no  no/no  ok/ok  ok/ok  no/no  --/--  --/--  --/--  --/--  --/--
reporting:report_file    sheet   ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx
reporting:report_file_content sheet ok/xx ok/xx ok/xx ok/xx  ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx
reporting:report_file_download sheet ok/xx ok/xx ok/xx ok/xx ok/xx  --/xx  --/xx  --/xx  --/xx  --/xx
reporting:remove_report_file sheet no/no  no/no  ok/ok  ok/ok  no/no  --/--  --/--  --/--  --/--  --/--

messaging:inbox          .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  .
messaging:read_all       .       xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  .
messaging:contact        .       ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  ok/ok  .
messaging:deliveries     .       ok/xx  ok/xx  no/xx  no/xx  no/xx  no/xx  ok/xx  no/xx  no/xx  .
messaging:resend         sending xx/go  xx/go  xx/no  xx/no  xx/no  xx/no  xx/go  xx/no  xx/no  .
messaging:read           note    xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/--

jobs:list                .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  .
jobs:detail              job     ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx
jobs:file                job     ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx
jobs:cancel              job     xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/go  xx/--

departments:list         .       ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  .
departments:detail       unit    ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  ok/xx  --/xx
departments:contact      unit    ok/ok  ok/ok  ok/ok  ok/ok  no/no  no/no  no/no  no/no  no/no  --/--

calendar:year            .       ok/no  ok/no  ok/no  ok/no  ok/no  ok/no  ok/no  ok/no  ok/no  .
calendar:complete        .       xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  xx/no  .

oversight:list           .       no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  ok/xx  .
oversight:export         .       no/no  no/no  no/no  no/no  no/no  no/no  no/no  no/no  ok/ok  .
oversight:verify         .       no/no  no/no  no/no  no/no  no/no  no/no  no/no  no/no  ok/ok  .
oversight:findings       .       no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  ok/xx  .
oversight:finding        finding no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  no/xx  ok/xx  .
oversight:look           finding no/no  no/no  no/no  no/no  no/no  no/no  no/no  no/no  go/ok  .
oversight:rules          .       no/no  no/no  no/no  no/no  no/no  no/no  no/no  no/no  ok/ok  .
"""  # noqa: E501

#: Who has not signed in is sent to the sign-in page from everywhere but here.
OPEN_TO_ANYONE = {
    # Off unless the town has a public page; tests/leads/test_desk.py has it.
    "desk:home": "--/xx",
    "desk:report": "--/--",
    "desk:ask": "xx/--",
    "desk:add": "xx/--",
    "login": "ok/ok",
    "healthz": "ok/xx",
}


@dataclass(frozen=True)
class Row:
    thing: str
    own: dict[str, str]
    foreign: str


def parse(table: str) -> dict[str, Row]:
    rows = {}
    for line in table.splitlines():
        if not line or line.startswith("#"):
            continue
        name, thing, *cells, foreign = line.split()
        assert name not in rows, f"{name} stands twice in the table"
        assert len(cells) == len(ROLES), f"{name} has a cell too many or too few"
        rows[name] = Row(thing, dict(zip(ROLES, cells, strict=True)), foreign)
    return rows


ROWS = parse(TABLE)


def addresses(patterns: list[Any], namespace: str = "") -> Iterator[str | None]:
    """The full name of every address of the portal; None for one without a name."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            below = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern.url_patterns, below)
        elif isinstance(pattern, URLPattern):
            yield namespace + pattern.name if pattern.name else None


#: What names a thing in an address.
KEYS: dict[str, Callable[[Any], dict[str, Any]]] = {
    ".": lambda nothing: {},
    "lead": lambda lead: {"number": lead.number},
    "added": lambda lead: {"pk": lead.supplements.get().pk},
    "tier": lambda lead: {"pk": lead.rewards.get().tier_id},
    "reward": lambda lead: {"number": lead.rewards.get().number},
    "alert": lambda lead: {"pk": lead.alerts.get(unit=None).pk},
    "task": lambda lead: {"pk": lead.assignments.get().pk},
    "more": lambda lead: {"pk": lead.assignments.get().extensions.get().pk},
    "paper": lambda attachment: {"public_id": attachment.file.public_id},
    "unit": lambda unit: {"code": unit.code},
    "owed": lambda report: {"period_id": report.period_id, "code": report.unit.code},
    "counted": lambda report: KEYS["owed"](report) | {"figure": "found"},
    "report": lambda report: {"pk": report.pk},
    "week": lambda report: {"period_id": report.period_id},
    "line": lambda note: {"pk": note.pk},
    "sheet": lambda file: {"public_id": file.file.public_id},
    "grave": lambda incident: {"pk": incident.pk},
    "issued": lambda bulletin: {"pk": bulletin.pk},
    "given": lambda delegation: {"pk": delegation.pk},
    "taken": lambda correction: {"pk": correction.report_id},
    "fixed": lambda correction: {"pk": correction.pk},
    "sketch": lambda bulletin: {"pk": bulletin.pk},
    "missed": lambda report: {"period_id": report.period_id, "code": report.unit.code},
    "spared": lambda exemption: {"pk": exemption.pk},
    "again": lambda reopening: {"pk": reopening.pk},
    "saved": lambda saved: {"pk": saved.pk},
    "run": lambda run: {"public_id": run.public_id},
    "note": lambda message: {"pk": message.pk},
    "sending": lambda delivery: {"pk": delivery.pk},
    "draft": lambda draft: {"submission": draft.submission},
    "job": lambda job: {"public_id": job.public_id},
    "bar": lambda conflict: {"pk": conflict.pk},
    "letter": lambda lead: {"pk": lead.assignments.get().paper.pk},
    "list": lambda name: {"kind": name},
    "words": lambda name: {"kind": name},
    "word": lambda entry: {"kind": "channels", "pk": entry.pk},
    "rule": lambda rule: {"pk": rule.pk},
    "batch": lambda batch: {"public_id": batch.public_id},
    "finding": lambda finding: {"pk": finding.pk},
    "access": lambda access: {"pk": access.pk},
    "member": lambda account: {"pk": account.pk},
    "post": lambda account: {"pk": account.memberships.get().pk},
    "wish": lambda account: {"pk": account.role_proposals.get().pk},
    "told": lambda lead: {"number": lead.number},
    "kept": lambda lead: {"pk": lead.reporters.get().pk},
    "untrue": lambda lead: {"pk": lead.clarifications.get().pk},
    "asked": lambda lead: {"pk": lead.releases.get().pk},
    "lapsed": lambda batch: {"pk": batch.pk},
}


class World:
    """A thing of each kind that is one's own, and some that are foreign.

    Own is the first town's, the police's, or made for the person. Foreign is another town's, for
    those who act for a unit also another unit's, or made for another person.
    """

    def __init__(
        self, town: Any, people: Any, far_people: Any, make_assigned: Any, far_lead: Any
    ) -> None:
        self.people, self.stranger = people, far_people.civil
        far_police = far_people.police.main_unit
        lead, neighbours_lead = make_assigned(is_major=True), make_assigned(town.civil)
        paper = _paper(lead, people.office)
        neighbours_paper = _paper(neighbours_lead, people.civil)
        report = _signed_report(people.police_leader, town.police)
        far_report = _signed_report(far_people.police_leader, far_police)
        neighbours_draft = _draft(people.civil, town.civil)
        police, far = (lead, people.police), (far_lead, far_people.police)
        for late, by in (police, far, (neighbours_lead, people.civil)):
            _ask_for_more_time(late, by)
        for told_of, by in ((lead, people.office), (far_lead, far_people.office)):
            _add_to(told_of, by)
            _reward(told_of, by)
            _clarification(told_of, by)
        _clarification(neighbours_lead, people.office)
        self.ours = {
            "tier": lead,
            "reward": lead,
            "added": lead,
            "untrue": lead,
            "lead": lead,
            "alert": lead,
            "task": lead,
            "more": lead,
            "unit": town.police,
        }
        self.ours |= {"paper": paper, "owed": report, "counted": report, "report": report}
        self.ours["week"] = report
        self.ours |= {"bar": _recused(lead, people.custodian), "letter": lead}
        self.ours |= {"sending": _failed_delivery(people.police)}
        self.ours |= {"list": "channels", "words": "order"}
        self.ours |= {"word": Channel.objects.first(), "rule": _rule(town.unit, town.police)}
        self.far = {
            name: [far_lead]
            for name in ("reward", "added", "untrue", "lead", "alert", "task", "more", "letter")
        }
        self.far |= {"bar": [_recused(far_lead, far_people.custodian)]}
        # Settings are one town's own; who directs none is refused before anything is looked up.
        self.far |= {name: [] for name in ("list", "word", "rule", "words", "tier")}
        # Who may send nothing again is refused before anything is looked up.
        self.far |= {"sending": []}
        self.far |= {"unit": [far_police], "paper": [_paper(far_lead, far_people.office)]}
        # An unsigned report is its unit's own paper: foreign to the office too.
        self.far |= {"owed": [far_report], "report": [far_report, neighbours_draft]}
        self.far |= {"counted": [far_report], "week": [far_report]}
        self.beside = {
            name: [neighbours_lead] for name in ("untrue", "lead", "task", "more", "letter")
        }
        self.beside |= {"paper": [neighbours_paper], "owed": [neighbours_draft]}
        self.beside["counted"] = [neighbours_draft]
        self._excuse(people.director, report, neighbours_draft)
        self._excuse(far_people.director, far_report)
        self.makers = {"note": _note, "job": _finished_job, "saved": _saved_filter}
        self.ours |= {"batch": _checked_batch(people.office)}
        self.far |= {"batch": [_checked_batch(far_people.office)]}
        self.makers |= {"draft": _lead_draft, "run": _bulk_run}
        self.ours |= {"access": _urgent_look(lead, people.office)}
        self.far |= {"access": [_urgent_look(far_lead, far_people.office)]}
        told = make_assigned(reporter_kind="named", reporters=[Identity(name="某")])
        neighbours_told = make_assigned(
            town.civil, reporter_kind="named", reporters=[Identity(name="某")]
        )
        Lead.objects.filter(pk=far_lead.pk).update(reporter_kind="named")
        take_in(lead=far_lead, actor=far_people.office, reporters=[Identity(name="某")])
        for lead, actor in (
            (told, people.office),
            (neighbours_told, people.civil),
            (far_lead, far_people.office),
        ):
            releases.ask(lead=lead, actor=actor, reason="回访", submission=uuid.uuid4())
        for name in ("told", "kept", "asked"):
            self.ours[name], self.far[name], self.beside[name] = told, [far_lead], [neighbours_told]
        self._administer(people, far_people)
        self._bulletins(people, far_people, report.period, far_report.period)
        self._from_day_to_day(people, far_people)
        self.ours["sheet"] = _scan(report, people.police_leader)
        self.far["sheet"] = [
            _scan(far_report, far_people.police_leader),
            _attached(neighbours_draft, people.civil),
        ]

    def _from_day_to_day(self, people: Any, far_people: Any) -> None:
        """What units write and report besides their weekly reports."""
        for name, make in (("line", _line), ("grave", _incident)):
            self.ours[name] = make(people.police)
            self.far[name] = [make(far_people.police)]
            self.beside[name] = [make(people.civil)]

    def _administer(self, people: Any, far_people: Any) -> None:
        """What administrators, the auditor and who disposes of leads have to do with."""
        self.ours |= {"lapsed": _reviewed_disposal(people.office)}
        self.far |= {"lapsed": [_reviewed_disposal(far_people.office)]}
        self.ours |= {"finding": _finding(people.office)}
        member, far_member = people.west, far_people.west
        _proposed(member, people.sysadmin)
        _proposed(far_member, far_people.sysadmin)
        self.ours |= dict.fromkeys(("member", "post", "wish"), member)
        self.far |= {name: [far_member] for name in ("member", "post", "wish")}
        # There is one trail: no finding is foreign to who reads it.
        self.far |= {"finding": []}

    def _corrections(self, people: Any, far_people: Any, week: Any, far_week: Any) -> None:
        """Reports of the week before that were received, whose leader has signed a correction."""
        ours = _corrected(people.office, people.police_leader, week)
        far = _corrected(far_people.office, far_people.police_leader, far_week)
        beside = _corrected(people.office, people.civil_leader, week)
        for name in ("taken", "fixed"):
            self.ours[name], self.far[name], self.beside[name] = ours, [far], [beside]
        self.ours["given"] = _delegated(people.police_leader, people.police)
        self.far["given"] = [_delegated(far_people.police_leader, far_people.police)]
        self.beside["given"] = [_delegated(people.civil_leader, people.civil)]

    def _bulletins(self, people: Any, far_people: Any, week: Any, far_week: Any) -> None:
        """A draft of the current week, and an issued bulletin of the one before."""
        self._corrections(people, far_people, week, far_week)
        self.ours |= {"sketch": _sketch(people, week), "issued": _issued(people, week)}
        self.far |= {
            "sketch": [_sketch(far_people, far_week)],
            "issued": [_issued(far_people, far_week)],
        }

    def players(self) -> dict[str, Account]:
        return {role: getattr(self.people, person) for role, person in ROLES.items()}

    def anew(self, role: str) -> Account:
        """Who plays the role, without what was remembered of their rights."""
        return Account.objects.get(pk=self.players()[role].pk)

    def _excuse(self, director: Any, report: Any, beside: Any = None) -> None:
        """Weeks that units need not report on, or may report on again."""
        to = self.far if beside is None else self.beside
        for one in (report, beside) if beside else (report,):
            found = {
                "missed": one,
                "spared": _spared(director, one.unit),
                "again": _again(director, one),
            }
            if beside and one is report:
                self.ours |= found
            else:
                to |= {name: [row] for name, row in found.items()}

    def own(self, thing: str, account: Any) -> dict[str, Any]:
        make = self.makers.get(thing)
        return KEYS[thing](make(account) if make else self.ours.get(thing))

    def foreign(self, thing: str, account: Any) -> list[dict[str, Any]]:
        if thing in self.makers:
            return [KEYS[thing](self.makers[thing](self.stranger))]
        beside = self.beside.get(thing, []) if account.acts_for_unit else []
        return [KEYS[thing](found) for found in self.far[thing] + beside]


def _ask_for_more_time(lead: Any, actor: Any) -> None:
    task = lead.assignments.get()
    extensions.ask(
        assignment=task,
        actor=actor,
        new_due_on=task.due_on + dt.timedelta(days=5),
        reason="需补充走访。",
        expected_version=task.version,
    )


def _add_to(lead: Any, actor: Any) -> None:
    supplement(
        lead=lead, actor=actor, submission=uuid.uuid4(), way=Way.PHONE, text="另有两人参与。"
    )


def _reward(lead: Any, actor: Any) -> None:
    """A reward that waits for the first approval, of a lead that has not even ended."""
    tier = RewardTier.objects.create(jurisdiction=lead.jurisdiction, name="一般", low=1, high=9)
    Reward.objects.create(
        number=f"JL-{lead.number}",
        lead=lead,
        beneficiary=lead,
        tier=tier,
        tier_name=tier.name,
        low=1,
        high=9,
        amount=5,
        basis="按奖励办法。",
        proposed_by=actor,
    )


def _clarification(lead: Any, actor: Any) -> None:
    """A clarification that waits for approval, of a lead that has not even ended."""
    Clarification.objects.create(
        lead=lead,
        round=lead.round,
        finding="disproven",
        allegation="收费。",
        verified="没有收费。",
        basis="笔录。",
        verified_by=lead.assignments.get().unit,
        verifiers="甲、乙",
        proposed_by=actor,
    )


def _recused(lead: Any, account: Any) -> ConflictOfInterest:
    return ConflictOfInterest.objects.create(
        lead=lead, account=account, why="recused", reason="亲属"
    )


def _urgent_look(lead: Any, account: Any) -> Access:
    end = timezone.now() + dt.timedelta(hours=1)
    return Access.objects.create(
        lead=lead, account=account, kind="urgent", reason="警情", given_by=account, ends_at=end
    )


def _rule(town: Any, unit: Any) -> RoutingRule:
    rule = RoutingRule.objects.create(jurisdiction=town, reason="规则")
    rule.units.add(unit)
    return rule


def _draft(actor: Any, unit: Any, period: Any = None) -> Any:
    if period is None:
        period, _ = periods.open_period(jurisdiction=unit.jurisdiction, day=due.today())
    zeros = {figure.code: 0 for figure in DEFAULT.figures}
    remarks = dict.fromkeys(zeros, "口头移交。")
    content = Content(figures=zeros, is_zero=True, remarks=remarks)
    return weekly.save(actor=actor, period=period, unit=unit, content=content, expected_version=0)


def _signed_report(leader: Any, unit: Any, period: Any = None) -> Any:
    report = _draft(leader, unit, period)
    return weekly.sign(actor=leader, report=report, expected_version=report.version)


def _line(actor: Any) -> DailyNote:
    today = timezone.localdate()
    this_week = {"period__starts_on__lte": today, "period__ends_on__gte": today}
    owed = ReportExpectation.objects.get(unit=actor.main_unit, **this_week)
    values = {"owed": owed, "day": today, "words": "走访商户。", "submission": uuid.uuid4()}
    return notes.write(actor=actor, **values)[0]


def _incident(actor: Any) -> Incident:
    return incidents.report(
        actor=actor,
        unit=actor.main_unit,
        what="有人聚集。",
        place=None,
        happened_at=timezone.now(),
        handling="已到现场。",
        in_danger=False,
        submission=uuid.uuid4(),
    )[0]


def _scan(report: Any, actor: Any) -> ReportFile:
    return sheets.add_scan(actor=actor, report=report, uploads=[stored(actor)])[0]


def _attached(report: Any, actor: Any) -> ReportFile:
    return sheets.attach(actor=actor, report=report, uploads=[stored(actor)])[0]


def _corrected(office: Any, leader: Any, week: Any) -> Any:
    day = week.starts_on - dt.timedelta(days=1)
    before, _ = periods.open_period(jurisdiction=week.jurisdiction, day=day)
    report = _signed_report(leader, leader.main_unit, before)
    report = weekly.receive(actor=office, report=report, expected_version=report.version)
    return corrections.save_and_sign(
        actor=leader,
        report=report,
        by_office=False,
        content=replace(report.content, texts={"progress": "走访。"}, is_zero=False),
        reason="有走访。",
        expected_version=0,
        seen=report.signature,
    )


def _delegated(leader: Any, to: Any) -> Any:
    """From tomorrow on: today nobody signs by it."""
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    return delegations.delegate(
        actor=leader,
        unit=leader.main_unit,
        leader=leader,
        to=to,
        first_day=tomorrow,
        last_day=tomorrow,
        reason="培训",
    )


def _sketch(people: Any, week: Any) -> Bulletin:
    return bulletins.make(actor=people.office, period=week)[0]


def _issued(people: Any, week: Any) -> Bulletin:
    day = week.starts_on - dt.timedelta(days=1)
    before, _ = periods.open_period(jurisdiction=week.jurisdiction, day=day)
    made = _sketch(people, before)
    made = bulletins.submit(bulletin=made, actor=people.office, expected_version=made.version)
    return bulletins.issue(bulletin=made, actor=people.director, expected_version=made.version)


def _spared(director: Any, unit: Any) -> Exemption:
    first = duties.first_free_week(unit.jurisdiction_id)
    weeks = {"first_week": first, "last_week": first}
    return duties.exempt(actor=director, unit=unit, reason="防汛", **weeks)


def _again(director: Any, report: Any) -> Reopening:
    values = {"period": report.period, "unit": report.unit, "opened_by": director}
    until = timezone.now() + dt.timedelta(days=1)
    return Reopening.objects.create(reason="停电", until=until, **values)


def _bulk_run(account: Any) -> BulkRun:
    return BulkRun.objects.create(owner=account, action=BulkAction.ASSIGN, params={"query": ""})


def _saved_filter(account: Any) -> SavedFilter:
    return SavedFilter.objects.create(owner=account, name=str(uuid.uuid4())[:30], query="due=near")


def _checked_batch(actor: Any) -> ImportBatch:
    """A ledger with an error, and the copy that marks it."""
    book = Workbook()
    book.active.append(["登记日期", "来源", "反映内容"])
    book.active.append(["五月", "来访", "有人收取管理费。"])
    file = io.BytesIO()
    book.save(file)
    size = file.tell()
    file.seek(0)
    batch = imports.upload(actor=actor, file=file, size=size, name="台账.xlsx")
    jobs.run(batch.job_id)
    batch.refresh_from_db()
    return batch


def _reviewed_disposal(actor: Any) -> DisposalBatch:
    """A batch of disposals that waits for approval."""
    town = actor.main_unit.jurisdiction
    return DisposalBatch.objects.create(
        number=f"CZ-{town.code}",
        jurisdiction=town,
        state="reviewed",
        proposed_by=actor,
        reviewed_by=actor,
        reviewed_at=timezone.now(),
    )


def _finding(account: Any) -> Finding:
    now = timezone.now()
    return Finding.objects.create(
        rule="refusals",
        actor=account,
        actor_name=account.username,
        first_entry=1,
        started_at=now,
        ends_at=now,
        count=10,
        threshold=10,
    )


def _proposed(account: Any, actor: Any) -> None:
    unit = account.memberships.get().unit
    accounts.propose(actor=actor, account=account, unit=unit, role="leader")


def _paper(lead: Any, actor: Any) -> Any:
    [attachment] = add(lead=lead, actor=actor, uploads=[stored(actor)])
    return attachment


def _note(account: Any, kind: str = "test") -> Message:
    return Message.objects.create(
        recipient=account, kind=kind, subject_key=str(uuid.uuid4()), title="提醒"
    )


def _failed_delivery(account: Account) -> Delivery:
    return Delivery.objects.create(
        message=_note(account, kind="weekly_urged"),
        jurisdiction=account.main_unit.jurisdiction,
        address=account.email,
        state="failed",
    )


def _lead_draft(account: Any) -> LeadDraft:
    return LeadDraft.objects.create(owner=account, submission=uuid.uuid4(), content={})


def _finished_job(account: Any) -> Job:
    """A finished job, with its file."""
    job = Job.objects.create(
        kind="test",
        title="测试",
        requested_by=account,
        submission=uuid.uuid4(),
        state=JobState.DONE,
        purpose="核对",
        stored_as=f"permissions-{uuid.uuid4()}",
        expires_at=timezone.now() + dt.timedelta(days=1),
        file_name="测试.xlsx",
    )
    job.path.parent.mkdir(parents=True, exist_ok=True)
    with job.path.open("wb") as file:
        sealer = Sealer(file, ring=key_ring(), file_id=job.public_id)
        sealer.write(b"file")
        sealer.finish()
    return job


@pytest.fixture
def far_lead(make_lead, far_people, other_town):
    """A lead of the other town, assigned there."""
    from departments.models import Domain
    from leads.models import Conduct
    from leads.services import assign

    lead = make_lead(actor=far_people.office, place=None, is_major=True)
    return assign(
        lead=lead,
        actor=far_people.office,
        units=[other_town.police],
        due_on=due.today(),
        expected_version=lead.version,
        domain=Domain.objects.first(),
        conduct=Conduct.objects.first(),
    )


#: The table is asked in so many parts, which may run beside each other.
SHARES = 6


@pytest.fixture
def world(settings, tmp_path, town, people, far_people, make_assigned, far_lead):
    settings.MEDIA_ROOT = tmp_path
    return World(town, people, far_people, make_assigned, far_lead)


def cookies_of(account: Any) -> SimpleCookie:
    """Those of a browser in which `account` has signed in, once for all of a test."""
    known = vars(account)
    if "_test_cookies" not in known:
        client = Client()
        client.force_login(account)
        known["_test_cookies"] = client.cookies.output()
    return SimpleCookie(known["_test_cookies"].replace("Set-Cookie:", ""))


def answer(account: Any, url: str) -> str:
    """What `account` (None: nobody) gets there by GET and by POST; nothing of it stays."""
    words = []
    for method in ("get", "post"):
        client = Client()
        if account is not None:
            client.cookies = cookies_of(account)
        with transaction.atomic():
            response: HttpResponse = getattr(client, method)(url)
            if response.streaming:
                b"".join(response)  # read to its end, a file is closed
            words.append(ANSWERS.get(response.status_code, str(response.status_code)))
            transaction.set_rollback(True)
    return "/".join(words)


def test_the_table_has_a_row_for_every_address_and_no_other():
    assert sorted(addresses(get_resolver().url_patterns), key=str) == sorted(ROWS)


@pytest.mark.parametrize("share", range(SHARES))
def test_everyone_gets_the_answer_of_the_table(world, share):
    """One world for many rows of the table: nothing of an answer stays (`answer`)."""
    wrong = {}
    for name, row in list(ROWS.items())[share::SHARES]:
        for role, account in world.players().items():
            got = answer(account, _url(name, world.own(row.thing, account)))
            if got != row.own[role]:
                wrong[f"{name} {role}"] = f"{got}, not {row.own[role]}"
            for kwargs in world.foreign(row.thing, account) if row.thing != "." else ():
                got = answer(account, _url(name, kwargs))
                if got != row.foreign:
                    wrong[f"{name} {role} {kwargs}"] = f"{got}, not {row.foreign}"
    assert wrong == {}


def test_who_has_not_signed_in_is_sent_to_do_so(world):
    wrong = {}
    for name, row in ROWS.items():
        address = _url(name, world.own(row.thing, world.stranger))
        expected = OPEN_TO_ANYONE.get(name, "go/go")
        if (got := answer(None, address)) != expected:
            wrong[name] = f"{got}, not {expected}"
        if name not in OPEN_TO_ANYONE:
            sign_in = f"{reverse('login')}?next={address}"
            for response in (Client().get(address), Client().post(address)):
                if response.headers.get("Location") != sign_in:
                    wrong[name] = response.headers.get("Location")
    assert wrong == {}


def _url(name: str, kwargs: dict[str, Any]) -> str:
    return reverse(name, kwargs=kwargs)


#: What belongs to one lead, and to one whose reporter gave a name.
OF_A_LEAD = {"reward", "added", "untrue", "lead", "alert", "task", "more", "letter", "paper"}
OF_A_LEAD |= {"bar", "access"}
OF_ITS_REPORTERS = {"told", "kept", "asked"}


def test_what_is_kept_from_a_person_is_as_foreign_to_them_as_another_towns(world):
    """For every role: what a conflict keeps away is not there, whatever the role may do."""
    for role, lead in product(world.players().values(), (world.ours["lead"], world.ours["told"])):
        ConflictOfInterest.objects.get_or_create(
            lead=lead, account=role, defaults={"why": "recused", "reason": "亲属"}
        )
    leaks = {}
    for name, row in ROWS.items():
        for role in ROLES if row.thing in OF_A_LEAD | OF_ITS_REPORTERS else ():
            account = world.anew(role)
            got = answer(account, _url(name, world.own(row.thing, account)))
            if got != row.foreign:
                leaks[f"{name} {role}"] = got
    assert leaks == {}


#: The roles that stand outside the circle of a limited lead, unless they are let in.
OUTSIDE = ("office", "town_leader")


#: What of a limited lead is there for those outside its circle.
SEEN = ("lead", "bar", "told")


def _outside(cell: str, foreign: str, thing: str, seen: tuple[str, ...] = SEEN) -> str:
    """What somebody who sees no words of a lead gets where `cell` is for those who do."""
    if thing not in seen:
        return foreign  # what belongs to the lead is not there for them
    return "/".join(answer if answer in ("xx", "--") else "no" for answer in cell.split("/"))


def test_who_is_outside_the_circle_sees_how_a_lead_stands_and_does_nothing(
    world, town, make_account
):
    """Every role, of a limited lead: those inside its circle and its units as before."""
    handler = make_account("handler", town.office, "office")
    for thing in ("lead", "told"):
        lead = world.ours[thing]
        circle.set_circle(
            lead=lead,
            actor=world.people.director,
            secrecy="limited",
            handlers=[handler],
            expected_version=lead.version,
        )
        Lead.objects.filter(pk=lead.pk).update(registered_by=handler)
    Access.objects.filter(account=world.people.office).update(ended_at=timezone.now())
    open_to_them = {
        "leads:detail office": "ok/xx",
        "leads:detail town_leader": "ok/xx",
        "leads:urgent_look office": "ok/ok",
    }
    leaks = {}
    for name, row in ROWS.items():
        for role in ROLES if row.thing in OF_A_LEAD | OF_ITS_REPORTERS else ():
            account = world.anew(role)
            got = answer(account, _url(name, world.own(row.thing, account)))
            expected = row.own[role]
            if role in OUTSIDE:
                expected = _outside(expected, row.foreign, row.thing)
            if row.thing == "bar" and role == "town_leader":
                expected = row.foreign
            if got != open_to_them.get(f"{name} {role}", expected):
                leaks[f"{name} {role}"] = f"{got}, not {expected}"
    assert leaks == {}


def _answers_about_leads(world: World) -> dict[tuple[str, str], str]:
    """Of every address that is about a lead or what belongs to it, for every role."""
    return {
        (name, role): answer(account, _url(name, world.own(row.thing, account)))
        for name, row in ROWS.items()
        if row.thing in OF_A_LEAD | OF_ITS_REPORTERS
        for role in ROLES
        for account in [world.anew(role)]
    }


#: What a faded lead leaves to the others: its reporters to their custodian, a reward to those who
#: decide on it, and to a unit the steps of its own task, which depend on that task.
LEFT = {
    "custodian": {name for name, row in ROWS.items() if row.thing in OF_ITS_REPORTERS},
    "office": {"leads:reward"},
    "town_leader": {"leads:reward", "leads:reward_approve", "leads:reward_reject"},
    "liaison": {name for name, row in ROWS.items() if row.thing == "task"},
    "leader": {name for name, row in ROWS.items() if row.thing == "task"},
}
#: Who must look at it asks for that.
LOOKING = {"leads:urgent_look office": "ok/ok"}


def test_of_a_faded_lead_figures_remain_for_all_but_the_director(world):
    """Every role, before and after it is restricted: its words are not theirs any more."""
    Access.objects.filter(account=world.people.office).update(ended_at=timezone.now())
    pks = [world.ours[thing].pk for thing in ("lead", "told")]
    closed = {"state": "closed", "closed_at": timezone.now()}
    closed |= {"finding": "disproven", "disposition": "no_action"}
    with ignoring("leads.Lead:lead_states"):
        Lead.objects.filter(pk__in=pks).update(**closed)
    before = _answers_about_leads(world)
    Lead.objects.filter(pk__in=pks).update(restricted_at=timezone.now())
    leaks = {}
    for (name, role), got in _answers_about_leads(world).items():
        expected = before[name, role]
        if role != "director" and name not in LEFT.get(role, ()):
            row = ROWS[name]
            expected = _outside(expected, row.foreign, row.thing, (*SEEN, "task", "reward"))
        if name == "leads:detail":
            expected = before[name, role]
        if got != LOOKING.get(f"{name} {role}", expected):
            leaks[f"{name} {role}"] = f"{got}, not {expected}"
    assert leaks == {}
