"""How Sphinx makes the site from these pages: `make docs`, which lays them out first (scripts/docs_sources.py)."""

project = "polyreact"
author = "The polyreact authors"
project_copyright = author
html_title = "Antibody Polyreactivity Benchmark"

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_templates", "_static"]
templates_path = ["_templates"]

# Every reference leads somewhere, but for the types of other packages, whose pages would have to be fetched.
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(np|npt|numpy|pathlib|collections)\..*"),
    ("py:class", r"polyreact\.(files\.Sha256|sequences\.SequenceId|tracks\.track\.TrackId)"),  # strings by name
    ("py:class", r"Digest|RegionName|StringConstraints|datetime"),  # as annotations of records name them
]

myst_heading_anchors = 6

# Docstrings are plain sentences, in which names stand between single backticks.
default_role = "code"
add_module_names = False
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
python_display_short_literal_types = True

html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_use_index = False
html_domain_indices = False
# A summary of each page found would be fetched, which no browser does for a page that was opened as a file.
html_show_search_summary = False
html_sidebars = {"**": ["section-pages"], "index": [], "search": []}
html_theme_options = {
    "logo": {"text": "polyreact"},
    "navbar_center": ["navbar-nav", "board-link"],
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "search_bar_text": "Search the documentation",
    "header_links_before_dropdown": 6,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def _leave_out_inline_scripts(app, pagename, templatename, context, doctree):  # noqa: ANN001, ANN202, ARG001
    """The theme writes a page's name into the page, for a choice of versions that this site has not."""
    context["script_files"] = [script for script in context["script_files"] if script.filename]


def _leave_out_model_signatures(app, what, name, found, options, signature, returned):  # noqa: ANN001, ANN202, ARG001
    """Models are made by reading a document, and their constructors take what pydantic knows of each field."""
    return ("()", None) if what == "class" and hasattr(found, "model_fields") else None


def setup(app):  # noqa: ANN001, ANN201
    """Sphinx asks for this."""
    app.connect("autodoc-process-signature", _leave_out_model_signatures)
    app.connect("html-page-context", _leave_out_inline_scripts, priority=900)
