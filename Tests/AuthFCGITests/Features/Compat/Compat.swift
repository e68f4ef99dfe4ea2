import JSON

@testable import AuthFCGI

extension Service {
    /// A new one each time: its clock is its test's own.
    static var withProfiles: Service { Service { $0.compat = .usual } }
}

/// A JSON text as a test writes it.
func json(_ text: String) -> JSONValue? { try? JSONValue.parse(Array(text.utf8)) }

extension JSONValue {
    /// The names of an object's members, in order.
    var names: [String] { if case .object(let object) = self { object.names } else { [] } }
}
