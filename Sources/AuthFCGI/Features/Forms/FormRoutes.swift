import Domain
import JSON

/// What pages of others need around their forms.
enum FormRoutes {
    static let all: [Route] = [
        .get("/flash", .anyone, "What the last refused form of this browser held; once.", flash),
        .get("/errors", .anyone, "Every code with its texts.", errors),
    ]

    static func flash(_ exchange: inout Exchange) throws(Failure) -> Response {
        let kept = exchange.app.flash.open(exchange.request[.cookie], at: exchange.app.clock.now())
        var value: JSONValue = [
            "error": kept.map { .string($0.code) } ?? .null,
            "field": kept?.field.map(JSONValue.string) ?? .null,
            "detail": kept.map { .string(ErrorCatalogue.entry($0.code).detail) } ?? .null,
        ]
        value["values"] = .object(JSONObject((kept?.values ?? []).map { ($0.name, .string($0.value)) }))
        var response = Response.json(value)
        if kept != nil { response.add("Set-Cookie", exchange.app.flash.expired) }
        return response
    }

    static func errors(_ exchange: inout Exchange) throws(Failure) -> Response {
        .json(
            .object(
                JSONObject(
                    ErrorCatalogue.entries.map { entry in
                        (entry.code, ["title": .string(entry.title), "detail": .string(entry.detail)])
                    })))
    }
}
