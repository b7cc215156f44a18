# SPDX-License-Identifier: BSD-3-Clause
"""The types that the module's docstrings do not say, for its stubs."""

PREAMBLE = '''
# SPDX-License-Identifier: BSD-3-Clause
# Written by modules/interface/describe.py; do not edit.
from _thread import LockType
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from os import PathLike
from typing import Any, ClassVar, Final, final

from typing_extensions import CapsuleType, Concatenate, Self, TypeAlias

from .typing import Buffer, BufSpec, BufSpecB, BufSpecV, BufSpecW, InPlace, TargetSpec, TypeSpec

_PickledObject: TypeAlias = Any  # what pickle takes; who receives it knows what was sent
_AttributeValue: TypeAlias = Any  # what a program keeps with a handle, or what MPI does
_DatatypeParameter: TypeAlias = int | list[int] | list[Datatype]
_Reduced: TypeAlias = str | tuple[object, ...]  # see object.__reduce__()
'''

PATH = "str | bytes | PathLike[str]"
OPERATION = "Op | Callable[[_PickledObject, _PickledObject], _PickledObject] | None"
ITEMS = "Info | Mapping[str, str] | Iterable[tuple[str, str]]"

# By name, or by (function, name) or (class, function, name). {owner} is the class.
PARAMETERS = {
    **dict.fromkeys(("buf", "sendbuf", "recvbuf", "origin", "result", "inbuf", "inoutbuf", "outbuf"),
                    "BufSpec"),
    **dict.fromkeys(("recvcounts", "ranks", "dims", "coords", "sizes", "subsizes", "starts",
                     "blocklengths", "displacements", "partitions", "degrees", "sources",
                     "destinations", "index", "edges", "gsizes", "distribs", "dargs", "psizes"),
                    "Sequence[int]"),
    **dict.fromkeys(("sourceweights", "destweights", "weights"), "Sequence[int] | None"),
    "periods": "Sequence[bool] | bool | None", "remain_dims": "Sequence[bool] | bool",
    **{(function, "recvcounts"): "Sequence[int] | None"
       for function in ("Reduce_scatter", "Ireduce_scatter", "Reduce_scatter_init")},
    ("Pready_list", "partitions"): "Sequence[int]",
    ("Psend_init", "partitions"): "int", ("Precv_init", "partitions"): "int",
    ("Translate_ranks", "ranks"): "Sequence[int] | None",
    ("Get_attr", "keyval"): "int",
    "requests": "Sequence[Request]",
    "statuses": "list[Status] | None",
    "ranges": "Sequence[tuple[int, int, int]]",
    "datatypes": "Sequence[Datatype]", "datatype": "TypeSpec", "etype": "TypeSpec",
    "target": "TargetSpec | None",
    "errhandler_fn": "Callable[[{owner}, int], None]",
    "function": "Callable[[buffer, buffer, Datatype], None]",
    "copy_fn": "Callable[[{owner}, int, _AttributeValue], _AttributeValue] | None",
    "delete_fn": "Callable[[{owner}, int, _AttributeValue], None] | None",
    "query_fn": "Callable[Concatenate[Status, ...], None] | None",
    "free_fn": "Callable[..., None] | None",  # they get `args` and `kwargs`, whatever these are
    "cancel_fn": "Callable[Concatenate[bool, ...], None] | None",
    ("Start", "args"): "Iterable[object] | None",
    ("Start", "kwargs"): "Mapping[str, object] | None",
    **dict.fromkeys(("obj", "sendobj"), "_PickledObject"),
    "attrval": "_AttributeValue", "combiner": "str",
    "params": "Mapping[str, _DatatypeParameter]",
    ("_comm_lock", "key"): "object",
    **{(function, "arg"): "object" for function in ("_addressof", "_handleof", "_sizeof")},
    **dict.fromkeys(("read_fn", "write_fn"),
                    "Callable[[buffer, Datatype, int, buffer, int], None] | None"),
    "extent_fn": "Callable[[Datatype], int] | None",
    **{(function, "op"): OPERATION for function in ("allreduce", "reduce", "scan", "exscan")},
    ("Attach_buffer", "buf"): "Buffer | BufferAutomaticType | None",
    ("recv", "buf"): "Buffer | None", ("irecv", "buf"): "Buffer | int | None",
    ("sendrecv", "recvbuf"): "Buffer | None",
    **{(function, "comm"): "Intracomm | None" for function in ("Allocate", "Allocate_shared",
                                                        "Create_dynamic")},
    ("Win", "Create", "comm"): "Intracomm | None", "compare": "BufSpec",
    ("frombuffer", "obj"): "Buffer", "address": "int", "mem": "buffer",
    ("Status", "f2py", "arg"): "list[int]",
    ("Spawn", "command"): PATH, ("Spawn_multiple", "command"): f"Sequence[{PATH}]",
    ("Spawn_multiple", "args"): "Sequence[Sequence[str] | None] | None",
    ("Spawn_multiple", "errcodes"): "list[list[int]] | None",
    ("Spawn_multiple", "maxprocs"): "Sequence[int] | None",
    ("fromcode", "code"): "str", "datarep": "str | None",
    ("Create", "items"): ITEMS + " | None", ("update", "items"): ITEMS,
    **{(function, "key"): "str" for function in ("get", "pop")},
    **{(function, "default"): "str | None" for function in ("get", "pop")},
    "more": "str",
    "flag": "Buffer", "num_to_ack": "int | None",
    "memory": "Buffer | None", "location": "Buffer",
    "info": "Info | None", "stringtag": "str | None", "args": "Sequence[str] | None",
    "errcodes": "list[int] | None", "filename": PATH,
    "format": "str", "shape": "Sequence[int] | None", "data": "Buffer",
    "buffers": "Iterable[Buffer]", "order": "str | None",
}

