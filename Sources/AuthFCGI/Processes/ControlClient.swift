internal import CSystem
internal import Domain
internal import Glibc

/// What a command asks the supervisor.
enum ControlRequest: Equatable {
    case status
    case metrics
    case scale(Pool, Int)

    var text: String {
        switch self {
        case .status: "status"
        case .metrics: "metrics"
        case .scale(let pool, let count): "scale \(pool.rawValue) \(count)"
        }
    }

    /// Nil when the text asks for nothing that there is.
    init?(_ text: String) {
        let words = text.split(separator: " ")
        if words == ["status"] {
            self = .status
        } else if words == ["metrics"] {
            self = .metrics
        } else if words.count == 3, words[0] == "scale", let pool = Pool(rawValue: String(words[1])),
            let count = Int(words[2])
        {
            self = .scale(pool, count)
        } else {
            return nil
        }
    }
}

/// Talks to the supervisor of a run directory.
struct ControlClient {
    let runDirectory: String
    /// Milliseconds for each step: a worker asks too, and a supervisor that stands still must not hold it up.
    private static let patience: Int32 = 2000

    func status() throws(Failure) -> StatusReport {
        let answer = try ask(.status)
        guard let report = StatusReport(answer) else {
            throw .system("the supervisor speaks another version: \(answer)")
        }
        return report
    }

    func metrics() throws(Failure) -> MetricsReport {
        let answer = try ask(.metrics)
        guard let report = MetricsReport(answer) else { throw .system("the supervisor speaks another version") }
        return report
    }

    func scale(_ pool: Pool, to count: Int) throws(Failure) {
        let answer = try ask(.scale(pool, count))
        guard answer == "ok" else { throw .system(String(answer.drop { $0 != " " }.dropFirst())) }
    }

    private func ask(_ request: ControlRequest) throws(Failure) -> String {
        let path = RunDirectory.controlPath(in: runDirectory)
        let connection = try Descriptor(
            system_connect(path, 1, Self.patience), from: "the supervisor cannot be reached at \(path)")
        let message = Array(request.text.utf8)
        guard send(connection.number, message, message.count, Int32(MSG_NOSIGNAL)) == message.count else {
            throw .system("send \(path)", code: errno)
        }
        var answer = [UInt8](repeating: 0, count: 192 * 1024)
        let count = recv(connection.number, &answer, answer.count, 0)
        guard count > 0 else { throw .system("the supervisor did not answer at \(path)") }
        return String(decoding: answer[..<count], as: UTF8.self)
    }
}
