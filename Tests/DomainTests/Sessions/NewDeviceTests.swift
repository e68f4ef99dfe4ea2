import Crypto
import Domain
import Persistence
import Support
import Testing

@Suite struct `The notice of a new device` {
    private let house = House()
    private let elsewhere: [UInt8] = [198, 51, 100, 1]

    private func notices(_ store: inout Store) throws -> [String] { try store.outbox().map(\.template) }

    @Test func `a sign-in with an unknown browser from an unknown network is told`() throws {
        try withStore { store throws in
            try house.settle("ann", in: &store)
            house.clock.advance(by: .minutes(1))
            let opened = try house.signIn("ann", from: .from(elsewhere), in: &store)
            #expect(try notices(&store) == ["new_device"])
            #expect(try store.outbox().map(\.recipient) == ["ann@example.org"])
            let mail = try #require(try store.dueMail(at: house.clock.now(), limit: 10).first)
            #expect(mail.values?["address"] == "00000000000000000000ffffc6336401")
            let told = try house.users.disowning(by: try house.secret("not_me_token", in: &store), in: &store)
            #expect(told.event == .signedIn)
            #expect(told.at == opened.session.createdAt)
        }
    }

    @Test func `a browser or a network that the account knows is nothing new`() throws {
        try withStore { store throws in
            let ann = try house.settle("ann", in: &store).user
            let device = Device(of: ann, before: nil, at: house.clock.now())
            try house.signIn("ann", from: .from(elsewhere, on: device), in: &store)
            // From the same /24, without the device.
            try house.signIn("ann", from: .from([198, 51, 100, 200]), in: &store)
            #expect(try notices(&store) == [])
        }
    }

    @Test func `a network that was not seen for thirty days, and a device with another password, are new`() throws {
        try withStore { store throws in
            let ann = try house.settle("ann", in: &store)
            try house.signIn("ann", from: .from(elsewhere), in: &store)
            house.clock.advance(by: .days(30) + .seconds(1))
            try house.signIn("ann", from: .from(elsewhere), in: &store)
            #expect(try notices(&store) == ["new_device", "new_device"])
            let old = Device(of: ann.user, before: nil, at: house.clock.now())
            try house.reset(try house.recover("ann", in: &store), in: &store)
            try house.signIn("ann", House.other, from: .from(elsewhere, on: old), in: &store)
            #expect(try notices(&store).count { $0 == "new_device" } == 3)
        }
    }

    @Test func `where an account began is nothing new, however it began`() throws {
        try withStore { store throws in
            try house.settle("ann", in: &store)
            let verifying = House.verifying()
            let browser = try verifying.begin("bob", in: &store)
            try verifying.finish(try verifying.link("bob", in: &store), browser: browser, in: &store)
            let before = try notices(&store)
            house.clock.advance(by: .minutes(1))
            for name in ["ann@example.org", "bob@example.org"] { try house.signIn(name, in: &store) }
            #expect(try notices(&store) == before)
        }
    }

    @Test func `the first sign-in of all is told nobody, nor is one that fails`() throws {
        try withStore { store throws in
            let form = RegistrationForm(
                email: "ann@example.org", username: "ann", name: nil, password: Secret(House.password))
            let ann = try house.users.enroll(form, from: .test, in: &store)
            #expect(try store.noteProof(of: ann.email, by: ann.id, at: house.clock.now()))
            #expect(
                refusal { () throws(Failure) in try house.signIn("ann", "wrong but long enough", in: &store) } != nil)
            try house.signIn("ann", in: &store)
            let origin = Origin.from(elsewhere)
            #expect(
                refusal { () throws(Failure) in
                    try house.signIn("ann", "wrong but long enough", from: origin, in: &store)
                } == "authentication_failed")
            #expect(try notices(&store) == [])
        }
    }
}
