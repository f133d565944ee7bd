"""How dates and times are written in each language, on pages, in the administration and in letters.

Django's own for English are those of the United States. `DATETIME_FORMAT` says the zone; `SHORT_DATETIME_FORMAT` is for
where that stands beside it.
"""
