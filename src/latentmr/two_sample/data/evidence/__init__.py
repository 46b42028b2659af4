"""Evidence against misreading tables of GWAS results: each check with its thresholds and its words."""
