import Domain
import Logging
import Support
import Testing

@testable import AuthFCGI

/// The examples are those of W3C Trace Context, and what its section 3.2.2 forbids.
@Suite struct TraceParentTests {
    private static let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test(arguments: [
        good, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff",
        // Of a version to come: what follows is not ours to read.
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-will-be-like",
        "fe-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
    ])
    func `a well-formed header names the trace and the span`(text: String) {
        #expect(TraceParent(text)?.traceID == "0af7651916cd43dd8448eb211c80319c")
        #expect(TraceParent(text)?.parentID == "b7ad6b7169203331")
    }

    @Test(arguments: [
        "", "00", good + "-", good + "-00", good + " ", " " + good, good.uppercased(), good + ", " + good,
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "0A-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333é-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.what",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
    ])
    func `anything else is as if it had not been sent`(text: String) {
        #expect(TraceParent(text) == nil)
    }

    @Test func `lines of the log carry the trace, and only where there is one`() {
        let id = RequestID(at: .test)
        let traced = Request(id: id, parameters: FixedParameters([.traceParent: Self.good]), body: .complete([]))
        #expect(
            traced.logged == [
                "request_id": "\(id)", "trace_id": "0af7651916cd43dd8448eb211c80319c", "parent_id": "b7ad6b7169203331",
            ])
        let plain = Request(id: id, parameters: FixedParameters([.traceParent: "00-1"]), body: .complete([]))
        #expect(plain.logged == ["request_id": "\(id)"])
    }
}
