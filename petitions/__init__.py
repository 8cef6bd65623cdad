"""The site: open letters, their signatures, the public log and the deliveries."""
