internal import ArgumentParser
internal import Domain
internal import Glibc

/// `authfcgi top`.
struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Watch pools, rates and times as they change; q ends it.",
        discussion: "Without a terminal, or with --once, it prints what happened in one interval and ends.")

    @OptionGroup var supervisor: SupervisorOptions

    @Option(help: "Seconds between two readings, 0.1 to 60.")
    var interval = 1.0

    @Flag(help: "Print one interval as text, and end.")
    var once = false

    func validate() throws {
        guard (0.1...60).contains(interval) else { throw ValidationError("--interval takes 0.1 to 60 seconds") }
    }

    func run() throws {
        let client = try supervisor.client()
        let first = try telling { () throws(Failure) in try Reading(client) }
        if !once, try telling({ () throws(Failure) in try watch(client, from: first) }) { return }
        usleep(UInt32(interval * 1_000_000))
        let second = try telling { () throws(Failure) in try Reading(client) }
        print(second.frame(since: first).lines.joined(separator: "\n"))
    }

    /// False when this is no terminal.
    private func watch(_ client: ControlClient, from first: Reading) throws(Failure) -> Bool {
        guard let screen = try LiveScreen() else { return false }
        var last = first
        screen.show(["the first interval is being measured; q ends"])
        var due = Monotonic.now
        while true {
            due = max(due + Int64(interval * 1000), Monotonic.now)
            while due > Monotonic.now {
                switch screen.wait(milliseconds: due - Monotonic.now) {
                case .end, .key(UInt8(ascii: "q")), .key(UInt8(ascii: "Q")), .key(0x03), .key(0x04): return true
                case .key, .time: continue
                }
            }
            do throws(Failure) {
                let next = try Reading(client)
                screen.show(next.frame(since: last).lines)
                last = next
            } catch {
                // It may be starting anew: whoever watches wants to see that.
                screen.show(["\(CommandError(error).description)", "", "trying again; q ends"])
            }
        }
    }
}

/// What the supervisor said, and when.
private struct Reading {
    let report: MetricsReport
    let at: Int64

    init(_ client: ControlClient) throws(Failure) {
        report = try client.metrics()
        at = Monotonic.now
    }

    func frame(since before: Reading) -> TopFrame {
        TopFrame(before: before.report, after: report, seconds: Double(max(1, at - before.at)) / 1000)
    }
}
