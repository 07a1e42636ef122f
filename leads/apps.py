from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "leads"
    verbose_name = "线索"

    def ready(self) -> None:
        from departments.services import follow_people
        from leads.conflicts.services import derive_for

        follow_people(derive_for)
