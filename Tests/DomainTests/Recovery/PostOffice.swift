import Crypto
import Domain
import Persistence
import Support
import Synchronization

/// The mails of everybody, delivered to their mailboxes. Several threads may fetch.
final class PostOffice: Sendable {
    private let mailboxes = Mutex<[String: [QueuedMail]]>([:])

    private static let batch = 100

    /// Delivers what is due, as the courier does; what is for nobody never arrives.
    func fetch(from store: inout Store, at now: Instant) throws(Failure) {
        try mailboxes.withLock { (mailboxes: inout sending [String: [QueuedMail]]) throws(Failure) in
            while true {
                let due = try store.dueMail(at: now, limit: Self.batch)
                for mail in due {
                    try store.noteDelivery(of: mail.id, at: now)
                    if mail.template != Mail.nobody { mailboxes[mail.recipient, default: []].append(mail) }
                }
                if due.count < Self.batch { return }
            }
        }
    }

    /// The secrets of one name in these mailboxes, the oldest first.
    func links(_ name: String, to addresses: [String]) -> [MailedLink] {
        mailboxes.withLock { mailboxes in
            addresses.flatMap { mailboxes[$0] ?? [] }
                .sorted { $0.createdAt < $1.createdAt }
                .compactMap { mail in mail.values?[name].map { MailedLink(recipient: mail.recipient, text: $0) } }
        }
    }

    /// Every secret that these mailboxes ever had, the oldest first.
    func secrets(of addresses: [String]) -> [String] {
        mailboxes.withLock { mailboxes in
            addresses.flatMap { mailboxes[$0] ?? [] }
                .sorted { $0.createdAt < $1.createdAt }
                .flatMap { mail in (mail.values ?? [:]).filter { $0.key.hasSuffix("_token") }.map(\.value) }
        }
    }
}

/// The secret of a link, and the mailbox that it came to.
struct MailedLink: Sendable {
    let recipient: String
    let text: String

    var secret: Secret { Secret(text) }
}

/// Where two people meet: the addresses of each, the service, and the mail.
struct Scene: Sendable {
    let number: Int
    let house: House
    let post: PostOffice

    /// The owner reads both; the first is the one that the intruder is after.
    var owners: [String] { ["ann\(number)@example.org", "ann\(number)@example.net"] }
    /// The intruder reads both.
    var intruders: [String] { ["eve\(number)@example.com", "eve\(number)@example.edu"] }

    var isOpen: Bool { house.users.registration == .open }

    /// Each has addresses of his own, which nobody else's acts are counted with.
    ///
    /// - Parameter network: where the owner is at the moment.
    func ownersOrigin(_ network: Int = 0) -> Origin { origin(20 + UInt8(network)) }

    func intrudersOrigin(on device: Device? = nil) -> Origin { origin(30, on: device) }

    private func origin(_ network: UInt8, on device: Device? = nil) -> Origin {
        .from([network, UInt8(number / 256), UInt8(number % 256), 7], on: device)
    }

    static func address(_ text: String) -> EmailAddress { EmailAddress(storedText: text, key: text) }
}

/// What an act came to.
enum ActOutcome: Equatable, Sendable {
    case done
    /// There was nothing to do it with.
    case idle
    case refused(String)

    init(_ body: () throws(Failure) -> Bool) throws(Failure) {
        do throws(Failure) {
            self = try body() ? .done : .idle
        } catch {
            guard case .refused(let refusal) = error else { throw error }
            self = .refused(refusal.code)
        }
    }
}

/// How often things happened.
struct Tally: Sendable {
    private(set) var counts: [String: Int] = [:]

    mutating func note(_ name: String) { counts[name, default: 0] += 1 }

    mutating func add(_ other: Tally) { counts.merge(other.counts, uniquingKeysWith: +) }

    subscript(_ name: String) -> Int { counts[name, default: 0] }

    var text: String { counts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "\n") }
}
