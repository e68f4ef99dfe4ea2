/// What the gate needs of the parameters; every length and every name that is read is checked on the way.
struct KnownParameters {
    typealias Reason = RecordScanner.Reason

    /// The declared size of the body: 0 when none was declared, nil when the text is no number.
    private(set) var contentLength: Int? = 0
    private(set) var poolSecret: [UInt8]?
    private(set) var cookie: ArraySlice<UInt8>?

    init() {}

    /// Reads name-value pairs (FastCGI 1.0, section 3.4).
    init(_ bytes: [UInt8]) throws(Reason) {
        var place = 0
        var seen: UInt64 = 0
        while place < bytes.count {
            let nameCount = try Self.takeLength(bytes, &place)
            let valueCount = try Self.takeLength(bytes, &place)
            // Each is below 2^31, so that the sum cannot overflow here; it does in libfcgi.
            guard nameCount + valueCount <= bytes.count - place else { throw .parameterLength }
            let name = bytes[place..<place + nameCount]
            let value = bytes[place + nameCount..<place + nameCount + valueCount]
            place += nameCount + valueCount
            // libfcgi joins both to the C string "NAME=value": such a name would be read as another one.
            guard !name.isEmpty, !name.contains(0), !name.contains(UInt8(ascii: "=")) else { throw .parameterName }
            guard let number = Parameter.number(of: name) else { continue }
            guard seen & 1 << number == 0 else { throw .duplicateParameter }
            seen |= 1 << number
            guard !value.contains(0) else { throw .parameterValue }
            note(Parameter.numbered[number], value)
        }
    }

    private mutating func note(_ parameter: Parameter, _ value: ArraySlice<UInt8>) {
        switch parameter {
        case .contentLength: contentLength = value.isEmpty ? 0 : Self.number(value)
        case .poolSecret: poolSecret = Array(value)
        case .cookie: cookie = value
        default: break
        }
    }

    /// One byte below 128, or four with the highest bit set.
    private static func takeLength(_ bytes: [UInt8], _ place: inout Int) throws(Reason) -> Int {
        guard place < bytes.count else { throw .parameterLength }
        let first = bytes[place]
        if first < 0x80 {
            place += 1
            return Int(first)
        }
        guard bytes.count - place >= 4 else { throw .parameterLength }
        var length = Int(first & 0x7F)
        for index in place + 1..<place + 4 { length = length << 8 | Int(bytes[index]) }
        place += 4
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

extension Parameter {
    /// All of them, each with its number in a set of bits.
    fileprivate static let numbered: [Parameter] = {
        precondition(allCases.count <= UInt64.bitWidth, "a set of parameters needs more bits")
        return Array(allCases)
    }()

    private static let names = numbered.map { Array($0.rawValue.utf8)[...] }

    /// The number of the parameter with this name; no string is made of what came from outside.
    fileprivate static func number(of name: ArraySlice<UInt8>) -> Int? {
        names.firstIndex { $0.count == name.count && $0 == name }
    }
}
