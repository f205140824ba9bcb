"""Sets the time of the host."""

import ctypes
import time

from answer import answer, refused, system_call

refused("clock_settime", time.clock_settime, time.CLOCK_REALTIME, 1_000_000_000)
refused("settimeofday", system_call, 164, 170, (ctypes.c_long * 2)(1_000_000_000, 0), 0)
refused("adjtimex", system_call, 159, 171, 0)
refused("clock_adjtime", system_call, 305, 266, 0, 0)
answer()
