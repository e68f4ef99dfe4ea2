import Crypto
import Foundation
import Persistence
import Support
import Synchronization
import Testing

@testable import Domain

/// Whoever ends sessions wants somebody out, and out he is: what he began in them ends as well.
@Suite struct `Keeping somebody out` {
    enum Act: CaseIterable {
        case others, global, one, revoked, disabled, local
    }

    private let moving = Moving()
    private var house: House { moving.house }

    private func perform(
        _ act: Act, of ann: OpenedSession, against thief: OpenedSession, in store: inout Store
    ) throws(Failure) {
        let caller = try moving.caller(ann, in: &store)
        switch act {
        case .others: try house.sessions.signOut(caller, scope: .others, from: .test, in: &store)
        case .global: try house.sessions.signOut(caller, scope: .global, from: .test, in: &store)
        case .local: try house.sessions.signOut(caller, scope: .local, from: .test, in: &store)
        case .one: try house.sessions.end(thief.session.id, of: caller, from: .test, in: &store)
        case .revoked: _ = try house.users.revokeSessions(of: ann.user, from: .test, in: &store)
        case .disabled:
            try house.users.setDisabled(true, ann.user, from: .test, in: &store)
            try house.users.setDisabled(false, ann.user, from: .test, in: &store)
        }
    }

    @Test(arguments: Act.allCases) func `a link for the thief's own mailbox is worth nothing then`(act: Act) throws {
        try withStore { store throws in
            let ann = try moving.settle("ann", in: &store)
            let thief = try house.signIn("ann", in: &store)
            try moving.begin("thief@example.net", by: thief, in: &store)
            house.clock.advance(by: .seconds(1))
            try house.sessions.sendCode(to: try moving.caller(thief, in: &store), from: .test, in: &store)
            house.clock.advance(by: .seconds(1))
            try perform(act, of: ann, against: thief, in: &store)
            let code = refusal { () throws(Failure) in try moving.confirm("thief@example.net", in: &store) }
            // Who signs out himself may follow his link afterwards.
            #expect(code == (act == .local ? nil : "link_invalid"))
            #expect(
                try moving.address(of: ann, in: &store) == (act == .local ? "thief@example.net" : "ann@example.org"))
        }
    }

    /// He asks for a link while the owner signs him out: his row is locked, and the link not stored yet.
    @Test func `what he begins at the same time ends too`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            let ann = try moving.settle("ann", in: &store)
            let caller = try moving.caller(ann, in: &store)
            let house = house
            let outcome = Mutex<String?>("not done")
            let owner = Thread {
                var own = schema.store()
                let code = refusal { () throws(Failure) in
                    try house.sessions.signOut(caller, scope: .others, from: .test, in: &own)
                }
                outcome.withLock { $0 = code }
            }
            let link = try store.atomically { tx throws(Failure) in
                _ = try tx.lockedUser(withID: ann.user.id)
                owner.start()
                usleep(500_000)
                return try house.token(.changeEmail, for: ann.user, in: &tx)
            }
            #expect(eventually { outcome.withLock { $0 } == nil })
            #expect(!house.lives(link, for: .changeEmail, in: &store))
        }
    }

    @Test func `a password that an operator sets leaves nothing to who knew the former one, and is told`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            var operators = schema.operatorStore()
            let ann = try moving.settle("ann", in: &store)
            try moving.begin("thief@example.net", by: ann, in: &store)
            house.clock.advance(by: .seconds(1))
            let recovery = try house.recover("ann", in: &store)
            house.clock.advance(by: .seconds(1))
            let mails = try store.outbox().count
            let digest = try house.users.digest(operatorsChoice: Secret(House.other), for: ann.user)
            try house.users.setPassword(digest, of: ann.user, from: .test, in: &operators)
            #expect(
                refusal { () throws(Failure) in try moving.confirm("thief@example.net", in: &store) } == "link_invalid")
            #expect(!house.lives(recovery, for: .reset, in: &store))
            #expect(try !house.lives(ann, in: &store))
            #expect(
                refusal { () throws(Failure) in try house.signIn("ann", in: &store) } == "authentication_failed")
            try house.signIn("ann", House.other, in: &store)
            #expect(try operators.auditEvents().map(\.event) == ["password.set_by_operator"])
            #expect(try operators.auditEvents().map(\.detail) == [#"{"ended":"1"}"#])
            #expect(
                try store.outbox().dropFirst(mails).map(\.template).sorted() == ["new_device", "password_changed"])
            let notice = try moving.link("not_me_token", .passwordChanged, to: "ann@example.org", in: &store)
            #expect(try house.users.disowning(by: notice, in: &store).blocksPassword)
        }
    }
}
