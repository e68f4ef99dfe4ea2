internal import CJansson

extension JSONValue {
    /// Reads exactly one JSON text.
    ///
    /// Refuses duplicate names, NUL, lone surrogates, numbers out of range and anything after the text.
    package static func parse(_ bytes: [UInt8], maximumDepth: Int = 32) throws(JSONProblem) -> JSONValue {
        // jansson takes a NUL byte after the text for its end, and what follows would be passed over.
        guard !bytes.contains(0) else { throw .invalid }
        // jansson follows 2048 levels on the stack before it refuses.
        guard depth(of: bytes) <= maximumDepth else { throw .tooDeep }
        let flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY
        let root = bytes.withUnsafeBytes { buffer in
            json_loadb(buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count, Int(flags), nil)
        }
        guard let root else { throw .invalid }
        defer { json_decref(root) }
        return value(of: root)
    }

    /// How deep brackets are nested at most; exact for valid JSON and bounded by it for anything else.
    private static func depth(of bytes: [UInt8]) -> Int {
        var depth = 0
        var deepest = 0
        var inString = false
        var escaped = false
        for byte in bytes {
            if inString {
                if escaped {
                    escaped = false
                } else if byte == UInt8(ascii: "\\") {
                    escaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): inString = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                deepest = max(deepest, depth)
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
        }
        return deepest
    }

    private static func value(of json: UnsafeMutablePointer<json_t>) -> JSONValue {
        switch json.pointee.type {
        case JSON_OBJECT: .object(object(of: json))
        case JSON_ARRAY: .array((0..<json_array_size(json)).map { json_array_get(json, $0).map(value) ?? .null })
        case JSON_STRING: .string(text(json_string_value(json), json_string_length(json)))
        case JSON_INTEGER: .integer(Int64(json_integer_value(json)))
        case JSON_REAL: .real(json_real_value(json))
        case JSON_TRUE: .bool(true)
        case JSON_FALSE: .bool(false)
        default: .null
        }
    }

    private static func object(of json: UnsafeMutablePointer<json_t>) -> JSONObject {
        var object = JSONObject()
        var iterator = json_object_iter(json)
        while let member = iterator {
            let name = text(json_object_iter_key(member), json_object_iter_key_len(member))
            object.append(unique: name, json_object_iter_value(member).map(value) ?? .null)
            iterator = json_object_iter_next(json, member)
        }
        return object
    }

    private static func text(_ bytes: UnsafePointer<CChar>?, _ count: Int) -> String {
        let raw = UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count)
        return String(decoding: raw, as: UTF8.self)
    }
}
