import Testing

/// What watches one stack, one test after the other.
@Suite(.serialized) struct WatchedTests {}
