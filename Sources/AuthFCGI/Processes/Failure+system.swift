internal import Domain
internal import Glibc

extension Failure {
    /// Something that the machine refused; `call` says what was tried, on what. No client is ever told of it.
    static func system(_ call: String, code: Int32 = 0, file: String = #fileID, line: Int = #line) -> Failure {
        let reason = code == 0 ? "" : ": " + String(cString: strerror(code))
        return .defect(call + reason, file: file, line: line)
    }

    /// One line for the log of a process.
    var line: String {
        switch self {
        case .refused(let refusal): refusal.code
        case .fault(let fault): "\(fault.summary) (\(fault.place))"
        }
    }
}
