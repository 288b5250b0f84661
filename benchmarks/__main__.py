"""All benchmarks, one after the other."""

from benchmarks import overhead

overhead.main()
