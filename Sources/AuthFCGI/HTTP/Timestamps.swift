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

    /// Reads what `rfc3339` writes of the years since 1970, and nothing else.
    init?(rfc3339 text: String) {
        // Each number has few digits: `timegm` takes days and months of any size, and a sum of such is no time any more.
        let numbers = text.split(omittingEmptySubsequences: false) { !("0"..."9").contains($0) }
        guard numbers.map(\.utf8.count) == [4, 2, 2, 2, 2, 2, 6, 0] else { return nil }
        let values = numbers.compactMap { Int32($0) }
        guard values.count == 7, values[0] >= 1970 else { return nil }
        var parts = tm()
        parts.tm_year = values[0] - 1900
        parts.tm_mon = values[1] - 1
        parts.tm_mday = values[2]
        parts.tm_hour = values[3]
        parts.tm_min = values[4]
        parts.tm_sec = values[5]
        self.init(microseconds: Int64(timegm(&parts)) * 1_000_000 + Int64(values[6]))
        guard rfc3339 == text else { return nil }
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
