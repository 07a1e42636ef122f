from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"
    verbose_name = "报送与统计"

    def ready(self) -> None:
        from departments.calendar.services import follow_calendar
        from reporting.periods.services import replan

        follow_calendar(replan)
