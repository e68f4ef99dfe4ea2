import Crypto
import Domain
import Persistence
import Support
import Testing

/// Decisions 29.
@Suite struct `This was not me` {
    private let house = House()

    private static let everything: [DisownStep] = [.endSessions, .blockPassword, .startRecovery]

    @Test(arguments: [
        (AuditEventKind.signedIn, everything), (.passwordChanged, everything), (.passwordReset, everything),
        (.emailChanged, [.endSessions, .startRecovery]), (.exported, [.endSessions, .startRecovery]),
        (.restored, [.endSessions, .startRecovery]),
    ])
    func `what it does depends on the event, and is done once`(event: AuditEventKind, steps: [DisownStep]) throws {
        try withStore { store throws in
            let older = try house.register("ann", in: &store)
            house.clock.advance(by: .minutes(1))
            let token = try house.token(.notMe, for: older.user, about: event, in: &store)
            let at = house.clock.now()
            let same = try house.signIn("ann", in: &store)
            house.clock.advance(by: .minutes(1))
            let newer = try house.signIn("ann", in: &store)

            let announced = try house.users.disowning(by: token, in: &store)
            #expect(announced.event == event)
            #expect(announced.at == at)
            #expect(announced.steps == steps)

            let before = try store.auditEvents().count
            house.clock.advance(by: .seconds(1))
            try house.users.disown(by: token, from: .test, in: &store)
            let blocked = steps.contains(.blockPassword)
            #expect(try house.lives(older, in: &store) == !blocked)
            #expect(try !house.lives(same, in: &store))
            #expect(try !house.lives(newer, in: &store))
            let told = try store.auditEvents().dropFirst(before)
            #expect(told.map(\.event) == ["user.disowned_event"])
            #expect(told.first?.detail == #"{"ended":"\#(blocked ? 3 : 2)","event":"\#(event.rawValue)"}"#)
            let code = refusal { () throws(Failure) in try house.signIn("ann", in: &store) }
            #expect(code == (blocked ? "authentication_failed" : nil))

            let again = refusal { () throws(Failure) in try house.users.disown(by: token, from: .test, in: &store) }
            #expect(again == "link_invalid")
            #expect(
                refusal { () throws(Failure) in try house.users.disowning(by: token, in: &store) } == "link_invalid")
            let mail = try store.dueMail(at: house.clock.now(), limit: 1000).last { $0.template == "recovery" }
            #expect(mail?.values?["dropped"] == (blocked ? "1" : nil))
            try house.reset(try house.secret("recovery_token", in: &store), in: &store)
            try house.signIn("ann", House.other, in: &store)
        }
    }

    @Test func `looking changes nothing`() throws {
        try withStore { store throws in
            let ann = try house.register("ann", in: &store).user
            let token = try house.token(.notMe, for: ann, about: .signedIn, in: &store)
            store.startTrace()
            for _ in 0..<3 { _ = try house.users.disowning(by: token, in: &store) }
            let statements = store.takeTrace()
            #expect(statements.count == 6)
            #expect(statements.allSatisfy { $0.hasPrefix("SELECT") })
        }
    }

    @Test(arguments: [(Duration.hours(72) - .seconds(1), nil), (.hours(72), "link_expired")])
    func `it is possible for three days`(age: Duration, code: String?) throws {
        try withStore { store throws in
            try house.settle("ann", in: &store)
            try house.signIn("ann", from: .from([203, 0, 113, 5]), in: &store)
            let token = try house.secret("not_me_token", in: &store)
            house.clock.advance(by: age)
            #expect(
                refusal { () throws(Failure) in try house.users.disown(by: token, from: .test, in: &store) } == code)
        }
    }

    @Test(arguments: [
        "email = 'new@x.org', email_key = 'new@x.org'", "disabled_at = NOW(6)", "deleted_at = NOW(6)",
    ])
    func `it is dead when the address has left the account, or nobody may use it`(change: String) throws {
        try withSchema { schema throws in
            var store = schema.store()
            let ann = try house.register("ann", in: &store)
            let token = try house.token(.notMe, for: ann.user, about: .signedIn, in: &store)
            let root = try RootConnection(schema.root)
            try root.run("UPDATE users SET \(change)")
            #expect(
                refusal { () throws(Failure) in try house.users.disowning(by: token, in: &store) } == "link_invalid")
            let code = refusal { () throws(Failure) in try house.users.disown(by: token, from: .test, in: &store) }
            #expect(code == "link_invalid")
            let left = try root.rows(
                """
                SELECT (SELECT COUNT(*) FROM sessions), (SELECT COUNT(*) FROM one_time_tokens WHERE used_at IS NULL),
                    (SELECT COUNT(*) FROM outbox_messages)
                """)
            #expect(left == [["1", "1", "0"]])
        }
    }

    @Test func `a link of another purpose takes nothing back`() throws {
        try withStore { store throws in
            let ann = try house.register("ann", in: &store)
            for purpose in TokenPurpose.allCases where purpose != .notMe {
                let token = try house.token(purpose, for: ann.user, about: .signedIn, in: &store)
                let code = refusal { () throws(Failure) in try house.users.disown(by: token, from: .test, in: &store) }
                #expect(code == "link_invalid", "\(purpose)")
            }
            #expect(try house.lives(ann, in: &store))
        }
    }

    @Test func `an attacker who changed the password is out, and its owner comes in again`() throws {
        try withStore { store throws in
            let owner = try house.settle("ann", in: &store)
            house.clock.advance(by: .hours(1))
            let attacker = try house.signIn("ann", from: .from([203, 0, 113, 5]), in: &store)
            house.clock.advance(by: .minutes(1))
            try house.users.changePassword(
                PasswordChange(current: Secret(House.password), new: Secret("the thief has his own words")),
                of: try house.caller(attacker, in: &store), from: .from([203, 0, 113, 5]), in: &store)
            #expect(try store.outbox().map(\.template) == ["new_device", "password_changed"])
            #expect(try !house.lives(owner, in: &store))
            house.clock.advance(by: .hours(1))
            let link = try house.secret("not_me_token", in: &store)
            try house.users.disown(by: link, from: .test, in: &store)
            #expect(try !house.lives(attacker, in: &store))
            for password in [House.password, "the thief has his own words"] {
                let code = refusal { () throws(Failure) in try house.signIn("ann", password, in: &store) }
                #expect(code == "authentication_failed")
            }
            try house.reset(try house.secret("recovery_token", in: &store), in: &store)
            #expect(try house.signIn("ann", House.other, in: &store).user.id == owner.user.id)
        }
    }

    @Test func `a deleted account comes back, without the password that deleted it`() throws {
        try withStore { store throws in
            let ann = try house.settle("ann", in: &store)
            house.clock.advance(by: .minutes(1))
            try house.users.delete(
                try house.caller(ann, in: &store), currentPassword: Secret(House.password), from: .test, in: &store)
            let link = try house.secret("not_me_token", in: &store)
            let announced = try house.users.disowning(by: link, in: &store)
            #expect(announced.steps == [.endSessions, .blockPassword, .startRecovery, .restoreAccount])
            house.clock.advance(by: .days(2))
            try house.users.disown(by: link, from: .test, in: &store)
            #expect(try store.user(withID: ann.user.id)?.deletedAt == nil)
            #expect(try !house.lives(ann, in: &store))
            #expect(refusal { () throws(Failure) in try house.signIn("ann", in: &store) } == "authentication_failed")
            try house.reset(try house.secret("recovery_token", in: &store), in: &store)
            try house.signIn("ann", House.other, in: &store)
        }
    }

    @Test func `a deletion that is not the one of the notice stands`() throws {
        try withStore { store throws in
            let ann = try house.settle("ann", in: &store)
            let caller = try house.caller(ann, in: &store)
            try house.users.delete(caller, currentPassword: nil, from: .test, in: &store)
            let link = try house.secret("not_me_token", in: &store)
            house.clock.advance(by: .hours(1))
            try store.clearDeletion(of: ann.user.id, at: house.clock.now())
            #expect(try house.users.disowning(by: link, in: &store).steps == Self.everything)
            try store.markDeleted(ann.user.id, at: house.clock.now())
            let code = refusal { () throws(Failure) in try house.users.disown(by: link, from: .test, in: &store) }
            #expect(code == "link_invalid")
            #expect(try store.user(withID: ann.user.id)?.deletedAt != nil)
        }
    }

    /// What was asked for before the event stays where nobody knew the password; what takes something back stays always:
    /// whoever has the mailbox must not take it from the account's owner.
    @Test(arguments: [
        (AuditEventKind.emailChanged, [TokenPurpose.verify, .changeEmail, .undoEmail, .notMe, .confirm]),
        (.signedIn, [TokenPurpose.undoEmail, .notMe]),
    ])
    func `links that were under way are void`(
        event: AuditEventKind, older: [TokenPurpose]
    ) throws {
        try withStore { store throws in
            let ann = try house.register("ann", in: &store).user
            let made = { (store: inout Store) throws(Failure) -> [(TokenPurpose, Secret)] in
                var tokens: [(TokenPurpose, Secret)] = []
                for purpose in TokenPurpose.allCases {
                    tokens.append((purpose, try house.token(purpose, for: ann, about: .exported, in: &store)))
                }
                return tokens
            }
            let before = try made(&store)
            house.clock.advance(by: .microseconds(1))
            let link = try house.token(.notMe, for: ann, about: event, in: &store)
            let after = try made(&store)
            house.clock.advance(by: .hours(1))
            try house.users.disown(by: link, from: .test, in: &store)
            #expect(before.filter { house.lives($0.1, for: $0.0, in: &store) }.map(\.0) == older)
            #expect(after.filter { house.lives($0.1, for: $0.0, in: &store) }.map(\.0) == [.undoEmail, .notMe])
        }
    }

    @Test func `devices and networks that the account knew are strangers afterwards`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            try house.register("ann", in: &store)
            let ann = try house.signIn("ann", in: &store).user
            let link = try house.token(.notMe, for: ann, about: .signedIn, in: &store)
            house.clock.advance(by: .seconds(1))
            try house.users.disown(by: link, from: .test, in: &store)
            #expect(try store.user(withID: ann.id)?.passwordChangedAt == house.clock.now())
            let rows = try RootConnection(schema.root).rows(
                """
                SELECT (SELECT COUNT(*) FROM known_networks),
                    (SELECT COUNT(*) FROM password_hashes JOIN users ON id = user_id)
                """)
            #expect(rows == [["0", "0"]])
        }
    }
}
