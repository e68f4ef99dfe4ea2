import Foundation
import JSON

/// JSON: what is accepted says the same to another parser, and comes back when it is written and read.
enum JSONTarget {
    @Sendable static func run(_ input: FuzzInput) throws(Violation) {
        guard let value = try? JSONValue.parse(input.bytes) else { return }
        try hold(depth(of: value) <= 32, "deeper than 32")
        for asASCII in [false, true] {
            let written = value.encoded(asASCII: asASCII)
            try hold(!asASCII || written.allSatisfy { $0 < 0x80 }, "not ASCII")
            guard let again = try? JSONValue.parse(written) else {
                throw Violation(description: "\(String(decoding: written, as: UTF8.self)) cannot be read again")
            }
            try hold(again == value, "\(value) is read again as \(again)")
            try hold(again.encoded(asASCII: asASCII) == written, "it is written differently the second time")
        }
        let other = try? JSONSerialization.jsonObject(with: Data(input.bytes), options: .fragmentsAllowed)
        guard let other else { throw Violation(description: "Foundation refuses \(value)") }
        try hold(isEqual(value, other), "Foundation reads \(other), not \(value)")
    }

    private static func depth(of value: JSONValue) -> Int {
        switch value {
        case .array(let elements): 1 + (elements.map(depth).max() ?? 0)
        case .object(let object): 1 + (object.members.map { depth(of: $0.value) }.max() ?? 0)
        default: 0
        }
    }

    /// Foundation's way over decimal numbers costs the last digit.
    private static func isNear(_ left: Double, _ right: Double) -> Bool {
        abs(left - right) <= abs(right) * 1e-14
    }

    private static func isEqual(_ value: JSONValue, _ other: Any) -> Bool {
        switch value {
        case .null: other is NSNull
        case .bool(let bool): (other as? NSNumber)?.boolValue == bool
        case .integer(let integer): (other as? NSNumber).map { $0.int64Value == integer } ?? false
        case .real(let real): (other as? NSNumber).map { isNear($0.doubleValue, real) } ?? false
        case .string(let text): (other as? String) == text
        case .array(let elements):
            (other as? [Any]).map { $0.count == elements.count && zip(elements, $0).allSatisfy(isEqual) } ?? false
        case .object(let object):
            // Two names that look alike are one for a Swift dictionary, and Foundation drops a byte order mark.
            (other as? [String: Any]).map { other in
                Set(object.names).count < object.names.count || object.names.contains { $0.contains("\u{FEFF}") }
                    || object.members.allSatisfy { member in
                        other[member.name].map { isEqual(member.value, $0) } ?? false
                    }
            } ?? false
        }
    }
}
