"""The fields of a filter bar, on every long list: they must not cost more than the list."""

from __future__ import annotations

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django import forms, template
from django.forms import BoundField
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from pages.markup import escaped

register = template.Library()


@register.filter
def as_filter_field(field: BoundField) -> SafeString:
    """Label, control and errors as the form pack writes them.

    Written in Python: the pack renders a template for every option, and a bar offers hundreds.
    Controls other than inputs and plain selects are left to the pack.
    """
    widget = field.field.widget
    if isinstance(widget, forms.Select) and not widget.allow_multiple_selected:
        control = _select(field, widget)
    elif isinstance(widget, forms.widgets.Input) and not isinstance(widget, forms.CheckboxInput):
        control = _input(field, widget)
    else:
        return as_crispy_field(field)
    return format_html(
        '<div id="div_{}" class="mb-3"><label for="{}" class="form-label">{}</label>{}{}</div>',
        field.auto_id,
        field.id_for_label,
        field.label,
        control,
        _errors(field),
    )


@register.filter
def as_filter_input(field: BoundField) -> SafeString:
    """A field that is not shown, as a plain input."""
    given = {"type": "hidden", "name": field.html_name, "id": field.auto_id}
    value = field.field.widget.format_value(field.value())
    return format_html("<input{}>", flatatt(given if value is None else given | {"value": value}))


def _select(field: BoundField, widget: forms.Select) -> SafeString:
    chosen = set(widget.format_value(field.value()))
    options = "".join(
        f'<option value="{escaped(value)}"{" selected" if str(value) in chosen else ""}>'
        f"{escaped(label)}</option>"
        for value, label in (("" if key is None else key, label) for key, label in widget.choices)
    )
    attributes = flatatt(_attributes(field, widget, "form-select"))
    return mark_safe(f"<select{attributes}>{options}</select>")  # noqa: S308  escaped above


def _input(field: BoundField, widget: forms.widgets.Input) -> SafeString:
    attributes = _attributes(field, widget, "form-control")
    attributes.setdefault("type", widget.input_type)
    value = widget.format_value(field.value())
    if value is not None:
        attributes["value"] = value
    return format_html("<input{}>", flatatt(attributes))


def _attributes(field: BoundField, widget: forms.Widget, style: str) -> dict[str, object]:
    given = {"name": field.html_name, "id": field.auto_id}
    attributes = field.build_widget_attrs(widget.attrs | given, widget)
    attributes["class"] = f"{style} is-invalid" if field.errors else style
    return attributes


def _errors(field: BoundField) -> SafeString | str:
    if not field.errors:
        return ""
    return format_html(
        '<div id="{}_error" class="invalid-feedback">{}</div>',
        field.auto_id,
        format_html_join("", "<p><strong>{}</strong></p>", ((error,) for error in field.errors)),
    )
