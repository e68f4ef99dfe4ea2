import Crypto
import Domain
import JSON
import Persistence
import Support
import Testing

@testable import AuthFCGI

/// Every act of an account's life, from its registration to its erasure: one row in the audit log, and the mails it owes.
@Suite struct `The acts of an account's life` {
    /// What the person holds: cookies, and what was mailed last.
    private struct Person: Sendable {
        var session = ""
        var registration = ""
        /// The public ids of the sessions, the newest last.
        var sessions: [String] = []
        var secrets: [String: String] = [:]

        subscript(secret: String) -> JSONValue { .string(secrets[secret] ?? "") }

        mutating func keep(_ response: Response) {
            for cookie in response.all("Set-Cookie") {
                let pair = String(cookie.prefix { $0 != ";" })
                if pair.hasPrefix("__Host-sid=s_") { session = pair }
                if pair.hasPrefix("__Host-registration=o_") { registration = pair }
            }
            if case .object(let session)? = response.json?["session"], let id = session["id"]?.text {
                sessions.append(id)
            }
        }
    }

    private struct Act: Sendable {
        let name: String
        let status: Int
        let event: AuditEventKind
        let mails: [String]
        let visit: @Sendable (Person) -> Visit

        init(
            _ name: String, _ status: Int, _ event: AuditEventKind, _ mails: [MailKind?] = [],
            _ visit: @escaping @Sendable (Person) -> Visit
        ) {
            self.name = name
            self.status = status
            self.event = event
            self.mails = mails.map { $0?.rawValue ?? Mail.nobody }
            self.visit = visit
        }
    }

    private static let (first, second, third): (JSONValue, JSONValue, JSONValue) = (
        .string(goodPassword), "seven green bottles standing", "six brown kettles whistling"
    )

    private static func registration(of email: JSONValue) -> Visit {
        .post("/auth/register", json: ["email": email, "username": "ann", "password": first])
    }

    private static func signIn(_ password: JSONValue, from address: String) -> Visit {
        Visit.post("/auth/login", json: ["username": "ann@example.org", "password": password])
            .with(.remoteAddress, address)
    }

    private static let beginning = [
        Act("registers with a taken address", 202, .registrationBegun, [.alreadyRegistered]) { _ in
            registration(of: "bob@example.org")
        },
        Act("registers", 202, .registrationBegun, [.verification]) { _ in registration(of: "ann@example.org") },
        Act("has the link sent again", 202, .registrationResent, [.verification]) { _ in
            .post("/auth/verify/resend", json: ["email": "ann@example.org"])
        },
        Act("has a link sent to nobody", 202, .registrationResent, [nil]) { _ in
            .post("/auth/verify/resend", json: ["email": "nobody@example.org"])
        },
        Act("does not know the password", 422, .verificationFailed) { person in
            .post("/auth/verify", json: ["token": person["verification_token"], "password": third])
        },
        Act("proves the address", 201, .registered) { person in
            Visit.post("/auth/verify", json: ["token": person["verification_token"]]).with(cookie: person.registration)
        },
        Act("mistypes the password", 401, .signInFailed) { _ in signIn(third, from: "127.0.0.1") },
        Act("signs in with another browser", 200, .signedIn) { _ in signIn(first, from: "127.0.0.1") },
        Act("signs in from there again", 200, .signedIn) { _ in signIn(first, from: "127.0.0.1") },
        Act("ends the session of before", 200, .sessionEnded) { person in
            Visit("DELETE", "/auth/sessions/\(person.sessions.dropLast().last ?? "")").with(cookie: person.session)
        },
        // Neither the browser nor the network is known to have signed in.
        Act("signs in elsewhere", 200, .signedIn, [.newDevice]) { _ in signIn(first, from: "203.0.113.5") },
        Act("signs out everywhere but there", 200, .sessionsEnded) { person in
            Visit.post("/auth/logout", json: ["scope": "others"]).with(cookie: person.session)
        },
        Act("signs out elsewhere", 200, .signedOut) { person in
            Visit.post("/auth/logout", json: [:]).with(cookie: person.session)
        },
    ]

