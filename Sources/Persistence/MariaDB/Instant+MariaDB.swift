internal import CMariaDB
internal import Domain
internal import Glibc

/// The times that a DATETIME can hold, as seconds since 1970: the years 1000 to 9999.
private let representable: ClosedRange<Int64> = -30_610_224_000...253_402_300_799

extension MYSQL_TIME {
    /// The same moment in UTC; one beyond what the database can hold becomes the nearest that it can.
    init(_ instant: Instant) {
        var seconds = time_t(min(max(instant.seconds, representable.lowerBound), representable.upperBound))
        var parts = tm()
        gmtime_r(&seconds, &parts)
        self.init()
        year = UInt32(parts.tm_year + 1900)
        month = UInt32(parts.tm_mon + 1)
        day = UInt32(parts.tm_mday)
        hour = UInt32(parts.tm_hour)
        minute = UInt32(parts.tm_min)
        second = UInt32(parts.tm_sec)
        second_part = seconds == instant.seconds ? UInt(instant.microseconds - instant.seconds * 1_000_000) : 0
        time_type = MYSQL_TIMESTAMP_DATETIME
    }
}

extension Instant {
    /// Refuses what is no time (`0000-00-00`).
    init(_ time: MYSQL_TIME) throws(MariaDBError) {
        guard (1000...9999).contains(time.year), (1...12).contains(time.month), (1...31).contains(time.day) else {
            throw MariaDBError(code: 1292, state: "22007", message: "a time that is none")
        }
        var parts = tm()
        parts.tm_year = Int32(time.year) - 1900
        parts.tm_mon = Int32(time.month) - 1
        parts.tm_mday = Int32(time.day)
        parts.tm_hour = Int32(time.hour)
        parts.tm_min = Int32(time.minute)
        parts.tm_sec = Int32(time.second)
        self.init(microseconds: Int64(timegm(&parts)) * 1_000_000 + Int64(time.second_part))
    }
}
