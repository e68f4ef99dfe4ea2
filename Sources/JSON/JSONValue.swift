/// A JSON text as a value (RFC 8259). Objects keep the order of their members.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case real(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// The member of an object; nil when there is none, or this is no object. Only an object can be given one.
    package subscript(name: String) -> JSONValue? {
        get { if case .object(let object) = self { object[name] } else { nil } }
        set {
            guard case .object(var object) = self else { preconditionFailure("only an object has members") }
            object[name] = newValue
            self = .object(object)
        }
    }
}

/// The members of a JSON object, in order; no name stands twice.
package struct JSONObject: Sendable, Equatable {
    package struct Member: Sendable, Equatable {
        package let name: String
        package var value: JSONValue
    }

    package private(set) var members: [Member] = []

    package init() {}

    package init(_ members: [(String, JSONValue)]) {
        for (name, value) in members { self[name] = value }
    }

    package var names: [String] { members.map(\.name) }

    /// Setting nil removes the member; a new name is appended.
    package subscript(name: String) -> JSONValue? {
        get { members.first { $0.name == name }?.value }
        set {
            let index = members.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Appends without looking for the name: for a source that has refused duplicates already.
    mutating func append(unique name: String, _ value: JSONValue) {
        members.append(Member(name: name, value: value))
    }
}

/// Why bytes are not accepted as JSON.
package enum JSONProblem: Error, Equatable {
    /// Not JSON, or JSON with a duplicate name, a NUL, a lone surrogate or a number out of range.
    case invalid
    /// Nested deeper than allowed.
    case tooDeep
}