# What functions return whose C++ type does not say it.
RETURNS = {
    **dict.fromkeys(("Isend", "Ibsend", "Issend", "Irsend", "Irecv", "Isendrecv",
                     "Isendrecv_replace", "isend", "ibsend", "issend", "irecv", "Ibarrier", "Ibcast",
                     "Igather", "Igatherv", "Iscatter", "Iscatterv", "Iallgather", "Iallgatherv",
                     "Ialltoall", "Ialltoallv", "Ialltoallw", "Ireduce", "Iallreduce",
                     "Ireduce_scatter", "Ireduce_scatter_block", "Iscan", "Iexscan",
                     "Ineighbor_allgather", "Ineighbor_allgatherv", "Ineighbor_alltoall",
                     "Ineighbor_alltoallv", "Ineighbor_alltoallw", "Iagree", "Rput", "Rget",
                     "Raccumulate", "Rget_accumulate", "Iflush_buffer", "Iread", "Iwrite", "Iread_at",
                     "Iwrite_at", "Iread_all", "Iwrite_all", "Iread_at_all", "Iwrite_at_all", "Iread_shared",
                     "Iwrite_shared"), "Request"),
    **dict.fromkeys(("Send_init", "Bsend_init", "Ssend_init", "Rsend_init", "Recv_init",
                     "Psend_init", "Precv_init", "Barrier_init", "Bcast_init", "Gather_init",
                     "Gatherv_init", "Scatter_init", "Scatterv_init", "Allgather_init",
                     "Allgatherv_init", "Alltoall_init", "Alltoallv_init", "Alltoallw_init",
                     "Reduce_init", "Allreduce_init", "Reduce_scatter_init",
                     "Reduce_scatter_block_init", "Scan_init", "Exscan_init",
                     "Neighbor_allgather_init", "Neighbor_allgatherv_init",
                     "Neighbor_alltoall_init", "Neighbor_alltoallv_init",
                     "Neighbor_alltoallw_init"), "Prequest"),
    **dict.fromkeys(("Mprobe", "mprobe"), "Message"),
    **dict.fromkeys(("Improbe", "improbe"), "Message | None"),
    **dict.fromkeys(("Clone", "Dup", "Dup_with_info", "fromhandle", "fromint", "f2py", "copy"),
                    "Self"),
    **dict.fromkeys(("Idup", "Idup_with_info"), "tuple[Self, Request]"),
    **dict.fromkeys(("Get_group", "group", "Union", "Intersection", "Difference", "Incl", "Excl",
                     "Range_incl", "Range_excl", "Get_remote_group", "remote_group", "Get_failed",
                     "Intersect"), "Group"),
    **dict.fromkeys(("Get_info", "info", "Create_env", "Get_pset_info", "Get_hw_resource_info"),
                    "Info"),
    **dict.fromkeys(("Create_errhandler", "Get_errhandler"), "Errhandler"),
    **dict.fromkeys(("Create_intercomm", "Get_parent", "Join", "Accept", "Connect", "Spawn",
                     "Spawn_multiple", "Create_from_groups"), "Intercomm"),
    **dict.fromkeys(("Merge", "Create_from_group"), "Intracomm"),
    **dict.fromkeys(("Create_cart", "Sub"), "Cartcomm"),
    "Create_graph": "Graphcomm",
    **dict.fromkeys(("Create_dist_graph", "Create_dist_graph_adjacent"), "Distgraphcomm"),
    **dict.fromkeys(("recv", "sendrecv", "bcast", "scatter", "reduce", "allreduce", "scan",
                     "exscan", "loads", "loads_oob", "wait"), "_PickledObject"),
    "Get_attr": "_AttributeValue | None",
    **dict.fromkeys(("gather", ), "list[_PickledObject] | None"),
    **dict.fromkeys(("allgather", "alltoall", "neighbor_allgather", "neighbor_alltoall",
                     "waitall"), "list[_PickledObject]"),
    **dict.fromkeys(("test",), "tuple[bool, _PickledObject | None]"),
    **dict.fromkeys(("Testany", "Get_status_any", "get_status_any"), "tuple[int, bool]"),
    "waitany": "tuple[int, _PickledObject]",
    "testany": "tuple[int, bool, _PickledObject | None]",
    "testall": "tuple[bool, list[_PickledObject] | None]",
    **dict.fromkeys(("Waitsome", "Testsome", "Get_status_some", "get_status_some"),
                    "list[int] | None"),
    **dict.fromkeys(("waitsome", "testsome"),
                    "tuple[list[int] | None, list[_PickledObject] | None]"),
    **dict.fromkeys(("Get_version",), "tuple[int, int]"),
    "get_vendor": "tuple[str, tuple[int, int, int]]",
    **dict.fromkeys(("Get_extent", "extents", "Get_true_extent", "Shift"), "tuple[int, int]"),
    **dict.fromkeys(("allocate", "frombuffer", "fromaddress", "toreadonly", "tomemory"), "buffer"),
    "cast": "memoryview", "tobytes": "bytes", "Alloc_mem": "buffer",
    **dict.fromkeys(("Create_contiguous", "Create_vector", "Create_hvector", "Create_indexed",
                     "Create_hindexed", "Create_indexed_block", "Create_hindexed_block",
                     "Create_struct", "Create_subarray", "Create_darray", "Create_resized",
                     "Create_f90_integer", "Create_f90_real", "Create_f90_complex", "Match_size",
                     "Create_dup", "Resized", "Commit", "fromcode"), "Datatype"),
    **dict.fromkeys(("decode", "_datatype_decode"),
                    "tuple[Datatype, str, dict[str, _DatatypeParameter]]"),
    "_datatype_create": "Datatype", "_typecode": "str | None", "_typealign": "int | None",
    "_commctx_intra": "tuple[Intracomm, int]",
    "_commctx_inter": "tuple[Intercomm, int, Intracomm, bool]",
    "_comm_lock": "LockType",
    **dict.fromkeys(("Compute_dims", "Get_coords", "coords", "dims", "Get_neighbors", "neighbors",
                     "index", "edges", "Translate_ranks"), "list[int]"),
    "Shared_query": "tuple[buffer, int]",
    **dict.fromkeys(("Get_topo", "topo"), "tuple[list[int], list[int], list[int]]"),
    "periods": "list[int]", "Get_dims": "tuple[int, int]", "degrees": "tuple[int, int]",
    **dict.fromkeys(("inedges", "outedges"), "list[int]"),
    "inoutedges": "tuple[list[int], list[int]]", "Get_dist_neighbors_count": "tuple[int, int, bool]",
    "Get_dist_neighbors":
        "tuple[list[int], list[int], tuple[list[int], list[int]] | None]",
    "attrs": "tuple[int, int, int]", "Detach_buffer": "Buffer | None",
    "Get_abi_version": "tuple[int, int]",
    **dict.fromkeys(("Get_abi_info", "Get_abi_fortran_info"), "Info"),
    "Get_view": "tuple[int, Datatype, Datatype, str]",
    **dict.fromkeys(("keys", "values"), "list[str]"), "items": "list[tuple[str, str]]",
    "popitem": "tuple[str, str]",
    "Get_envelope": "tuple[int, int, int, int, int]", "envelope": "tuple[int, int, int, int, int]",
    **dict.fromkeys(("Get_contents", "contents"),
                    "tuple[list[int], list[int], list[int], list[Datatype]]"),
    "Get_value_index": "Datatype", "PROTOCOL": "int | None", "THRESHOLD": "int",
    "update": "None", "pop": "str",
    "dumps": "bytes", "dumps_oob": "tuple[bytes, list[buffer]]",
    "_comm_lock_table": "dict[object, LockType]",
    "__reduce__": "_Reduced",
}

