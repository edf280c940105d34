"""The names of the products, apart from everything else, so that the command line can know them cheaply."""

PRODUCTS = ("artemis", "amlen", "solace", "amm", "eap")
"""Each is a folder beside this file whose `product.py` holds PRODUCT."""
