"""What QAOA minimises: a graph problem, a QUBO or an Ising polynomial."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from qml_core.specs.base import Spec

Wire = Annotated[int, Field(ge=0, lt=4096)]
Weight = Annotated[float, Field(ge=-1e9, le=1e9)]


class ProblemSpec(Spec):
    """A problem from a file or from edges; every one of them is minimised as an Ising energy."""

    kind: Literal["maxcut", "independent_set", "vertex_cover", "qubo", "ising"] = Field(
        "maxcut",
        description="maxcut, independent_set, vertex_cover: of a graph; qubo: minimise xᵀQx over "
        "bits; ising: minimise a polynomial of Z",
    )
    path: str | None = Field(
        None,
        min_length=1,
        max_length=1024,
        description="Graph: edge list, CSV, GraphML, GML or JSON; qubo: CSV matrix, rows `i j "
        "value`, or JSON; ising: JSON. Local path or s3://…",
    )
    edges: tuple[tuple[Wire, Wire, Weight], ...] = Field(
        (), max_length=100_000, description="Instead of a file: [node, node, weight]"
    )
    penalty: float | None = Field(
        None,
        gt=0,
        le=1e9,
        description="independent_set, vertex_cover: energy of a violated edge; none: 2 × the "
        "largest weight of a node",
    )
    one_hot: tuple[tuple[Wire, ...], ...] = Field(
        (),
        max_length=4096,
        description="qubo, ising: groups of bits of which exactly one is 1; kept by XY mixers",
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.path is None) == (not self.edges):
            raise ValueError(f"give either path or edges, found {len(self.edges)} edges")
        if self.edges and self.kind in ("qubo", "ising"):
            raise ValueError(f"edges are of graphs, found kind={self.kind}; give path")
        if self.penalty is not None and self.kind not in ("independent_set", "vertex_cover"):
            raise ValueError(f"kind={self.kind} has no penalty, found penalty={self.penalty}")
        if self.one_hot and self.kind not in ("qubo", "ising"):
            raise ValueError(f"one_hot is of qubo and ising, found kind={self.kind}")
        if self.path is not None and "@" in self.path.rpartition("://")[2].split("/")[0]:
            raise ValueError("path holds credentials; put them into the environment instead")
        return self
