# SPDX-License-Identifier: MIT
# Every file of tests of the command starts with `load helper`: see tests/world.bash.

bats_require_minimum_version 1.5.0
load "$abs_top_srcdir/tests/world.bash"
