"""Settings: `base` holds what is common, `dev` the try-out, `test` the tests, `prod` the real thing."""
