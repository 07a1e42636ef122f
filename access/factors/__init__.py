"""The second factor: codes from an app on one's phone, and recovery codes on paper."""
