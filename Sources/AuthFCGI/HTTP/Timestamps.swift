import Domain
import Glibc

/// A date and a time of day in UTC.
struct CalendarTime {
    let year: Int
    let month: Int
    let day: Int
    /// 0 is Sunday.
    let weekday: Int
    /// `08:05:09`
    let time: String

    init(_ instant: Instant) {
        var seconds = time_t(instant.seconds)
        var parts = tm()
        guard gmtime_r(&seconds, &parts) != nil else { preconditionFailure("every instant has a date") }
        year = Int(parts.tm_year) + 1900
        month = Int(parts.tm_mon) + 1
        day = Int(parts.tm_mday)
        weekday = Int(parts.tm_wday)
        time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { Int($0).padded() }.joined(separator: ":")
    }

    /// `2026-01-31`
    var date: String { [year.padded(4), month.padded(), day.padded()].joined(separator: "-") }
}

extension Instant {
    /// RFC 3339 in UTC with microseconds: `2026-01-31T08:05:09.000250Z`.
    var rfc3339: String {
        let calendar = CalendarTime(self)
        let fraction = Int(((microseconds % 1_000_000) + 1_000_000) % 1_000_000)
        return "\(calendar.date)T\(calendar.time).\(fraction.padded(6))Z"
    }

    /// `Sat, 31 Jan 2026 08:05:09 +0000` (RFC 5322, section 3.3).
    var rfc5322: String {
        let calendar = CalendarTime(self)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(days[calendar.weekday]), \(calendar.day) \(months[calendar.month - 1]) \(calendar.year) "
            + "\(calendar.time) +0000"
    }

    /// `2026-01-31 08:05 UTC`, for people.
    var readable: String {
        let calendar = CalendarTime(self)
        return "\(calendar.date) \(calendar.time.prefix(5)) UTC"
    }
}

extension Int {
    /// With zeros before it.
    fileprivate func padded(_ width: Int = 2) -> String {
        let digits = String(self)
        return String(repeating: "0", count: Swift.max(0, width - digits.utf8.count)) + digits
    }
}
