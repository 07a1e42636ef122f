"""What is reported and to whom: periods, weekly reports, reminders, statistics and exports."""
