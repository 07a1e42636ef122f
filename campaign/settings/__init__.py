"""Settings: `base` is common to all, `dev` for the try-out, `test` for tests, `prod` for work."""
