import Domain
import Foundation
import Persistence
import Support
import Testing

@Suite struct TransactionTests {
    private struct No: Refusal {
        let code = "no"
        let kind = RefusalKind.invalid
    }

    @Test func `what fails leaves nothing, in a transaction and in a savepoint`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            try store.atomically { tx throws(Failure) in
                _ = try tx.insert(.named("kept"))
                do throws(Failure) {
                    try tx.atomically { inner throws(Failure) in
                        _ = try inner.insert(.named("undone"))
                        throw .refused(No())
                    }
                } catch {
                    // Only the savepoint is undone.
                }
            }
            #expect(throws: Failure.self) {
                try store.atomically { tx throws(Failure) in
                    _ = try tx.insert(.named("never"))
                    throw .refused(No())
                }
            }
            #expect(
                try schema.store(reading: { try $0.users(after: nil, limit: 9, deleted: true) }).map(\.name) == ["kept"]
            )
        }
    }

    @Test func `a deadlock runs the body again`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            let users = [User.named("one"), User.named("two")]
            for user in users { _ = try store.insert(user) }
            // The other one locks two, then wants one; this one locks one, then wants two.
            let other = try RootConnection(schema.root)
            try other.run("START TRANSACTION")
            try other.run("UPDATE users SET name = 'other' WHERE email_key = 'two@example.org'")
            // A heavy transaction survives: the server gives up the lighter one, which is ours.
            try other.run("INSERT INTO usernames SELECT seq, REPEAT('u', 16), NOW(), NULL FROM seq_1_to_500")
            var runs = 0
            let release = Thread {
                usleep(200_000)
                try? other.run("UPDATE users SET name = 'other' WHERE email_key = 'one@example.org'")
                try? other.run("COMMIT")
            }
            try store.atomically { tx throws(Failure) in
                runs += 1
                try tx.setDisabled(true, users[0].id, at: .test)
                if runs == 1 { release.start() }
                try tx.setDisabled(true, users[1].id, at: .test)
            }
            #expect(runs == 2)
            #expect(try store.users(after: nil, limit: 9, deleted: true).allSatisfy { $0.disabledAt == .test })
        }
    }
}
