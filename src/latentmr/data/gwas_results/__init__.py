"""Tables of GWAS results of any tool: which columns they have, which allele is counted, and their effects."""
