"""What a board showed, exported so that a third party can check it."""
