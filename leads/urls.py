from django.urls import include, path

from leads.alerts import views as alerts
from leads.attachments import views as attachments
from leads.circle import views as circle
from leads.clarifications import views as clarifications
from leads.codes import views as codes
from leads.conflicts import views as conflicts
from leads.corrections import views as corrections
from leads.deadlines import views as deadlines
from leads.disposals import schedule as retention
from leads.disposals import views as disposals
from leads.documents import views as documents
from leads.drafts import views as drafts
from leads.duplicates import views as duplicates
from leads.fading import views as fading
from leads.lists import views as lists
from leads.lists.bulk import views as bulk
from leads.notices import views as notices
from leads.reporters import views as reporters
from leads.reporters.releases import views as releases
from leads.rewards import views as rewards
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
    path("export/", lists.export, name="export"),
    path("bulk/", bulk.bulk_start, name="bulk_start"),
    path("bulk/<uuid:public_id>/", bulk.bulk_run, name="bulk"),
    path("bulk/<uuid:public_id>/export/", bulk.bulk_export, name="bulk_export"),
    path("columns/", lists.columns_choose, name="columns"),
    path("filters/", lists.filters, name="filters"),
    path("filters/<int:pk>/", lists.filter_rename, name="filter_rename"),
    path("filters/<int:pk>/delete/", lists.filter_delete, name="filter_delete"),
    path("new/", intake.lead_create, name="create"),
    path("drafts/", drafts.keep, name="draft_save"),
    path("drafts/<uuid:submission>/discard/", drafts.discard, name="draft_discard"),
    path("similar/", duplicates.similar_typed, name="similar_typed"),
    path("codes/", codes.code_query, name="codes"),
    path("codes/supplement/", codes.code_supplement, name="code_supplement"),
    path("supplements/<int:pk>/read/", codes.supplement_read, name="supplement_read"),
    path("rewards/", rewards.ledger, name="rewards"),
    path("rewards/export/", rewards.export, name="rewards_export"),
    path("rewards/tiers/", rewards.tiers, name="reward_tiers"),
    path("rewards/tiers/<int:pk>/", rewards.tier, name="reward_tier"),
    path("rewards/<slug:number>/", rewards.reward_detail, name="reward"),
    path("rewards/<slug:number>/approve/", rewards.reward_approve, name="reward_approve"),
    path("rewards/<slug:number>/reject/", rewards.reward_reject, name="reward_reject"),
    path("rewards/<slug:number>/withdraw/", rewards.reward_withdraw, name="reward_withdraw"),
    path("rewards/<slug:number>/pay/", rewards.reward_pay, name="reward_pay"),
    path("notice/", notices.of_town, name="notice"),
    path("notice/<slug:code>/", notices.of_unit, name="unit_notice"),
    path("deadlines/", deadlines.deadline_rules, name="deadlines"),
    path("fading/", fading.fading, name="fading"),
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
    path("reporters/", reporters.desk, name="reporters"),
    path("reporters/<int:pk>/correct/", reporters.reporter_correct, name="reporter_correct"),
    path("reporters/<int:pk>/earlier/", reporters.reporter_earlier, name="reporter_earlier"),
    path("reporters/<slug:number>/", reporters.of_lead, name="reporters_of"),
    path("reporters/<slug:number>/add/", reporters.reporter_add, name="reporter_add"),
    path("releases/<int:pk>/approve/", releases.release_approve, name="approve_release"),
    path("releases/<int:pk>/reject/", releases.release_reject, name="reject_release"),
    path("releases/<int:pk>/withdraw/", releases.release_withdraw, name="withdraw_release"),
    path("releases/<int:pk>/end/", releases.release_end, name="end_release"),
    path("releases/<int:pk>/look/", releases.release_look, name="look_release"),
    path("setup/", setup.setup, name="setup"),
    path("setup/dictionaries/<slug:kind>/", setup.dictionary, name="dictionary"),
    path("setup/dictionaries/<slug:kind>/<int:pk>/", setup.entry, name="entry"),
    path("setup/dictionaries/<slug:kind>/<int:pk>/move/", setup.entry_move, name="entry_move"),
    path("setup/rules/", setup.rules, name="rules"),
    path("setup/rules/new/", setup.rule_create, name="rule_create"),
    path("setup/rules/<int:pk>/", setup.rule_edit, name="rule_edit"),
    path("setup/rules/<int:pk>/move/", setup.rule_move, name="rule_move"),
    path("setup/papers/<slug:kind>/", setup.paper_template, name="paper_template"),
    path("clarifications/<int:pk>/", clarifications.clarification, name="clarification"),
    path("clarifications/<int:pk>/approve/", clarifications.approve, name="approve_clarification"),
    path("clarifications/<int:pk>/reject/", clarifications.reject, name="reject_clarification"),
    path(
        "clarifications/<int:pk>/withdraw/", clarifications.withdraw, name="withdraw_clarification"
    ),
    path("clarifications/<int:pk>/make-known/", clarifications.make_known, name="make_known"),
    path(
        "clarifications/<int:pk>/letter/", clarifications.letter_file, name="clarification_letter"
    ),
    path("disposals/", disposals.disposals, name="disposals"),
    path("disposals/propose/", disposals.propose, name="propose_disposal"),
    path("disposals/schedule/", retention.retention, name="retention"),
    path("disposals/log/", disposals.log, name="disposal_log"),
    path("disposals/<int:pk>/", disposals.batch_detail, name="disposal"),
    path("disposals/<int:pk>/review/", disposals.batch_review, name="review_disposal"),
    path("disposals/<int:pk>/approve/", disposals.batch_approve, name="approve_disposal"),
    path("disposals/<int:pk>/send-back/", disposals.batch_send_back, name="send_back_disposal"),
    path("disposals/<int:pk>/withdraw/", disposals.batch_withdraw, name="withdraw_disposal"),
    path("disposals/<int:pk>/go-on/", disposals.batch_go_on, name="go_on_disposal"),
    path("readings/", circle.readings, name="readings"),
    path("readings/<int:pk>/end/", circle.reading_end, name="end_reading"),
    path("readings/<int:pk>/acknowledge/", circle.urgent_acknowledge, name="know_urgent"),
    path("<slug:number>/", detail.lead_detail, name="detail"),
    path("<slug:number>/circle/", circle.lead_circle, name="circle"),
    path("<slug:number>/grant/", circle.lead_grant_reading, name="grant_reading"),
    path("<slug:number>/urgent/", circle.lead_look_urgently, name="urgent_look"),
    path("<slug:number>/code/", codes.lead_code, name="code"),
    path("<slug:number>/reward/", rewards.lead_reward, name="lead_reward"),
    path("<slug:number>/reply/", codes.lead_reply, name="reply"),
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
    path("<slug:number>/release/", releases.release_ask, name="ask_release"),
    path("<slug:number>/close/", closing.lead_close, name="close"),
    path("<slug:number>/close/approve/", closing.closing_approve, name="approve_closing"),
    path("<slug:number>/close/reject/", closing.closing_reject, name="reject_closing"),
    path("<slug:number>/close/recall/", closing.closing_recall, name="recall_closing"),
    path("<slug:number>/archive/", afterwards.lead_archive, name="archive"),
    path("<slug:number>/follow-up/", afterwards.lead_follow_up, name="follow_up"),
    path("<slug:number>/restart/", afterwards.lead_restart, name="restart"),
    path("<slug:number>/clarify/", clarifications.lead_clarify, name="clarify"),
    path("<slug:number>/keep-open/", fading.lead_keep_open, name="keep_open"),
    path("<slug:number>/hold/", retention.lead_hold, name="hold"),
    path("<slug:number>/hold/lift/", retention.lead_lift_hold, name="lift_hold"),
]
