import Domain
import JSON
import Persistence

enum HealthRoutes {
    static let all: [Route] = [
        .get("/healthz", .anyone, "Whether a worker answers.", live),
        .get("/readyz", .anyone, "Whether requests can be served: database and schema.", ready),
        .get("/db-test/ping", .anyone, rooted: true, "The same under the name other systems use.", ready),
    ]

    static func live(_ exchange: inout Exchange) throws(Failure) -> Response {
        .json(["status": "ok"])
    }

    static func ready(_ exchange: inout Exchange) throws(Failure) -> Response {
        try exchange.store.ping()
        return .json(["status": "ok"])
    }
}
