@testable import AuthFCGI

/// The gate before libfcgi: its verdict is that of the plain rule, does not change when more bytes come, and what it
/// lets through is read by libfcgi as the verdict says.
enum RecordsTarget {
    @Sendable static func run(_ input: FuzzInput) throws(Violation) {
        let (choice, rest) = input.choice
        switch choice {
        // A connection as it is.
        case UInt8(ascii: "r"): try judge(rest.bytes)
        // Name-value pairs in a request whose records are in order.
        case UInt8(ascii: "p"): try judge(request(withPairs: rest.bytes))
        // A few bytes for each record, so that also long ones can be made.
        case UInt8(ascii: "l"): try judge(long(rest.bytes))
        default: break
        }
    }

    private static func judge(_ bytes: [UInt8]) throws(Violation) {
        let bytes = Array(bytes.prefix(RecordScanner.window))
        let reference = ReferenceScanner.scan(bytes)
        try agree(bytes[...], reference)
        // The worker's window does not begin where the slice begins, and need not be read from its first byte.
        try agree(([1, 1] + bytes).dropFirst(2), reference)
        try judgePrefixes(of: bytes, reference)
        guard case .ready(let body, let request) = reference else { return }
        guard let reading = try LibraryReader.read(bytes, body: body) else {
            throw Violation(description: "libfcgi refuses what was let through")
        }
        let parameters = request.parameters.mapValues { String(decoding: $0, as: UTF8.self) }
        try hold(reading.parameters == parameters, "libfcgi reads \(reading.parameters), not \(parameters)")
        let expected: Body =
            switch body {
            case .complete: .complete(request.body)
            case .tooLarge: .tooLarge
            case .truncated: .truncated
            }
        try hold(
            reading.body == expected,
            "libfcgi reads another body: \(Self.short(reading.body)), not \(Self.short(expected))")
    }

    private static func short(_ body: Body) -> String {
        if case .complete(let bytes) = body { "\(bytes.count) bytes" } else { "\(body)" }
    }

    private static func agree(_ bytes: ArraySlice<UInt8>, _ reference: ReferenceScanner.Verdict) throws(Violation) {
        let verdict = RecordScanner.scan(bytes)
        let expected: RecordScanner.Verdict =
            switch reference {
            case .incomplete: .incomplete
            case .rejected(let reason): .rejected(reason)
            case .ready(let body, let request):
                .ready(
                    RecordScanner.Preview(
                        body: body, poolSecret: request.parameters[.poolSecret],
                        cookie: request.parameters[.cookie].map { $0[...] }))
            }
        try hold(verdict == expected, "the gate says \(verdict), the rule \(expected)")
    }

    /// A rejection stays; until there is a verdict, bytes are missing.
    private static func judgePrefixes(
        of bytes: [UInt8], _ whole: ReferenceScanner.Verdict
    ) throws(Violation) {
        // Around the ends of the first records, where something can be decided, and some places more.
        let early = bytes.count < 8192 ? [1, 2, 7, 8, 9, 15, 16, 17, 23, 24, 25] : [17]
        for count in early + [bytes.count / 2, bytes.count - 8, bytes.count - 1] where count > 0 && count < bytes.count
        {
            let prefix = bytes[..<count]
            let reference = ReferenceScanner.scan(Array(prefix))
            try agree(prefix, reference)
            guard case .rejected = reference else { continue }
            try hold(whole == reference, "\(count) bytes are \(reference), all are \(whole)")
        }
    }

    private static func request(withPairs pairs: [UInt8]) -> [UInt8] {
        record(1, [0, 1, 0, 0, 0, 0, 0, 0]) + record(4, Array(pairs.prefix(65535))) + record(4, []) + record(5, [])
    }

    /// Five bytes a record: its kind and request, the length of its content in two, its padding, what it is filled with.
    private static func long(_ program: [UInt8]) -> [UInt8] {
        var bytes = record(1, [0, 1, 0, 0, 0, 0, 0, 0])
        var rest = program[...]
        while rest.count >= 5, bytes.count <= RecordScanner.window {
            let step = Array(rest.prefix(5))
            rest = rest.dropFirst(5)
            let count = Int(step[1]) << 8 | Int(step[2])
            bytes += record(step[0] & 7, content(count, step[4]), padding: step[3], request: step[0] >> 3 & 1 ^ 1)
        }
        return bytes
    }

    /// Bytes all alike; below 128, pairs of such lengths, or the declaration of a body in the most usual case.
    private static func content(_ count: Int, _ fill: UInt8) -> [UInt8] {
        if fill == UInt8(ascii: "=") {
            let declaration = "CONTENT_LENGTH" + String(count)
            return [14, UInt8(String(count).utf8.count)] + Array(declaration.utf8)
        }
        return [UInt8](repeating: fill, count: count)
    }

    private static func record(
        _ type: UInt8, _ content: [UInt8], padding: UInt8 = 0, request: UInt8 = 1
    ) -> [UInt8] {
        [1, type, 0, request, UInt8(content.count >> 8), UInt8(content.count & 0xFF), padding, 0] + content
            + [UInt8](repeating: 0xAA, count: Int(padding))
    }
}
