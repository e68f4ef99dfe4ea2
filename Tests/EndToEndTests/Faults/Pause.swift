import Foundation

/// Lets the time pass in which something else happens.
func pause(seconds: Double) {
    usleep(UInt32(seconds * 1_000_000))
}
