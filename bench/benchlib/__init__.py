# SPDX-License-Identifier: BSD-3-Clause
"""What the commands in bench/ are made of; tests/ uses parts of it as well."""
