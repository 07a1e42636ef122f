"""Sessions: from where a person is signed in, and how they end."""
