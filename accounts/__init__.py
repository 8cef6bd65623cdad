"""Who a person is, and what was verified about them. Knows nothing of petitions."""
