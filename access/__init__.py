"""Who gets in, and who may do what: passwords, second factors, sessions, accounts and roles."""
