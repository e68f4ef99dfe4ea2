import Domain
import JSON

enum ExportRoutes {
    static let all: [Route] = [
        .post(
            "/me/export", .user, fields: [],
            "Everything that is stored about oneself; the sign-in has to be fresh. No GET, because it is recorded.",
            read)
    ]

    static func read(_ exchange: inout Exchange) throws(Failure) -> Response {
        let export = try exchange.app.users.exportOwn(
            try exchange.signedIn(), from: exchange.origin, in: &exchange.store)
        var response = Response.json(ExportJSON.of(export))
        response.add("Content-Disposition", "attachment; filename=\"account.json\"")
        return response
    }
}
