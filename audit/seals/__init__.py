"""The trail, sealed: batches of entries in a chain of hashes, and the verifier that reads it."""
