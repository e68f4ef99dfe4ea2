import Domain

/// A body whose kind the route takes.
enum RequestBody: Sendable {
    case none
    case form([UInt8])
    case json([UInt8])
}

extension Route {
    /// The body, if it is of a kind this route takes (security C4, I3).
    func body(of request: Request) throws(Failure) -> RequestBody {
        let bytes: [UInt8]
        switch request.body {
        case .tooLarge: throw .refused(HTTPRefusal.tooLarge)
        case .truncated: throw .refused(HTTPRefusal.malformed)
        case .complete(let complete): bytes = complete
        }
        if bytes.isEmpty && (request[.contentType] ?? "").isEmpty { return .none }
        switch ContentType(request[.contentType]) {
        case .form where bodies.contains(.form): return .form(bytes)
        case .json where bodies.contains(.json): return .json(bytes)
        case .mergePatch where bodies.contains(.mergePatch): return .json(bytes)
        default:
            if bytes.isEmpty && bodies.isEmpty { return .none }
            throw .refused(HTTPRefusal.unsupportedType)
        }
    }
}

extension Input {
    /// The decoded fields, none but those of the route.
    init(_ body: RequestBody, of route: Route) throws(Failure) {
        switch body {
        case .none: self = .empty
        case .form(let bytes): self = try .form(bytes)
        case .json(let bytes): self = try .json(bytes)
        }
        try only(Set(route.fields).union(Input.commonNames))
    }

    /// Fields that every form may carry.
    static let commonNames: Set = ["return_to", "error_to", "csrf_token"]
}
