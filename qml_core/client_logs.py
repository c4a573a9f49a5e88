"""Logs of clients that write credentials at DEBUG."""

import logging

AWS = ("botocore", "aiobotocore", "boto3", "s3transfer", "urllib3", "s3fs", "fsspec")
"""They write signed headers, and with them the key's id and the session token."""


def quiet(*libraries: str) -> None:
    """Keep loggers at WARNING at least, however low the level of all others is set."""
    for library in libraries:
        logger = logging.getLogger(library)
        logger.setLevel(max(logging.WARNING, logger.getEffectiveLevel()))
