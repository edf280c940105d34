"""Sierra Wireless AMM: a client that sees whether it answers, and a simulated pair worked by hand."""
