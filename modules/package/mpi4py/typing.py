# SPDX-License-Identifier: BSD-3-Clause
"""Types for annotations: what the arguments of ``mpi4py.MPI`` may be.

The names and what they stand for are those of mpi4py 4.1's ``mpi4py.typing``.
"""

from typing import Any, Dict, List, Optional, Protocol, Sequence, SupportsIndex, Tuple, TypeVar, Union

from .MPI import BottomType, Datatype, InPlaceType

__all__ = [
    "SupportsBuffer", "SupportsDLPack", "SupportsCAI", "Buffer", "Bottom", "InPlace",
    "Aint", "Count", "Displ", "Offset",
    "TypeSpec", "BufSpec", "BufSpecB", "BufSpecV", "BufSpecW", "TargetSpec",
]


class SupportsBuffer(Protocol):
    """An object with Python's buffer protocol: ``bytearray``, ``array.array``, ``numpy.ndarray``."""

    def __buffer__(self, flags: int, /) -> memoryview:
        """The object's memory. Called from Python since CPython 3.12 (PEP 688)."""


class SupportsDLPack(Protocol):
    """An object with the DLPack protocol of the Python array API standard."""

    def __dlpack__(self, /, *, stream: Optional[Union[int, Any]] = None) -> object:
        """A capsule with a DLManagedTensor; ``stream`` is the consumer's stream."""

    def __dlpack_device__(self) -> Tuple[int, int]:
        """(device type, device number)."""


class SupportsCAI(Protocol):
    """An object with Numba's CUDA array interface."""

    @property
    def __cuda_array_interface__(self) -> Dict[str, Any]:
        """Its shape, typestr, data (address, read-only) and version, and optional entries."""


Buffer = Union[SupportsBuffer, SupportsDLPack, SupportsCAI]

Bottom = Union[BottomType, None]  # addresses count from MPI_BOTTOM
InPlace = Union[InPlaceType, None]  # what is sent lies in the receive buffer already

Aint = SupportsIndex  # MPI_Aint
Count = SupportsIndex  # MPI_Count: a number of elements
Displ = SupportsIndex  # MPI_Aint: elements from the buffer's begin
Offset = SupportsIndex  # MPI_Offset: a position in a file

TypeSpec = Union[Datatype, str]  # or a struct/NumPy type code such as "d"

_Counts = Sequence[Count]
_Displs = Sequence[Displ]

# One buffer for one process.
BufSpec = Union[
    Buffer,
    Tuple[Buffer, Count],
    Tuple[Buffer, TypeSpec],
    Tuple[Buffer, Count, TypeSpec],
    Tuple[Bottom, Count, Datatype],
    List[Any],
]

# One block of the same size for each process: Gather, Scatter, Alltoall.
BufSpecB = Union[
    Buffer,
    Tuple[Buffer, Count],
    Tuple[Buffer, TypeSpec],
    Tuple[Buffer, Count, TypeSpec],
    List[Any],
]

# One block for each process, with counts and displacements: Gatherv, Scatterv, Alltoallv.
BufSpecV = Union[
    Buffer,
    Tuple[Buffer, _Counts],
    Tuple[Buffer, Tuple[_Counts, _Displs]],
    Tuple[Buffer, TypeSpec],
    Tuple[Buffer, _Counts, TypeSpec],
    Tuple[Buffer, Tuple[_Counts, _Displs], TypeSpec],
    Tuple[Buffer, _Counts, _Displs, TypeSpec],
    Tuple[Bottom, Tuple[_Counts, _Displs], Datatype],
    Tuple[Bottom, _Counts, _Displs, Datatype],
    List[Any],
]

# One block for each process, with a datatype of its own, displacements in bytes: Alltoallw.
BufSpecW = Union[
    Tuple[Buffer, Sequence[Datatype]],
    Tuple[Buffer, Tuple[_Counts, _Displs], Sequence[Datatype]],
    Tuple[Buffer, _Counts, _Displs, Sequence[Datatype]],
    Tuple[Bottom, Tuple[_Counts, _Displs], Sequence[Datatype]],
    Tuple[Bottom, _Counts, _Displs, Sequence[Datatype]],
    List[Any],
]

# Where in a window: displacement, count and datatype, as many as are needed.
TargetSpec = Union[
    Displ,
    Tuple[()],
    Tuple[Displ],
    Tuple[Displ, Count],
    Tuple[Displ, Count, TypeSpec],
    List[Any],
]

S = TypeVar("S")
T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")
