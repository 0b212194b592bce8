"""What every part of labutils uses: argument checks, files and checksums, BLAS threads, the MNIST download."""
