import Domain

/// What a body came to. A body over the limit, or one that ended early, is refused before anything reads it.
enum Body: Sendable, Equatable {
    case complete([UInt8])
    case tooLarge
    case truncated

    /// The largest accepted body in bytes (security I3).
    static let limit = 64 * 1024
}

/// One request, bounded and immutable. Parameters are read when they are asked for.
struct Request {
    let id: RequestID
    let body: Body
    private let parameters: any ParameterSource

    init(id: RequestID, parameters: any ParameterSource, body: Body) {
        self.id = id
        self.parameters = parameters
        self.body = body
    }

    subscript(parameter: Parameter) -> String? { parameters.value(of: parameter) }
}
