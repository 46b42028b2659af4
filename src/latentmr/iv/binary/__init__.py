"""Binary outcomes: risk differences, risk ratios and odds ratios."""
