/// One statement: literal text, and a bind for every interpolation.
///
/// The text consists of literals of the source code only (`StaticString`), so nothing that comes from outside can
/// become a part of it:
///
///     "SELECT \(columns: User.self) FROM users WHERE email_key = \(email.key)"
struct SQL: ExpressibleByStringInterpolation, Sendable {
    let text: String
    let values: [Value]

    init(stringLiteral literal: StaticString) {
        text = literal.description
        values = []
    }

    init(stringInterpolation interpolation: Interpolation) {
        text = interpolation.text
        values = interpolation.values
    }

    private init(text: String, values: [Value]) {
        self.text = text
        self.values = values
    }

    /// The same statement with other values: for one that runs so often that its text is worth keeping.
    func with(_ values: any ValueConvertible...) -> SQL { with(values) }

    func with(_ values: [any ValueConvertible]) -> SQL {
        precondition(values.count == self.values.count, "one value for each that the statement was written with")
        return SQL(text: text, values: values.map(\.value))
    }

    /// Fragments one after another, for statements with a variable number of rows.
    init(joining fragments: [SQL], by separator: StaticString) {
        text = fragments.map(\.text).joined(separator: separator.description)
        values = fragments.flatMap(\.values)
    }

    struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        fileprivate var values: [Value] = []

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount)
            values.reserveCapacity(interpolationCount)
        }

        mutating func appendLiteral(_ literal: StaticString) {
            text += literal.description
        }

        /// Any value, as a bind.
        mutating func appendInterpolation(_ value: some ValueConvertible) {
            bind(value.value)
        }

        /// Any value or NULL, as a bind.
        mutating func appendInterpolation(_ value: (some ValueConvertible)?) {
            bind(value?.value ?? .null)
        }

        /// The columns that a record is read from, in its order.
        mutating func appendInterpolation(columns record: any Record.Type) {
            text += record.columns.description
        }

        /// A fragment with its binds.
        mutating func appendInterpolation(fragment: SQL) {
            text += fragment.text
            values += fragment.values
        }

        private mutating func bind(_ value: Value) {
            text += "?"
            values.append(value)
        }
    }
}
