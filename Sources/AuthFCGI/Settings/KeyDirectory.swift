internal import Crypto

/// The directory with the master keys and the secret of each pool (security X1).
struct KeyDirectory: Sendable {
    let path: String

    init(_ path: String) {
        self.path = path
    }

    var keyringPath: String { path + "/keyring" }

    func secretPath(of pool: Pool) -> String { "\(path)/\(pool.rawValue).secret" }

    /// What nginx includes, so that it can prove itself to a pool.
    func includePath(of pool: Pool) -> String { "\(path)/nginx/\(pool.rawValue).conf" }

    func keyring() throws(PrivateFile.Problem) -> Keyring {
        let content = try PrivateFile.read(keyringPath)
        do throws(Keyring.Problem) {
            return try Keyring(parsing: content.reveal())
        } catch {
            throw PrivateFile.Problem(description: "\(keyringPath): \(error.description)")
        }
    }

    /// At least 32 characters that are not all alike; `authfcgi key create` makes 64 hexadecimal digits.
    func secret(of pool: Pool) throws(PrivateFile.Problem) -> Secret {
        let path = secretPath(of: pool)
        let secret = try PrivateFile.readLine(path)
        let distinct = secret.withBytes { Set($0).count }
        guard secret.count >= 32, distinct >= 8 else {
            throw PrivateFile.Problem(
                description: "\(path) is too short or too plain; remove it and run `authfcgi key create`")
        }
        return secret
    }
}
