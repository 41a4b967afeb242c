"""Photographs and signatures, from the field and from customers: their kinds and their limits."""

from callcenter.domain.vocabulary import Word

#: as sent; the device makes a photograph small before it sends it
LARGEST_MB = 8
#: as kept
LONGEST_SIDE = 1600
SMALL_SIDE = 240
#: no telephone's camera takes more; a small file that claims more is a trap
MOST_PIXELS = 60_000_000
#: of one ticket
MOST = 24
#: of them by its customer, so that there is room for the work's own
MOST_OF_CUSTOMER = 6


class Photograph(Word):
    """What a picture shows."""

    BEFORE = "before", "维修前", "Before"
    AFTER = "after", "维修后", "After"
    SITE = "site", "现场", "On site"
    SIGNATURE = "signature", "客户签字", "Customer's signature"
    CUSTOMER = "customer", "客户照片", "From the customer"


#: what those who go out take
OF_THE_FIELD = frozenset(Photograph) - {Photograph.CUSTOMER}
