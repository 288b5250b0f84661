"""Network architectures that no library brings, by kind of input."""
