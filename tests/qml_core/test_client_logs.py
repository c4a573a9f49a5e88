"""Loggers of clients say no more than warnings, whatever the others say."""

import logging

import pytest

from qml_core.client_logs import quiet

NAME = "a.client.of.this.test"


@pytest.fixture(autouse=True)
def _as_it_was():
    root = logging.root.level
    yield
    logging.root.setLevel(root)
    logging.getLogger(NAME).setLevel(logging.NOTSET)


@pytest.mark.parametrize("level", [logging.NOTSET, logging.DEBUG, logging.INFO])
def test_a_logger_is_kept_from_debug_and_info(level):
    logging.root.setLevel(logging.DEBUG)
    logging.getLogger(NAME).setLevel(level)
    quiet(NAME)
    assert logging.getLogger(NAME).getEffectiveLevel() == logging.WARNING


def test_a_logger_that_says_less_is_not_made_to_say_more():
    logging.getLogger(NAME).setLevel(logging.ERROR)
    quiet(NAME)
    assert logging.getLogger(NAME).level == logging.ERROR


def test_a_logger_that_follows_a_quieter_root_is_not_made_to_say_more():
    logging.root.setLevel(logging.CRITICAL)
    quiet(NAME)
    assert logging.getLogger(NAME).getEffectiveLevel() == logging.CRITICAL
