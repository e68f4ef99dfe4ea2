import Foundation
import Testing

@testable import AuthFCGI

@Suite(.serialized) struct MetricsProcessTests {
    @Test func `without a database the numbers are told all the same`() throws {
        let service = try RunningService()
        let text = try #require(service.get("/auth/metrics")).text
        #expect(text.hasPrefix("Status: 200 OK\r\n"))
        #expect(text.contains("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
        #expect(text.contains("\nauthfcgi_database_up 0\n"))
        #expect(!text.contains("mail_outbox"))
        #expect(text.contains("\nauthfcgi_workers{pool=\"web\",state=\"ready\"} 2\n"))
        #expect(text.contains("\nauthfcgi_queue{pool=\"web\"} 0\n"))
    }

    @Test func `connections that wait are counted`() throws {
        let service = try RunningService()
        let client = ControlClient(runDirectory: service.runDirectory)
        for worker in service.ready(.login) { kill(worker, SIGSTOP) }
        let peers = try (0..<3).map { _ in try RawPeer(service.runDirectory + "/login.sock") }
        #expect(try client.metrics().queues[.login] == 3)
        for worker in service.ready(.login) { kill(worker, SIGCONT) }
        #expect(eventually { (try? client.metrics().queues[.login]) == 0 })
        withExtendedLifetime(peers) {}
    }
}
