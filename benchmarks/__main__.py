"""The benchmarks that need no data, one after the other."""

import sys

from benchmarks import overhead

for model in ("efficientnet_lite0", "esc10", "modelnet10"):
    sys.argv[1:] = ["--model", model]
    overhead.main()
    print()
