/// What the gate needs of the parameters; every length and every name that is read is checked on the way.
struct KnownParameters {
    /// The declared size of the body: 0 when none was declared, nil when the text is no number.
    private(set) var contentLength: Int? = 0
    private(set) var poolSecret: [UInt8]?

    init() {}

    /// Reads name-value pairs (FastCGI 1.0, section 3.4).
    init(_ bytes: [UInt8]) throws(RecordScanner.Reason) {
        var rest = bytes[...]
        var seen: Set<Parameter> = []
        while !rest.isEmpty {
            let nameCount = try Self.takeLength(&rest)
            let valueCount = try Self.takeLength(&rest)
            // Each is below 2^31, so that the sum cannot overflow here; it does in libfcgi.
            guard nameCount + valueCount <= rest.count else { throw .parameterLength }
            let name = rest.prefix(nameCount)
            let value = rest.dropFirst(nameCount).prefix(valueCount)
            rest = rest.dropFirst(nameCount + valueCount)
            // libfcgi joins both to the C string "NAME=value": such a name would be read as another one.
            guard !name.isEmpty, !name.contains(0), !name.contains(UInt8(ascii: "=")) else { throw .parameterName }
            guard let parameter = Parameter(rawValue: String(decoding: name, as: UTF8.self)) else { continue }
            guard seen.insert(parameter).inserted else { throw .duplicateParameter }
            guard !value.contains(0) else { throw .parameterValue }
            note(parameter, value)
        }
    }

    private mutating func note(_ parameter: Parameter, _ value: ArraySlice<UInt8>) {
        switch parameter {
        case .contentLength: contentLength = value.isEmpty ? 0 : Self.number(value)
        case .poolSecret: poolSecret = Array(value)
        default: break
        }
    }

    /// One byte below 128, or four with the highest bit set.
    private static func takeLength(_ rest: inout ArraySlice<UInt8>) throws(RecordScanner.Reason) -> Int {
        guard let first = rest.first else { throw .parameterLength }
        if first < 0x80 {
            rest = rest.dropFirst()
            return Int(first)
        }
        guard rest.count >= 4 else { throw .parameterLength }
        let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) } & 0x7FFF_FFFF
        rest = rest.dropFirst(4)
        return length
    }

    /// Digits only; what is beyond any body stays beyond it.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var number = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = min(number * 10 + Int(digit - UInt8(ascii: "0")), Int(UInt32.max))
        }
        return number
    }
}
