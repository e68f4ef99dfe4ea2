import Domain
import Persistence
import Support
import Testing

@Suite struct StoreTests {
    @Test func `a store connects, answers and knows its schema`() throws {
        try withStore { store throws in
            try store.ping()
            #expect(try store.schemaVersion() == 1)
        }
    }
}
