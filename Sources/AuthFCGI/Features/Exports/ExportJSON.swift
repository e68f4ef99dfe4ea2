import Domain
import JSON

/// Everything that is stored about a person, as he gets it.
enum ExportJSON {
    static func of(_ export: PersonalExport) -> JSONValue {
        var object = JSONObject([("exported_at", .string(export.at.rfc3339))])
        for section in export.sections {
            let records = section.records.map(record)
            object[section.name] = section.isList ? .array(records) : records.first ?? .null
        }
        return .object(object)
    }

    private static func record(_ record: PersonalExport.Record) -> JSONValue {
        .object(JSONObject(record.members.map { ($0.name, value($0.value)) }))
    }

    private static func value(_ value: PersonalExport.Value) -> JSONValue {
        switch value {
        case .nothing: .null
        case .text(let text): .string(text)
        case .number(let number): .integer(number)
        case .flag(let flag): .bool(flag)
        case .time(let time): .string(time.rfc3339)
        case .address(let address): .string(address.text)
        case .json(let text): (try? JSONValue.parse(Array(text.utf8))) ?? .string(text)
        }
    }
}
