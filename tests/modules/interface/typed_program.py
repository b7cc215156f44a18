# SPDX-License-Identifier: BSD-3-Clause
"""What a type checker has to accept; it also runs. Lines with `# error` have to be refused."""
from __future__ import annotations

import array
import sys

from mpi4py import MPI
from mpi4py.typing import BufSpec


def buffers(comm: MPI.Intracomm, message: BufSpec) -> int:
    received = bytearray(8)
    status = MPI.Status()
    request: MPI.Request = comm.Isend(message, comm.rank, tag=3)
    comm.Recv([received, 8, MPI.BYTE], source=MPI.ANY_SOURCE, status=status)
    request.Wait()
    persistent: MPI.Prequest = comm.Send_init([received, MPI.BYTE], MPI.PROC_NULL)
    persistent.Start()
    persistent.Wait()
    persistent.Free()
    comm.Allreduce(MPI.IN_PLACE, [array.array("d", [1.0]), MPI.DOUBLE], op=MPI.SUM)
    comm.Send(3, 0)  # error
    comm.Recv(received, source="all")  # error
    return status.Get_count(MPI.BYTE)


def objects(comm: MPI.Intracomm) -> list[str]:
    total: int = comm.allreduce(1, op=lambda left, right: left + right)
    names: list[str] | None = comm.gather(str(total), root=0)
    everybody: list[str] = comm.bcast(names)
    request = comm.isend({"any": object}, MPI.PROC_NULL)
    finished, _ = request.test()
    while not finished:
        finished, _ = request.test()
    comm.gather("", root="zero")  # error
    return everybody


def handles(comm: MPI.Intracomm) -> dict[str, str]:
    info = MPI.Info.Create({"key": "value"})
    for key in info:
        info[key] = info[key].upper()
    copied = dict(info.items())
    info["key"] = 1  # error
    info.Free()
    status = MPI.Status()
    status.source = 2
    status.cancelled = True
    duplicate = comm.Dup()
    duplicate.name = "duplicate"
    duplicate.rank = 3  # error
    keyval = MPI.Comm.Create_keyval(delete_fn=lambda comm, key, value: None)
    duplicate.Set_attr(keyval, copied)
    duplicate.Free()
    cart: MPI.Cartcomm = comm.Create_cart([comm.size], periods=[True])
    source, dest = cart.Shift(0, 1)
    assert source + dest >= 0
    cart.Free()
    base, combiner, parameters = MPI.INT.Create_vector(2, 1, 2).decode()
    assert base is not None and combiner.lower() == "vector" and parameters["count"] == 2
    return copied


def requests(seen: list[str]) -> None:
    def query(status: MPI.Status, text: str) -> None:
        status.Set_elements(MPI.BYTE, 0)
        seen.append(text)

    def wrong(text: str) -> None:
        seen.append(text)

    general: MPI.Grequest = MPI.Grequest.Start(query, args=("queried",))
    general.Complete()
    general.Wait()
    if not seen:
        MPI.Grequest.Start(query_fn=wrong)  # error


if __name__ == "__main__":
    if "--run" in sys.argv:
        print(MPI.Get_library_version())
