from django.urls import include, path

from leads.alerts import views as alerts
from leads.attachments import views as attachments
from leads.conflicts import views as conflicts
from leads.corrections import views as corrections
from leads.deadlines import views as deadlines
from leads.documents import views as documents
from leads.drafts import views as drafts
from leads.duplicates import views as duplicates
from leads.lists import views as lists
from leads.notices import views as notices
from leads.setup import views as setup
from leads.views import (
    afterwards,
    assessment,
    closing,
    detail,
    extensions,
    intake,
    merging,
    referral,
    verification,
)

app_name = "leads"
urlpatterns = [
    path("", lists.lead_list, name="list"),
    path("columns/", lists.columns_choose, name="columns"),
    path("filters/", lists.filters, name="filters"),
    path("filters/<int:pk>/", lists.filter_rename, name="filter_rename"),
    path("filters/<int:pk>/delete/", lists.filter_delete, name="filter_delete"),
    path("new/", intake.lead_create, name="create"),
    path("drafts/", drafts.keep, name="draft_save"),
    path("drafts/<uuid:submission>/discard/", drafts.discard, name="draft_discard"),
    path("similar/", duplicates.similar_typed, name="similar_typed"),
    path("notice/", notices.of_town, name="notice"),
    path("notice/<slug:code>/", notices.of_unit, name="unit_notice"),
    path("deadlines/", deadlines.deadline_rules, name="deadlines"),
    path("alerts/<int:pk>/acknowledge/", alerts.alert_acknowledge, name="acknowledge"),
    path("assignments/<int:pk>/remind/", deadlines.assignment_remind, name="remind"),
    path("imports/", include("leads.imports.urls")),
    path("assignments/<int:pk>/sign/", verification.assignment_sign, name="sign"),
    path("assignments/<int:pk>/refuse/", verification.assignment_refuse, name="refuse"),
    path("assignments/<int:pk>/withdraw/", verification.assignment_withdraw, name="withdraw"),
    path("assignments/<int:pk>/progress/", verification.assignment_progress, name="progress"),
    path("assignments/<int:pk>/extension/", extensions.extension_ask, name="ask_extension"),
    path("assignments/<int:pk>/feedback/", verification.assignment_report, name="report"),
    path("assignments/<int:pk>/sign-off/", verification.assignment_sign_off, name="sign_off"),
    path("assignments/<int:pk>/revise/", verification.assignment_revise, name="revise"),
    path("assignments/<int:pk>/return/", verification.assignment_return, name="return"),
    path("assignments/<int:pk>/approve/", verification.assignment_approve, name="approve"),
    path("extensions/<int:pk>/grant/", extensions.extension_grant, name="grant_extension"),
    path("extensions/<int:pk>/deny/", extensions.extension_deny, name="deny_extension"),
    path("extensions/<int:pk>/drop/", extensions.extension_drop, name="drop_extension"),
    path("attachments/<uuid:public_id>/", attachments.attachment_detail, name="attachment"),
    path(
        "attachments/<uuid:public_id>/content/",
        attachments.attachment_content,
        name="attachment_content",
    ),
    path(
        "attachments/<uuid:public_id>/download/",
        attachments.attachment_download,
        name="attachment_download",
    ),
    path(
        "attachments/<uuid:public_id>/remove/",
        attachments.attachment_remove,
        name="attachment_remove",
    ),
    path("<slug:number>/attachments/", attachments.attachment_add, name="attach"),
    path("papers/<int:pk>/", documents.paper_file, name="paper"),
    path("conflicts/<int:pk>/lift/", conflicts.conflict_lift, name="lift"),
    path("setup/", setup.setup, name="setup"),
    path("setup/dictionaries/<slug:kind>/", setup.dictionary, name="dictionary"),
    path("setup/dictionaries/<slug:kind>/<int:pk>/", setup.entry, name="entry"),
    path("setup/dictionaries/<slug:kind>/<int:pk>/move/", setup.entry_move, name="entry_move"),
    path("setup/rules/", setup.rules, name="rules"),
    path("setup/rules/new/", setup.rule_create, name="rule_create"),
    path("setup/rules/<int:pk>/", setup.rule_edit, name="rule_edit"),
    path("setup/rules/<int:pk>/move/", setup.rule_move, name="rule_move"),
    path("setup/papers/<slug:kind>/", setup.paper_template, name="paper_template"),
    path("<slug:number>/", detail.lead_detail, name="detail"),
    path("<slug:number>/assign/", assessment.lead_assign, name="assign"),
    path("<slug:number>/add-units/", assessment.lead_add_units, name="add_units"),
    path("<slug:number>/decline/", assessment.lead_decline, name="decline"),
    path("<slug:number>/merge/", merging.lead_merge, name="merge"),
    path("<slug:number>/unmerge/", merging.lead_unmerge, name="unmerge"),
    path("<slug:number>/split/", merging.lead_split, name="split"),
    path("<slug:number>/refer/", referral.lead_refer, name="refer"),
    path("<slug:number>/receipt/", referral.lead_receipt, name="receipt"),
    path("<slug:number>/correct/", corrections.lead_correct, name="correct"),
    path("<slug:number>/similar/", duplicates.similar, name="similar"),
    path("<slug:number>/recuse/", conflicts.lead_recuse, name="recuse"),
    path("<slug:number>/close/", closing.lead_close, name="close"),
    path("<slug:number>/close/approve/", closing.closing_approve, name="approve_closing"),
    path("<slug:number>/close/reject/", closing.closing_reject, name="reject_closing"),
    path("<slug:number>/close/recall/", closing.closing_recall, name="recall_closing"),
    path("<slug:number>/archive/", afterwards.lead_archive, name="archive"),
    path("<slug:number>/follow-up/", afterwards.lead_follow_up, name="follow_up"),
    path("<slug:number>/restart/", afterwards.lead_restart, name="restart"),
]
