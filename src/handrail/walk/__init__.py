"""One run: events, rules, conductor and view."""
