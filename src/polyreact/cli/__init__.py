"""The command line: parse, call one function, print, exit. Nothing is decided here."""
