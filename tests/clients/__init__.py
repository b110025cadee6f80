"""Real Matrix clients against the server: matrix-nio, matrix-js-sdk, and the start-up of two apps."""
