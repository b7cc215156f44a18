# SPDX-License-Identifier: BSD-3-Clause
# cmake -DFILE=... -DSTAMP=... -P: STAMP is written anew when the content of FILE has changed. Packages keep the
# time at which their files were built, so that after an update make and ninja would take FILE for old.
file(SHA256 ${FILE} hash)
file(CONFIGURE OUTPUT ${STAMP} CONTENT "${hash}\n")
