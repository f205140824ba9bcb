"""What each kind of page shows, as frozen values: one module for each template."""
