"""Arrays → pictures with Matplotlib: colours, resampling, pages, and how a notebook shows a result.

Nothing below imports it: a result finds its notebook view through :mod:`wam_core.rich_display`.
"""
