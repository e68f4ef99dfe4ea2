internal import CJansson

extension JSONValue {
    /// The JSON text: compact, UTF-8, members in order. A real that JSON cannot say (infinite, not a number) is null.
    ///
    /// - Parameter asASCII: writes every other character as an escape.
    package func encoded(asASCII: Bool = false) -> [UInt8] {
        let root = built()
        defer { json_decref(root) }
        let flags = Int(JSON_COMPACT | JSON_ENCODE_ANY) | (asASCII ? Int(JSON_ENSURE_ASCII) : 0)
        let count = json_dumpb(root, nil, 0, flags)
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let base = UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self)
            initialized = min(json_dumpb(root, base, count, flags), count)
        }
    }

    /// A new reference; the caller gives it back.
    private func built() -> UnsafeMutablePointer<json_t> {
        let json: UnsafeMutablePointer<json_t>? =
            switch self {
            case .null: json_null()
            case .bool(let value): value ? json_true() : json_false()
            case .integer(let value): json_integer(json_int_t(value))
            case .real(let value): value.isFinite ? json_real(value) : json_null()
            case .string(let text): JSONValue.lend(text) { json_stringn_nocheck($0, $1) }
            case .array(let elements): JSONValue.array(elements)
            case .object(let object): JSONValue.object(object)
            }
        guard let json else { preconditionFailure("out of memory") }
        return json
    }

    private static func array(_ elements: [JSONValue]) -> UnsafeMutablePointer<json_t>? {
        let array = json_array()
        for element in elements { json_array_append_new(array, element.built()) }
        return array
    }

    private static func object(_ object: JSONObject) -> UnsafeMutablePointer<json_t>? {
        let json = json_object()
        for member in object.members {
            let value = member.value.built()
            _ = lend(member.name) { json_object_setn_new_nocheck(json, $0, $1, value) }
        }
        return json
    }

    /// A Swift string is valid UTF-8, so jansson need not look again.
    private static func lend<Result>(_ text: String, _ body: (UnsafePointer<CChar>, Int) -> Result) -> Result {
        text.withCString { body($0, text.utf8.count) }
    }
}