# By (class, name), where the name alone does not tell.
CLASS_RETURNS = {
    ("Win", "Create"): "Self", ("Win", "Allocate"): "Self", ("Win", "Allocate_shared"): "Self",
    ("Win", "Create_dynamic"): "Self", ("File", "Open"): "Self", ("Info", "Create"): "Self",
    ("Session", "Init"): "Self", ("Op", "Create"): "Self", ("Grequest", "Start"): "Grequest",
    ("Graphcomm", "Get_topo"): "tuple[list[int], list[int]]",
    ("Graphcomm", "topo"): "tuple[list[int], list[int]]",
    ("Status", "f2py"): "Status", ("Status", "py2f"): "list[int]",
    ("Session", "Create_group"): "Group", ("Intracomm", "Create_group"): "Intracomm",
    ("Group", "Create_from_session_pset"): "Self",
    ("Comm", "Create"): "Comm", ("Comm", "Split"): "Comm", ("Comm", "Split_type"): "Comm",
    ("Comm", "Shrink"): "Comm", ("Comm", "Ishrink"): "tuple[Comm, Request]",
    ("Message", "Probe"): "Message", ("Message", "Iprobe"): "Message | None",
    ("Message", "probe"): "Message", ("Message", "iprobe"): "Message | None",
    ("Info", "Get"): "str | None", ("Info", "get"): "str | None",
    ("buffer", "obj"): "Buffer | None",
}

# What a class is made from: a handle of its family is copied.
CONSTRUCTORS = {
    **{name: f"{family.lower()}: {family} | None = ..." for family, names in (
        ("Status", "Status"), ("Datatype", "Datatype"), ("Request", "Request Prequest Grequest"),
        ("Message", "Message"), ("Op", "Op"), ("Group", "Group"), ("Info", "Info"),
        ("Errhandler", "Errhandler"), ("Session", "Session"), ("Win", "Win"), ("File", "File"),
        ("Comm", "Comm Intracomm Intercomm Topocomm Cartcomm Graphcomm Distgraphcomm"))
       for name in names.split()},
    "buffer": "buf: Buffer = ...", "Exception": "ierr: int = ...",
    "Pickle": "dumps: Callable[[_PickledObject, int], bytes] | None = ..., "
              "loads: Callable[[Buffer], _PickledObject] | None = ..., "
              "protocol: int | None = ..., threshold: int | None = ...",
}
