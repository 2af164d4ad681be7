"""From results to pages: what is gathered, the tables and figures made of it, and the HTML."""
