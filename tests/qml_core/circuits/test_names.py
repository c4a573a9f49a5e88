"""What the vocabulary knows of the encodings by name is what they say of themselves."""

import pytest

from qml_core.circuits.encodings import all_encodings, get
from qml_core.encoding_names import FIELDS_OF, own_encodings


@pytest.mark.parametrize("name", sorted(FIELDS_OF))
def test_the_fields_the_door_accepts_are_those_the_encoding_uses(name):
    assert set(get(name).parameters) == FIELDS_OF[name]


def test_every_listed_name_is_a_file_of_ours():
    assert set(FIELDS_OF) == set(own_encodings()) <= {e.name for e in all_encodings()}
