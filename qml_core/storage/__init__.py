"""Artifacts: one interface over a local directory or S3, and the formats that lie in it."""
