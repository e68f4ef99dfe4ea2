import Domain
import Persistence
import Support

extension TestSchema {
    /// A store that has seen the triggers, as a worker has after a moment.
    func trustingStore() throws -> Store {
        var store = store()
        try store.lookAtTriggers(at: .test)
        return store
    }
}

extension Store {
    /// What a check tells of the user of a session.
    mutating func told(_ byte: UInt8) throws(Failure) -> String? {
        try identity(withDigest: .filled(byte)).map { identity in
            [
                identity.isActive ? "active" : "inactive", identity.email, identity.isVerified ? "proved" : "unproved",
                identity.username ?? "-", identity.name ?? "-", identity.role,
            ].joined(separator: " ")
        }
    }
}
