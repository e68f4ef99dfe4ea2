internal import Crypto
internal import Glibc

extension KeyDirectory {
    /// One file of the directory and what `create` did with it.
    struct Step: Equatable {
        let path: String
        let wasCreated: Bool
    }

    /// Makes what is missing and touches nothing that exists: the directory 0700, its files 0400.
    ///
    /// An include for nginx is made from the pool's secret, so it can be made again; a secret cannot.
    func create(date: String) throws(PrivateFile.Problem) -> [Step] {
        try makeDirectory(path)
        try makeDirectory(path + "/nginx")
        var steps = [try makeFile(keyringPath) { () throws(PrivateFile.Problem) in Keyring.newFile(created: date) }]
        for pool in Pool.serving {
            steps.append(
                try makeFile(secretPath(of: pool)) { () throws(PrivateFile.Problem) in
                    Hex.encode(Random.bytes(32)) + "\n"
                })
            steps.append(
                try makeFile(includePath(of: pool)) { () throws(PrivateFile.Problem) in
                    let text = try secret(of: pool).reveal()
                    guard text.utf8.allSatisfy(Self.isPlain) else {
                        throw PrivateFile.Problem(description: "\(secretPath(of: pool)) is not letters and digits only")
                    }
                    return "fastcgi_param AUTHFCGI_POOL_SECRET \"\(text)\";\n"
                })
        }
        return steps
    }

    /// What nginx takes literally between quotes.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }

    private func makeDirectory(_ path: String) throws(PrivateFile.Problem) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw PrivateFile.Problem(description: "\(path) cannot be made: \(String(cString: strerror(errno)))")
        }
    }

    /// Written under another name and linked into place, so the file is never there in part and never replaced.
    private func makeFile(
        _ path: String, content: () throws(PrivateFile.Problem) -> String
    ) throws(PrivateFile.Problem) -> Step {
        if access(path, F_OK) == 0 { return Step(path: path, wasCreated: false) }
        var bytes = Array(try content().utf8)
        defer { wipe(&bytes) }
        let draft = "\(path).\(getpid()).new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o400)
        guard descriptor >= 0 else { throw Self.notWritten(path) }
        defer { unlink(draft) }
        let isWritten = write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        guard close(descriptor) == 0, isWritten else { throw Self.notWritten(path) }
        if link(draft, path) == 0 { return Step(path: path, wasCreated: true) }
        guard errno == EEXIST else { throw Self.notWritten(path) }
        return Step(path: path, wasCreated: false)
    }

    private static func notWritten(_ path: String) -> PrivateFile.Problem {
        PrivateFile.Problem(description: "\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
}
