"""What a report page says of a circuit: an encoding, or a trained one."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """A publication: a link where the url is https; without url, its arXiv numbers are links."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class CircuitPicture:
    """The encoding circuit, or a trained one. `drawing`: text of `qml.draw`, best in one piece (a
    large max_length); `gates`: gate name -> count; `angle_range`: what the encoding expects, as
    text; `ansatz` and what follows: of a trained circuit; `parameters`: how many are trained."""

    encoding: str
    n_qubits: int
    depth: int
    gates: Mapping[str, int]
    drawing: str
    bandwidth: float | None = None
    paper: Paper | None = None
    angle_range: str = ""
    notes: tuple[str, ...] = ()
    ansatz: str = ""
    ansatz_paper: Paper | None = None
    layers: int | None = None
    parameters: int | None = None
    measurement: str = ""
