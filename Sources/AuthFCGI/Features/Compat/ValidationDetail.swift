import Domain
import JSON

/// What FastAPI says of a refused body; never what was typed.
enum ValidationDetail {
    static func json(_ told: Answer.Told, calling name: (String) -> String) -> JSONValue {
        guard told.status == 422, !told.complaints.isEmpty else {
            return .string(ErrorCatalogue.entry(told.code).detail)
        }
        return .array(
            told.complaints.map { complaint in
                [
                    "type": .string(complaint.code),
                    "loc": ["body", .string(name(complaint.field))],
                    "msg": .string(ErrorCatalogue.detail(complaint)),
                ]
            })
    }
}

extension ErrorCatalogue {
    /// The sentence about a field, with the figures of its rule.
    static func detail(_ complaint: Complaint) -> String {
        entry(complaint.code).detail(complaint.parameters)
    }
}
