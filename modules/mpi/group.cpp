// SPDX-License-Identifier: BSD-3-Clause
// Group (MPI-4.0, section 7.3).
#include "handle.hpp"
#include "module.hpp"

namespace pylaunch::mpi {

PyTypeObject Group::type{};

namespace {

int size(Group& self) {
  int result = -1;
  check(MPI_Group_size(self.ob_mpi, &result));
  return result;
}

int rank(Group& self) {
  int result = MPI_PROC_NULL;
  check(MPI_Group_rank(self.ob_mpi, &result));
  return result;
}

Ref translate_ranks(Group& self, Optional ranks, Group* group) {
  std::vector<int> mine;
  if (!ranks.is_none()) {
    mine = integers<int>(ranks);
  } else {
    for (int index = 0; index < size(self); ++index) {
      mine.push_back(index);
    }
  }
  MPI_Group world = MPI_GROUP_NULL;
  if (group == nullptr) {
    check(MPI_Comm_group(MPI_COMM_WORLD, &world));
  }
  std::vector<int> theirs(mine.size());
  const int error =
      MPI_Group_translate_ranks(self.ob_mpi, static_cast<int>(mine.size()), mine.data(),
                                group == nullptr ? world : group->ob_mpi, theirs.data());
  if (group == nullptr) {
    check(MPI_Group_free(&world));
  }
  check(error);
  return list_of(theirs);
}

int compare(Group& self, Group& group) {
  int result = MPI_UNEQUAL;
  check(MPI_Group_compare(self.ob_mpi, group.ob_mpi, &result));
  return result;
}

template <class Call>
Ref make(PyTypeObject* type, Call call) {
  MPI_Group handle = MPI_GROUP_NULL;
  check(call(&handle));
  return new_handle<Group>(type, handle);
}

Ref duplicate(Group& self) {
  return make(Py_TYPE(self.as_object()),
              [&](auto* made) { return MPI_Group_union(self.ob_mpi, MPI_GROUP_EMPTY, made); });
}

template <auto Function>
Ref combine(PyTypeObject* type, Group& group1, Group& group2) {
  return make(type, [&](auto* made) { return Function(group1.ob_mpi, group2.ob_mpi, made); });
}

template <auto Function>
Ref select(Group& self, PyObject* ranks) {
  const auto list = integers<int>(ranks);
  return make(Py_TYPE(self.as_object()), [&](auto* made) {
    return Function(self.ob_mpi, static_cast<int>(list.size()), list.data(), made);
  });
}

// (first, last, stride) triplets.
template <auto Function>
Ref select_ranges(Group& self, PyObject* ranges) {
  const Py_ssize_t count = succeed(PySequence_Size(ranges));
  std::vector<int> flat;
  for (Py_ssize_t index = 0; index < count; ++index) {
    Ref triplet = own(PySequence_GetItem(ranges, index));
    for (int value : integers<int>(triplet.get(), 3)) {
      flat.push_back(value);
    }
  }
  return make(Py_TYPE(self.as_object()), [&](auto* made) {
    return Function(self.ob_mpi, static_cast<int>(count), reinterpret_cast<int(*)[3]>(flat.data()),
                    made);
  });
}

#if MPI_VERSION >= 4
Ref from_session(PyTypeObject* type, Session& session, Text pset_name) {
  return make(type, [&](auto* made) {
    return MPI_Group_from_session_pset(session.ob_mpi, pset_name.text, made);
  });
}
#endif

void free_group(Group& self) { free_and_keep_constants(self, MPI_Group_free); }

PyMethodDef* group_methods() {
  static PyMethodDef table[] = {
    method<"Get_size", &size>("Return the number of processes in a group."),
    method<"Get_rank", &rank>("Return the rank of this process in a group."),
    method<"Translate_ranks", &translate_ranks, "ranks", "group">(
        "Translate ranks in a group to those in another group (COMM_WORLD's by default)."),
    method<"Compare", &compare, "group">("Compare two groups: IDENT, SIMILAR or UNEQUAL."),
    method<"Dup", &duplicate>("Duplicate a group."),
    method<"Union", &combine<&MPI_Group_union>, "group1", "group2">(
        "Create a new group from the union of two existing groups."),
    method<"Intersection", &combine<&MPI_Group_intersection>, "group1", "group2">(
        "Create a new group from the intersection of two existing groups."),
    method<"Intersect", &combine<&MPI_Group_intersection>, "group1", "group2">(
        "Create a new group from the intersection of two existing groups."),
    method<"Difference", &combine<&MPI_Group_difference>, "group1", "group2">(
        "Create a new group from the difference of two existing groups."),
    method<"Incl", &select<&MPI_Group_incl>, "ranks">(
        "Create a new group by including listed members."),
    method<"Excl", &select<&MPI_Group_excl>, "ranks">(
        "Create a new group by excluding listed members."),
    method<"Range_incl", &select_ranges<&MPI_Group_range_incl>, "ranks">(
        "Create a new group by including ranges of members: (first, last, stride)."),
    method<"Range_excl", &select_ranges<&MPI_Group_range_excl>, "ranks">(
        "Create a new group by excluding ranges of members: (first, last, stride)."),
#if MPI_VERSION >= 4
    method<"Create_from_session_pset", &from_session, "session", "pset_name">(
        "Create a new group from session and process set."),
#endif
    method<"Free", &free_group>("Free a group."),
    PYLAUNCH_HANDLE_METHODS(Group),
    end_of_methods(),
  };
  return table;
}

}  // namespace

void Group::free(Group& self) { free_group(self); }

void add_group(PyObject* module) {
  static PyGetSetDef properties[] = {
      PYLAUNCH_HANDLE_PROPERTY(Group),
      property<&size>("size", "Number of processes."),
      property<&rank>("rank", "Rank of this process."),
      end_of_properties(),
  };
  define_handle_type<Group>(
      module, {"mpi4py.MPI.Group", "Group of processes.", group_methods(), properties});
  define_constant<Group>(module, "GROUP_NULL", MPI_GROUP_NULL);
  define_constant<Group>(module, "GROUP_EMPTY", MPI_GROUP_EMPTY);
}

}  // namespace pylaunch::mpi
