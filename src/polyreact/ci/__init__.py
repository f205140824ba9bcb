"""What runs on GitHub Actions: pull requests checked, told and merged, and the weekly run; on a laptop as well."""
