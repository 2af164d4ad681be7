"""What the paper prints, cell by cell, with how sure each value is."""
