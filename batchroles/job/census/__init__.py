"""Who holds what on a site, as a file: written, and read back."""
