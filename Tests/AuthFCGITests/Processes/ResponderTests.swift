import Crypto
import Domain
import Persistence
import Support
import Testing

@testable import AuthFCGI

@Suite struct ResponderTests {
    @Test func `a worker that leaves has time to write what it counted, whatever its last request took`() throws {
        try withSchema { schema throws in
            var store = schema.store()
            let service = Service()
            let now = service.clock.now()
            let origin = Origin(address: .local, userAgent: "Test/1.0", requestID: RequestID(at: now))
            let event = AuditEvent(.limited, by: .anonymous, from: origin, at: now)
            for _ in 0..<3 { try store.recordRefusal(bucket: .sha256(of: []), event) }
            store.beginRequest(after: .seconds(600))
            var responder = PipelineResponder(pipeline: service.pipeline(.login), store: store)
            responder.finish()
            #expect(try RootConnection(schema.root).rows("SELECT repeats FROM audit_refusals") == [["3"]])
        }
    }
}
