"""Is an explanation true? Measurements beside controls, for any number of axes."""
