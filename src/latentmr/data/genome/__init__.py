"""Work on whole genomes: principal components, clumping, kinship, selection of instruments."""
