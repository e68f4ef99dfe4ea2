/// A kind of request in mixed traffic.
package enum LoadKind: String, Sendable, CaseIterable {
    /// A page behind the check.
    case check
    /// One's own profile.
    case profile
    /// Another display name.
    case rename
    case signIn
    case registration
    case passwordChange

    /// The status of an answer that says that all went well.
    var success: Int { self == .registration ? 201 : 200 }

    /// Whether sending it a second time does nothing that the first time did not.
    var isRepeatable: Bool { self == .check || self == .profile }
}

/// What became of a request, seen from the client.
package enum LoadOutcome: Sendable, Equatable {
    case answered(Int)
    /// Nobody took the connection.
    case refused
    /// The connection ended before the whole answer was there.
    case broken
    /// No whole answer in the time that the client waits.
    case timedOut
}

/// What a request was to change, with what its answer told of it.
package enum LoadAct: Sendable, Equatable {
    /// The ids as the answer has them, nil when there was none.
    case registration(user: String?, session: String?)
    case signIn(session: String?)
    case rename(name: String)
    case passwordChange(password: String)
}

/// One request of a load client, and what became of it.
package struct LoadEntry: Sendable {
    package let kind: LoadKind
    /// The e-mail address of whoever sent it.
    package let person: String
    /// When it should have been sent. A client that is held up sends late, and its users wait from here on.
    package let due: ContinuousClock.Instant
    package let start: ContinuousClock.Instant
    package let end: ContinuousClock.Instant
    package let outcome: LoadOutcome
    /// `Retry-After` of the answer, in seconds.
    package let retryAfter: Int?
    package let act: LoadAct?

    package var latency: Duration { end - due }
    /// The time between sending and the end, whatever the client itself was late.
    package var duration: Duration { end - start }
    package var isFailure: Bool { outcome != .answered(kind.success) }
    /// An act may have happened although it was not acknowledged: the answer was lost, or 503 came from the web server.
    package var isAmbiguous: Bool {
        if case .answered(let status) = outcome { return status >= 500 }
        return outcome != .refused
    }
}

extension LoadEntry: CustomStringConvertible {
    package var description: String {
        "\(kind.rawValue) \(outcome) after \(duration.milliseconds) ms"
    }
}

extension Duration {
    package var milliseconds: Double {
        Double(components.seconds) * 1e3 + Double(components.attoseconds) / 1e15
    }
}
