"""Forms of the settings pages."""

from __future__ import annotations

from typing import Any

from crispy_forms.layout import Column, Field, Row
from django import forms

from departments.models import DictionaryEntry, Domain, Unit
from leads.documents import texts
from leads.documents.models import PaperTemplate
from leads.forms.steps import page_helper
from leads.models import Conduct, RoutingRule
from leads.routing.suggestions import Facts

ANY_YES_NO = [("", "不限"), ("true", "是"), ("false", "否")]


def _any_yes_no(label: str) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        choices=ANY_YES_NO,
        required=False,
        coerce=lambda value: value == "true",
        empty_value=None,
    )


def _seen() -> forms.CharField:
    """The mark of what the page showed when it was opened (`audit.seen`)."""
    return forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)


class NewEntryForm(forms.Form):
    """A new row of a dictionary: its name is all that the office writes."""

    name = forms.CharField(label="名称")

    def __init__(self, *args: Any, model: type[DictionaryEntry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        longest = model._meta.get_field("name").max_length
        self.fields["name"] = forms.CharField(label="名称", max_length=longest)
        for flag in model.flags():
            self.fields[flag] = model._meta.get_field(flag).formfield(required=False)
        self.helper = page_helper()


class EntryForm(NewEntryForm):
    """A row of a dictionary: renamed, switched off or on."""

    seen = _seen()
    is_active = forms.BooleanField(
        label="启用",
        required=False,
        help_text="停用后不能再选，已经用到它的记录不变。",
    )


class RuleForm(forms.ModelForm):
    """A row of the routing table."""

    umbrella = _any_yes_no("涉及“保护伞”")
    seen = _seen()

    class Meta:
        model = RoutingRule
        fields = [
            "domains",
            "conducts",
            "place",
            "umbrella",
            "from_units",
            "units",
            "role",
            "reason",
            "is_active",
        ]
        widgets = {
            "domains": forms.CheckboxSelectMultiple,
            "conducts": forms.CheckboxSelectMultiple,
            "units": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args: Any, town: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.umbrella is not None:
            self.initial["umbrella"] = str(self.instance.umbrella).lower()
        self.fields["domains"].queryset = Domain.objects.active()
        self.fields["conducts"].queryset = Conduct.objects.active()
        self.fields["place"].queryset = Unit.objects.villages_in(town).order_by("path")
        self.fields["place"].empty_label = "不限"
        self.fields["units"].queryset = Unit.objects.recipients_in(town).order_by("kind", "path")
        self.helper = page_helper(
            "seen",
            Field("domains", template="leads/choice_picker.html"),
            Field("conducts", template="leads/choice_picker.html"),
            Row(
                Column("place", css_class="col-sm-6"),
                Column("umbrella", css_class="col-sm-6"),
            ),
            "from_units",
            Field("units", template="leads/choice_picker.html"),
            Row(Column("role", css_class="col-sm-6"), Column("reason", css_class="col-sm-6")),
            "is_active",
        )

    def _post_clean(self) -> None:
        """The service writes the row, and checks it: this form only reads what was typed."""


class TryForm(forms.Form):
    """试一试: a lead that one thinks up, to see where the table would send it."""

    domain = forms.ModelChoiceField(
        label="行业领域", queryset=Domain.objects.active(), required=False, empty_label="待研判"
    )
    conduct = forms.ModelChoiceField(
        label="行为类型", queryset=Conduct.objects.active(), required=False, empty_label="待研判"
    )
    place = forms.ModelChoiceField(
        label="涉及村居", queryset=Unit.objects.none(), required=False, empty_label="不详或跨村"
    )
    umbrella = forms.BooleanField(label="反映涉及“保护伞”", required=False)
    from_units = forms.BooleanField(label="单位、村居自行登记", required=False)

    def __init__(self, *args: Any, town: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = Unit.objects.villages_in(town).order_by("path")
        self.helper = page_helper(
            Row(
                Column("domain", css_class="col-sm-4"),
                Column("conduct", css_class="col-sm-4"),
                Column("place", css_class="col-sm-4"),
            ),
            Row(
                Column("umbrella", css_class="col-sm-4"),
                Column("from_units", css_class="col-sm-4"),
            ),
        )

    @property
    def facts(self) -> Facts:
        """What was chosen; only after `is_valid`."""
        chosen = self.cleaned_data
        keys = {name: getattr(chosen[name], "pk", None) for name in ("domain", "conduct", "place")}
        return Facts(**keys, umbrella=chosen["umbrella"], from_units=chosen["from_units"])


class PaperForm(forms.ModelForm):
    """The words of the papers of one kind."""

    seen = _seen()

    class Meta:
        model = PaperTemplate
        fields = ["mark", "issuer", "title", "body", "requirements"]
        widgets = {
            "body": forms.Textarea(attrs={"rows": 5}),
            "requirements": forms.Textarea(attrs={"rows": 6}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = [(f"{{{name}}}", meaning) for name, meaning in texts.PLACES.items()]
        self.helper = page_helper()

    def _post_clean(self) -> None:
        """The service writes the row, and checks it: this form only reads what was typed."""
