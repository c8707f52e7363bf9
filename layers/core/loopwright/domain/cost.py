"""What a function's seconds cost, by the public prices of AWS Lambda.

Prices are those of x86_64 in us-east-1 at the first tier, without the free tier, as listed on
2026-11-23 at https://aws.amazon.com/lambda/pricing/; arm64 costs a fifth less. They tell an order
of magnitude; the bill tells the truth.
"""

DOLLARS_PER_GB_SECOND = 0.0000166667
DOLLARS_PER_REQUEST = 0.0000002
_MIB_PER_GB = 1_024
_CENTS_PER_DOLLAR = 100


def function_cents(seconds: float, memory_mib: int) -> float:
    """Return the cents of one call: GB-seconds and the request, to a ten-thousandth of a cent."""
    dollars = seconds * memory_mib / _MIB_PER_GB * DOLLARS_PER_GB_SECOND + DOLLARS_PER_REQUEST
    return round(dollars * _CENTS_PER_DOLLAR, 4)
