"""The whole chain: units, county, city and province, each in a network of its own, by the commands and pages that people use."""
