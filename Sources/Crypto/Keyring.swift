/// What a derived key is for; a key never serves two purposes.
package enum KeyPurpose: String, Sendable, CaseIterable {
    /// HMAC over the Argon2id output of a password.
    case pepper
    /// Names of budgets and other things that are looked up without being stored.
    case lookup
    /// Tokens against forged requests, bound to a session.
    case csrf
    /// The cookie that carries kept form values.
    case flash
    /// The cookie by which an account knows a browser.
    case device
    /// What a queued mail says.
    case mail
    /// The MAC over a row of the audit log.
    case auditMAC = "audit-mac"
    /// Personal fields of the audit log.
    case auditPersonal = "audit-personal"
    /// The MAC over a line of the ledger of erasures.
    case ledger
}

/// The versioned master keys of one installation; every other key is derived from them by purpose.
///
/// A file has one line a key: `ID CREATED STATE KEY`, for example
/// `1 2026-01-31 active <64 hexadecimal digits>`. Exactly one key is active; retired keys only verify.
package struct Keyring: Sendable {
    package typealias KeyID = UInt32

    private struct Master: Sendable {
        let id: KeyID
        let isActive: Bool
        let key: Secret
    }

    /// Why a keyring file is not accepted; the text tells the operator what to do and never quotes the file.
    package struct Problem: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    package let activeID: KeyID
    private let derived: [KeyPurpose: [KeyID: Secret]]

    /// Reads the text of a keyring file.
    package init(parsing text: String) throws(Problem) {
        var masters: [Master] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            if line.isEmpty || line.hasPrefix("#") { continue }
            masters.append(try Keyring.master(String(line), number: index + 1))
        }
        guard let active = masters.first(where: \.isActive), masters.count(where: \.isActive) == 1 else {
            throw Problem(description: "a keyring needs exactly one active key; make one with `authfcgi key create`")
        }
        guard Set(masters.map(\.id)).count == masters.count else {
            throw Problem(description: "two keys of the keyring have the same id")
        }
        activeID = active.id
        var derived: [KeyPurpose: [KeyID: Secret]] = [:]
        for purpose in KeyPurpose.allCases {
            for master in masters {
                let info = "authfcgi/\(purpose.rawValue)/v1"
                derived[purpose, default: [:]][master.id] = KeyDerivation.hkdf(master: master.key, info: info)
            }
        }
        self.derived = derived
    }

    private static func master(_ line: String, number: Int) throws(Problem) -> Master {
        let fields = line.split(separator: " ")
        guard fields.count == 4, let id = KeyID(fields[0]), id > 0, isDate(fields[1]) else {
            throw Problem(description: "line \(number) of the keyring is not `ID CREATED STATE KEY`")
        }
        guard fields[2] == "active" || fields[2] == "retired" else {
            throw Problem(description: "line \(number) of the keyring: the state is `active` or `retired`")
        }
        guard var key = Hex.decode(String(fields[3])), key.count == 32, Set(key).count > 8 else {
            throw Problem(description: "line \(number) of the keyring: the key is not 32 random bytes in hexadecimal")
        }
        defer { wipe(&key) }
        return Master(id: id, isActive: fields[2] == "active", key: Secret(key))
    }

    /// `2026-01-31`; it only tells people, so the calendar is not asked.
    private static func isDate(_ text: Substring) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.map(\.count) == [4, 2, 2] && parts.joined().allSatisfy { (0x30...0x39).contains($0) }
    }

    /// The text of a new keyring with one random key.
    package static func newFile(created date: String) -> String {
        "# Master keys of AuthFCGI. Whoever has this file and the database can try passwords: keep it 0400.\n"
            + "1 \(date) active \(Hex.encode(Random.bytes(32)))\n"
    }

    /// The key that new values are made with.
    package func active(_ purpose: KeyPurpose) -> Secret {
        guard let key = key(purpose, id: activeID) else { preconditionFailure("the active key exists by construction") }
        return key
    }

    /// The key that made an existing value, if it is still here.
    package func key(_ purpose: KeyPurpose, id: KeyID) -> Secret? {
        derived[purpose]?[id]
    }

    /// A key that belongs to one person and is gone when that person's salt is destroyed.
    package func personal(_ purpose: KeyPurpose, salt: [UInt8]) -> Secret {
        Keyring.personal(active(purpose), salt: salt)
    }

    /// The same one that made an existing value, if its master key is still here.
    package func personal(_ purpose: KeyPurpose, salt: [UInt8], id: KeyID) -> Secret? {
        key(purpose, id: id).map { Keyring.personal($0, salt: salt) }
    }

    private static func personal(_ key: Secret, salt: [UInt8]) -> Secret {
        KeyDerivation.hkdf(master: key, info: "authfcgi/person/\(Hex.encode(salt))")
    }
}
