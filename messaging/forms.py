"""What the pages of messages ask for."""

from typing import Any

from django import forms

from messaging.models import Contact


class ReadAllForm(forms.Form):
    """The newest message that the person has seen in the list."""

    up_to = forms.IntegerField(min_value=1, max_value=2**63 - 1)


class ContactForm(forms.ModelForm):
    """How the person is reached, besides the portal itself."""

    class Meta:
        model = Contact
        fields = ["phone", "chat_name", "by_email", "by_sms", "by_chat"]
        help_texts = {
            "phone": "用于接收短信提醒。短信只写事项名称，不写线索编号和内容。",
            "chat_name": "企业微信通讯录中的账号，向管理员询问。",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            look = "form-check-input" if name.startswith("by_") else "form-control"
            field.widget.attrs["class"] = look + (" is-invalid" if name in self.errors else "")
