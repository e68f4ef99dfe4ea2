import Foundation
import Support

/// The stack that hostile tests share: none of them may end a worker, so every one sees the others' harm.
enum Hostile {
    static let stack = Result { () throws -> Stack in
        let stack = try Stack(.http, settings: Stack.roomySettings + "log = { level = \"debug\"; };")
        try stack.admitTests()
        return stack
    }

    static let password = "correct horse battery staple 9"

    /// Whether the service still answers, and how long that took.
    static func timeOfGoodRequest(_ pool: FastCGIPool) throws -> Duration {
        let start = ContinuousClock.now
        let answer = try pool.send("GET", "/auth/healthz")
        guard answer.status == 200, answer.isFinished else {
            throw Unexpected(description: "a good request got \(answer.status.map(String.init) ?? "no answer")")
        }
        return ContinuousClock.now - start
    }

    /// What the service says of mistakes of nginx's files that tests make on purpose.
    private static let mistakesOfTests = ["sends a route to the wrong pool", "has a policy that cannot be read"]

    /// Lines of the service's log that tell of a mistake of ours. It has a line for each request of these tests, and is
    /// asked for after each endpoint: reading it here took longer than the requests.
    static func defects(of stack: Stack) throws -> [String] {
        let path = stack.directory + "/state/log/service.log"
        let found = try Command("grep", "-aF", #""level":"error""#, path).run()
        guard found.status <= 1 else { throw Unexpected(description: found.errors) }
        return found.output.split(separator: "\n").map(String.init).filter { line in
            !mistakesOfTests.contains { line.contains($0) }
        }
    }

    /// A registered user with a bearer session.
    static func user(_ login: FastCGIPool, name: String = "u" + String(UInt64.random(in: 0 ... .max), radix: 36)) throws
        -> (name: String, token: String)
    {
        let form = """
            {"email":"\(name)@example.org","username":"\(name)","password":"\(password)","carrier":"token"}
            """
        var made = try login.post("/auth/register", form)
        // Beside all other tests the database may once take too long.
        for _ in 0..<5 where made.status == 503 {
            pause(seconds: 1)
            made = try login.post("/auth/register", form)
        }
        guard made.status == 201, let token = token(in: made.body) else {
            throw Unexpected(description: "registration: \(made.status ?? 0) \(made.body)")
        }
        return (name, token)
    }

    /// The bearer token of a new session.
    static func signIn(_ login: FastCGIPool, _ name: String) throws -> String {
        let made = try login.post(
            "/auth/login", #"{"username":"\#(name)","password":"\#(password)","carrier":"token"}"#)
        guard made.status == 200, let token = token(in: made.body) else {
            throw Unexpected(description: "sign-in: \(made.status ?? 0) \(made.body)")
        }
        return token
    }

    static func token(in body: String) -> String? {
        let object = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
        return object?["token"] as? String
    }
}

/// What a test met on the way to what it tests.
struct Unexpected: Error, CustomStringConvertible {
    let description: String
}
