internal import Domain

/// A way by which mail leaves.
protocol MailTransport: ~Copyable {
    /// Delivers one mail; takes at most a minute or so.
    mutating func deliver(_ message: MailMessage) -> DeliveryOutcome
}
