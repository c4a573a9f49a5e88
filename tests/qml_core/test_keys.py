"""Keys: the same in every process, another one for anything that changes the numbers."""

import hashlib
import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qml_core.keys import KEY_VERSION, canonical_json, digest, key
from qml_core.specs import EncodingSpec, KernelSpec

SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False)
DOCUMENTS = st.dictionaries(
    st.text(),
    st.recursive(
        SCALARS.filter(lambda x: x not in (float("inf"), float("-inf"))),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


def key_elsewhere(hash_seed: str) -> str:
    code = (
        "from qml_core.keys import key\nfrom qml_core.specs import KernelSpec\n"
        "spec = KernelSpec().model_dump(mode='json')\n"
        "print(key('matrix', kernel=spec, names=sorted({'b', 'a', 'c'})))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


def test_a_key_is_the_same_in_processes_that_hash_differently() -> None:
    here = key("matrix", kernel=KernelSpec().model_dump(mode="json"), names=["a", "b", "c"])
    assert key_elsewhere("1") == key_elsewhere("2") == here


def test_a_key_is_sha256_of_the_sorted_document_with_noun_and_version() -> None:
    text = f'{{"noun":"block","rows":[1,2],"version":{KEY_VERSION}}}'
    assert key("block", rows=[1, 2]) == hashlib.sha256(text.encode()).hexdigest()


def test_the_digest_of_nothing_is_the_published_one() -> None:
    assert digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(DOCUMENTS)
def test_canonical_json_ignores_the_order_of_keys_and_loses_nothing(document: dict) -> None:
    backwards = dict(reversed(list(document.items())))
    assert canonical_json(document) == canonical_json(backwards)
    assert json.loads(canonical_json(document)) == document


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_a_number_has_no_key(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        key("block", value=value)


def test_noun_and_every_part_change_the_key() -> None:
    keys = {key("a", x=1), key("b", x=1), key("a", x=2), key("a", y=1), key("a", x=1, y=None)}
    assert len(keys) == 5


def test_the_bandwidth_changes_the_key_of_a_kernel() -> None:
    def kernel_key(bandwidth: float) -> str:
        spec = KernelSpec(encoding=EncodingSpec(bandwidth=bandwidth))
        return key("matrix", kernel=spec.model_dump(mode="json"))

    assert kernel_key(0.5) != kernel_key(1.0)
    assert kernel_key(1.0) == key("matrix", kernel=KernelSpec().model_dump(mode="json"))
