package import Domain

/// An office is a lock of the server, which ends with the connection. Its name is the schema's, of which one server may
/// have many.
extension Store: OfficeStore {
    package mutating func take(_ office: Office) throws(Failure) -> OfficeAnswer {
        let name = Self.lock(of: office)
        let row = try read(
            """
            SELECT IF(IS_USED_LOCK(\(fragment: name)) = CONNECTION_ID(), 1, GET_LOCK(\(fragment: name), 0)),
                UTC_TIMESTAMP(6)
            """
        ).first
        guard var row else { throw .defect("a SELECT without a table has no row") }
        return OfficeAnswer(isHeld: try row.optional(Bool.self) ?? false, time: try row.next())
    }

    package mutating func leave(_ office: Office) throws(Failure) {
        _ = try read("SELECT RELEASE_LOCK(\(fragment: Self.lock(of: office)))")
    }

    private static func lock(of office: Office) -> SQL {
        "CONCAT('authfcgi/', \(office.rawValue), '/', MD5(DATABASE()))"
    }
}
