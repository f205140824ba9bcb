"""A page before it is rendered: where it stands, which template shows it, and what is shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the site.

    `view` is made of frozen dataclasses, tuples and plain values, without sets or mappings: pages with equal views
    have the same bytes, and a page is rendered again only where its view is another. Charts stand in it as their
    values and are drawn by the template. `section` is the path of the entry of the main navigation that it belongs
    to. `title` and `description` are clean text, not escaped.
    """

    path: str
    template: str
    view: object
    title: str
    description: str
    section: str
