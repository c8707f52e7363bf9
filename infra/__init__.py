"""Where the loop runs: nested stacks, builds and the twin."""
