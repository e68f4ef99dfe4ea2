import JSON
import Persistence

@testable import AuthFCGI

extension Settings.Compat {
    /// All profiles, where the example has them.
    static let everywhere = Settings.Compat(
        boilerplate: "/compat/boilerplate/api/v1", skill: "/compat/skill/auth", usrak: "/compat/usrak/auth")
}

extension Service {
    static let withProfiles = Service { $0.compat = .everywhere }
}

/// A JSON text as a test writes it.
func json(_ text: String) -> JSONValue? { try? JSONValue.parse(Array(text.utf8)) }

extension JSONValue {
    /// The names of an object's members, in order.
    var names: [String] { if case .object(let object) = self { object.names } else { [] } }
}
