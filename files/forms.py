"""The part of a form that takes files, to stand beside any other form on a page."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from files import services
from files.kinds import Kind, accepted, labels_of
from files.models import StoredFile
from files.uploads import megabytes


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Any number of uploads; each is looked at by `services.receive`, not here."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [upload for upload in data or [] if upload]


class DroppedField(forms.MultipleChoiceField):
    """Keys of files to take off again. One that is gone already is no error: a second click."""

    def clean(self, value: Any) -> list[int]:
        return [int(key) for key in value or [] if re.fullmatch(r"[0-9]{1,18}", key)]


class UploadsForm(forms.Form):
    """Files beside another form, within the same form tag.

    What arrives is stored at once under the form's token, even when something else on the page
    is wrong: the page shown again lists it, and nobody has to choose it again. `stored` are the
    files that now stand under the token and were not taken off again.
    """

    token = forms.UUIDField(widget=forms.HiddenInput, required=False)
    dropped = DroppedField(required=False)
    chosen = ManyFilesField(label="附件", required=False)

    @classmethod
    def of(cls, request: HttpRequest, **kwargs: Any) -> UploadsForm:
        """The one form of this request: what the request brought is taken in once."""
        if not hasattr(request, "uploads_form"):
            request.uploads_form = cls(request, **kwargs)
        return request.uploads_form

    def __init__(
        self,
        request: HttpRequest,
        *,
        required: bool = False,
        take: bool = True,
        kinds: Collection[Kind] | None = None,
    ) -> None:
        """Without `take`, nothing that the request brought is looked at but its token. `kinds` are
        those that are taken here; all that the portal accepts where none are named."""
        self.kinds = accepted() if kinds is None else kinds
        self.owner = request.user
        self.required = required
        self.stored: list[StoredFile] = []
        token = _token(request.POST.get("uploads-token"))
        # Known once the request's body has been parsed.
        self.broken_off = getattr(request, "upload_broken_off", "")
        bound = take and request.method == "POST"
        data = request.POST.copy() if bound else None
        if bound:
            data["uploads-token"] = str(token)
        elif request.method == "POST":
            self.stored = list(StoredFile.objects.waiting_under(token, self.owner))
        super().__init__(
            data, request.FILES if bound else None, prefix="uploads", initial={"token": token}
        )
        self.fields["chosen"].help_text = _help(self.kinds)
        suffixes = [suffix for kind in self.kinds for suffix in kind.suffixes]
        # Naming pictures as such makes a phone offer its camera.
        self.fields["chosen"].widget.attrs["accept"] = ",".join(["image/*", *suffixes])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        token = cleaned["token"]
        services.drop(keys=cleaned["dropped"], owner=self.owner)
        waiting = StoredFile.objects.waiting_under(token, self.owner)
        room = settings.PORTAL_FILES_AT_ONCE - waiting.count()
        received = []
        for upload in cleaned.get("chosen", ()):
            if room <= 0:
                most = settings.PORTAL_FILES_AT_ONCE
                self.add_error("chosen", f"一次最多 {most} 个文件，从“{upload.name}”起没有收下。")
                break
            try:
                given = {"owner": self.owner, "token": token, "kinds": self.kinds}
                received.append(services.receive(upload=upload, **given))
                room -= 1
            except ValidationError as refused:
                self.add_error("chosen", refused)
        if self.broken_off:
            self.add_error("chosen", self.broken_off)
        # After a second click, what has come is in use already.
        self.stored = list(waiting.all()) or received
        if self.required and not self.stored and not self.errors:
            self.add_error("chosen", "请至少选择一个文件。")
        return cleaned


def _token(text: str | None) -> uuid.UUID:
    """The token that the page carried; a new one where it carried none, or nonsense."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return uuid.uuid4()


def _help(kinds: Collection[Kind]) -> str:
    return (
        f"可一次选择多个，手机可直接拍照。接收{labels_of(kinds)}；"
        f"单个不超过 {megabytes(settings.PORTAL_FILE_BYTES)}，"
        f"一次不超过 {settings.PORTAL_FILES_AT_ONCE} 个。"
    )
