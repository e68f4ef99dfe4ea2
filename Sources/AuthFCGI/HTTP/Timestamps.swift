import Domain
import Glibc

extension Instant {
    /// RFC 3339 in UTC with microseconds: `2026-01-31T08:05:09.000250Z`.
    var rfc3339: String {
        var seconds = time_t(seconds)
        var parts = tm()
        guard gmtime_r(&seconds, &parts) != nil else { preconditionFailure("every instant has a date") }
        let date = [padded(Int(parts.tm_year) + 1900, 4), padded(Int(parts.tm_mon) + 1), padded(Int(parts.tm_mday))]
        let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded(Int($0)) }
        let fraction = Int(((microseconds % 1_000_000) + 1_000_000) % 1_000_000)
        return "\(date.joined(separator: "-"))T\(time.joined(separator: ":")).\(padded(fraction, 6))Z"
    }

    private func padded(_ number: Int, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
