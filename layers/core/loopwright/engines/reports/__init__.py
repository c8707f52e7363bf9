"""Reports as pages: Jinja for the text, pygal for the charts."""
