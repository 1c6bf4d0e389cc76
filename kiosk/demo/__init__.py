"""The whole product on one machine, with a simulated board and generated notices."""
