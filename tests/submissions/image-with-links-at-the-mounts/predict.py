"""Has links where the input and the output are to stand."""

import os

from answer import answer

print(os.path.realpath("/data"), os.path.realpath("/output"))
answer()
