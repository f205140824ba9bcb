"""Figures as they were published, which several tests hold us to."""

#: Specific and polyreactive antibodies of each set.
PUBLISHED_COUNTS = [
    ("boughter@1", 443, 471),
    ("boughter@2", 340, 341),
    ("harvey-test", 11_553, 13_454),
    ("harvey-validation-test", 18_848, 20_772),
    ("jain", 57, 29),
    ("jain-116", 94, 22),
    ("jain-parity", 59, 27),
    ("shehata", 391, 7),
]