    private static let middle = [
        Act("signs in after a week", 200, .signedIn) { _ in signIn(first, from: "127.0.0.1") },
        Act("changes the name", 200, .profileChanged) { person in
            Visit("PATCH", "/auth/me").with(type: "application/json", Array(#"{"name":"Ann"}"#.utf8))
                .with(cookie: person.session)
        },
        Act("confirms by password", 200, .confirmed) { person in
            Visit.post("/auth/confirm", json: ["current_password": first]).with(cookie: person.session)
        },
        Act("fails to confirm by password", 422, .confirmationFailed) { person in
            Visit.post("/auth/confirm", json: ["current_password": third]).with(cookie: person.session)
        },
        Act("has a code sent", 202, .codeSent, [.confirmationCode]) { person in
            Visit.post("/auth/confirm/code", json: [:]).with(cookie: person.session)
        },
        Act("mistypes the code", 422, .confirmationFailed) { person in
            let wrong = person.secrets["code"] == "00000000" ? "00000001" : "00000000"
            return Visit.post("/auth/confirm", json: ["code": .string(wrong)]).with(cookie: person.session)
        },
        Act("confirms by the code", 200, .confirmed) { person in
            Visit.post("/auth/confirm", json: ["code": person["code"]]).with(cookie: person.session)
        },
        Act("fails to change the password", 422, .passwordChangeFailed) { person in
            Visit.post("/auth/password", json: ["current_password": third, "new_password": second])
                .with(cookie: person.session)
        },
        Act("changes the password", 200, .passwordChanged, [.passwordChanged]) { person in
            Visit.post("/auth/password", json: ["current_password": first, "new_password": second])
                .with(cookie: person.session)
        },
        Act("takes his data along", 200, .exported) { person in
            Visit.post("/auth/me/export", json: [:]).with(cookie: person.session)
        },
        Act("wants an address that is taken", 202, .emailChangeBegun, [.emailTaken]) { person in
            Visit.post("/auth/email", json: ["email": "bob@example.org"]).with(cookie: person.session)
        },
        Act("wants another address", 202, .emailChangeBegun, [.emailConfirmation]) { person in
            Visit.post("/auth/email", json: ["email": "ann@example.net"]).with(cookie: person.session)
        },
        Act("confirms it", 200, .emailChanged, [.emailChanged]) { person in
            Visit.post("/auth/email/confirm", json: ["token": person["email_token"]]).with(cookie: person.session)
        },
        Act("takes it back", 200, .emailChangeUndone, [.recovery]) { person in
            .post("/auth/email/undo", json: ["token": person["undo_token"]])
        },
        Act("sets a new password", 200, .passwordReset, [.passwordChanged]) { person in
            .post(
                "/auth/recover/reset", json: ["token": person["recovery_token"], "new_password": third])
        },
        Act("says that it was not he", 200, .disowned, [.recovery]) { person in
            .post("/auth/not-me", json: ["token": person["not_me_token"]])
        },
        Act("has a link sent where nobody is", 202, .recoveryBegun, [nil]) { _ in
            .post("/auth/recover", json: ["email": "nobody@example.org"])
        },
        Act("has another link sent", 202, .recoveryBegun, [.recovery]) { _ in
            .post("/auth/recover", json: ["email": "ann@example.org"])
        },
        Act("sets a password again", 200, .passwordReset, [.passwordChanged]) { person in
            .post(
                "/auth/recover/reset", json: ["token": person["recovery_token"], "new_password": second])
        },
        Act("signs in where nothing is known any more", 200, .signedIn, [.newDevice]) { _ in
            signIn(second, from: "127.0.0.1")
        },
        Act("fails to delete the account", 422, .deletionFailed) { person in
            Visit.post("/auth/me/delete", json: ["current_password": third]).with(cookie: person.session)
        },
        Act("deletes the account", 200, .deleted, [.accountDeleted]) { person in
            Visit.post("/auth/me/delete", json: ["current_password": second]).with(cookie: person.session)
        },
        Act("says that it was not he who did", 200, .disowned, [.recovery]) { person in
            .post("/auth/not-me", json: ["token": person["not_me_token"]])
        },
    ]

    /// Where an account begins at once.
    private static let inModeOpen = [
        Act("registers", 201, .registered, [.verification]) { _ in registration(of: "ann@example.org") },
        Act("proves the address", 200, .emailVerified) { person in
            Visit.post("/auth/verify", json: ["token": person["verification_token"]]).with(cookie: person.session)
        },
    ]

    private struct OperatorsAct: Sendable {
        let event: AuditEventKind
        let mails: [MailKind]
        let act: @Sendable (Users, User, Origin, inout Store) throws -> Void

        init(
            _ event: AuditEventKind, _ mails: [MailKind] = [],
            _ act: @escaping @Sendable (Users, User, Origin, inout Store) throws -> Void
        ) {
            self.event = event
            self.mails = mails
            self.act = act
        }
    }

    private static let operators = [
        OperatorsAct(.created) { users, _, origin, store throws in
            let form = RegistrationForm(
                email: "bob@example.org", username: "bob", name: nil, password: Secret(goodPassword))
            _ = try users.create(
                NewUser(registration: form, role: "user", isVerified: true), from: origin, in: &store)
        },
        OperatorsAct(.disabled) { users, ann, origin, store throws in
            _ = try users.setDisabled(true, ann, from: origin, in: &store)
        },
        OperatorsAct(.enabled) { users, ann, origin, store throws in
            _ = try users.setDisabled(false, ann, from: origin, in: &store)
        },
        OperatorsAct(.sessionsRevoked) { users, ann, origin, store throws in
            _ = try users.revokeSessions(of: ann, from: origin, in: &store)
        },
        OperatorsAct(.restored, [.accountRestored]) { users, ann, origin, store throws in
            try store.markDeleted(ann.id, at: ann.createdAt)
            let deleted = try #require(try store.user(withID: ann.id))
            #expect(try users.restore(deleted, within: .days(30), from: origin, in: &store))
        },
        OperatorsAct(.erased) { users, ann, origin, store throws in
            let isErased = try users.erase(
                ann, because: .requested, by: .operatorOnHost, from: origin, noting: NoLedger(), in: &store)
            #expect(isErased)
        },
    ]

    /// What is looked at where it belongs: refusals are counted (AuditTests), a new hash comes with a sign-in
    /// (SignInTests), and a password is set under the migrator's account (PasswordRowTests).
    private static let elsewhere: Set<AuditEventKind> = [.limited, .passwordRehashed, .passwordSetByOperator]

    @Test func `every act that the audit log knows is done here, or elsewhere`() {
        let acts = Self.beginning + Self.middle + Self.inModeOpen
        let done = Set(acts.map(\.event) + Self.operators.map(\.event))
        #expect(done.isDisjoint(with: Self.elsewhere))
        #expect(done.union(Self.elsewhere) == Set(AuditEventKind.allCases))
    }

    private let service = Service.verifying

    @Test func `each leaves one row in the audit log and the mails that it owes`() throws {
        try withStore { store throws in
            _ = Service().register("bob", in: &store)
            var person = Person()
            try live(Self.beginning, &person, in: &store)
            // Now the address has been his for so long that he can take a change of it back.
            service.clock.advance(by: .days(8))
            try live(Self.middle, &person, in: &store)
        }
    }

    private func live(
        _ acts: [Act], _ person: inout Person, by other: Service? = nil, in store: inout Store
    ) throws {
        let service = other ?? service
        for act in acts {
            service.clock.advance(by: .seconds(1))
            let (events, mails) = (try store.auditEvents().count, try store.outbox().count)
            let answer = service.send(act.visit(person), in: &store)
            #expect(answer.status == act.status, "\(act.name): \(answer.text)")
            #expect(try store.auditEvents().dropFirst(events).map(\.event) == [act.event.rawValue], "\(act.name)")
            #expect(try store.outbox().dropFirst(mails).map(\.template) == act.mails, "\(act.name)")
            person.keep(answer)
            for mail in try store.dueMail(at: service.clock.now(), limit: 1000) where mail.template != Mail.nobody {
                person.secrets.merge(mail.values ?? [:]) { $1 }
            }
        }
    }

    @Test func `each does so where an account begins at once`() throws {
        try withStore { store throws in
            let open = Service { $0.mail.transport = .maildir }
            var person = Person()
            try live(Self.inModeOpen, &person, by: open, in: &store)
        }
    }

    @Test func `each act of an operator does so too`() throws {
        try withStore { store throws in
            _ = Service().register("ann", in: &store)
            for act in Self.operators {
                service.clock.advance(by: .seconds(1))
                let ann = try #require(try store.user(withUsername: Username(stored: "ann")))
                let origin = Origin(address: .local, userAgent: nil, requestID: RequestID(at: service.clock.now()))
                let (events, mails) = (try store.auditEvents().count, try store.outbox().count)
                try act.act(service.app.users, ann, origin, &store)
                #expect(try store.auditEvents().dropFirst(events).map(\.event) == [act.event.rawValue])
                #expect(try store.outbox().dropFirst(mails).map(\.template) == act.mails.map(\.rawValue))
            }
        }
    }

    private struct NoLedger: ErasureLedger {
        func note(_ erasure: Erasure) throws(Failure) {}
    }
}
