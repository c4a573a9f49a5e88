"""Named tensors as one safetensors object: bit-exact, without executable content."""

from collections.abc import Mapping

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from qml_core.errors import CorruptArtifact

Tensors = Mapping[str, torch.Tensor]


def encode_tensors(tensors: Tensors) -> bytes:
    """The same bytes for the same names and values, wherever these lie and whatever they share."""
    plain = {name: t.detach().to("cpu").contiguous().clone() for name, t in tensors.items()}
    data: bytes = save(plain)
    return data


def decode_tensors(data: bytes, what: str) -> dict[str, torch.Tensor]:
    """The tensors, on the CPU, by name; raises CorruptArtifact."""
    try:
        return dict(load(data))
    except (SafetensorError, ValueError, KeyError) as error:
        raise CorruptArtifact(f"{what} is no readable safetensors file") from error
