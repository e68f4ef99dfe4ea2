import Domain
import JSON
import Persistence

enum HealthRoutes {
    static let all: [Route] = [
        .get("/healthz", .anyone, "Whether a worker answers.", live),
        .get("/readyz", .anyone, "Whether requests can be served: database and schema.", ready),
        .get("/metrics", .anyone, "The numbers of all workers, as Prometheus reads them.", metrics),
        .get("/db-test/ping", .anyone, rooted: true, "The same under the name other systems use.", ready),
    ]

    static func live(_ exchange: inout Exchange) throws(Failure) -> Response {
        .json(["status": "ok"])
    }

    static func ready(_ exchange: inout Exchange) throws(Failure) -> Response {
        try exchange.store.ping()
        return .json(["status": "ok"])
    }

    /// Answers without a database too: then is the time to look.
    static func metrics(_ exchange: inout Exchange) throws(Failure) -> Response {
        let report: MetricsReport
        do throws(Failure) {
            report = try exchange.app.supervisor.metrics()
        } catch {
            throw .fault(Fault(.unavailable(code: "service_busy", retryAfter: .seconds(1)), error.line))
        }
        let outbox = try? exchange.store.undeliveredMessages(upTo: MetricsText.outboxLimit)
        let text = MetricsText.of(report, MetricsText.Stored(outbox: outbox))
        var response = Response(200, body: Array(text.utf8))
        response.add("Content-Type", MetricsText.contentType)
        return response
    }
}
