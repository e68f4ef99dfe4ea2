internal import Foundation
internal import Synchronization

/// One connection through the proxy, with one thread for both ways.
///
/// The protocol is question and answer, so a statement is caught by its text: that of COM_QUERY, or that with which the
/// statement was prepared whose number COM_STMT_EXECUTE names.
final class ProxiedConnection: @unchecked Sendable {
    private let client: Int32
    private let server: Int32
    /// The client's.
    private let process: Int32
    private let proxy: FaultProxy
    private var questions = PacketBuffer()
    private var answers = PacketBuffer()
    /// Texts of prepared statements by their numbers.
    private var prepared: [UInt32: String] = [:]
    private var preparing: String?
    /// What catches the next answer.
    private var snare: FaultProxy.Snare?

    init(client: Int32, server: Int32, proxy: FaultProxy) {
        self.client = client
        self.server = server
        process = Descriptors.peer(of: client)
        self.proxy = proxy
    }

    func run() {
        proxy.state.withLock { $0.counts.open += 1 }
        while pass() {}
        close(client)
        close(server)
        proxy.state.withLock { $0.counts.open -= 1 }
    }

    /// Takes what there is on either side, and sends it on. False when the connection is over.
    private func pass() -> Bool {
        var ends = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard poll(&ends, 2, 200) >= 0 else { return false }
        let (isOver, weather) = proxy.state.withLock { ($0.isOver, $0.weather) }
        if isOver || weather == .refusing { return false }
        if ends[0].revents != 0, !ask(weather) { return false }
        return ends[1].revents == 0 || answer(weather)
    }

    private func ask(_ weather: FaultProxy.Weather) -> Bool {
        guard let bytes = Descriptors.read(client) else { return false }
        if weather == .silent {
            proxy.state.withLock { $0.counts.swallowed += 1 }
            return true
        }
        if case .slow(let delay, _) = weather { wait(delay) }
        if isStruck(by: weather) { return false }
        questions.append(bytes)
        while let packet = questions.next() {
            if case .deaf(let beginning) = weather, statement(of: packet)?.hasPrefix(beginning) == true {
                proxy.state.withLock { $0.counts.swallowed += 1 }
                continue
            }
            guard meet(packet), Descriptors.write(packet, to: server) else { return false }
        }
        return true
    }

    private func answer(_ weather: FaultProxy.Weather) -> Bool {
        guard let bytes = Descriptors.read(server) else { return false }
        guard weather != .silent else { return true }
        if let snare {
            self.snare = nil
            guard spring(snare) else { return false }
        }
        if case .slow(_, let delay) = weather { wait(delay) }
        if isStruck(by: weather) { return false }
        answers.append(bytes)
        while let packet = answers.next() {
            note(answer: packet)
            guard Descriptors.write(packet, to: client) else { return false }
        }
        return true
    }

    private func wait(_ delay: Duration) {
        guard delay > .zero else { return }
        proxy.state.withLock { $0.counts.delays += 1 }
        usleep(UInt32(delay / .microseconds(1)))
    }

    private func isStruck(by weather: FaultProxy.Weather) -> Bool {
        guard case .stormy(let count) = weather, Int.random(in: 0..<count) == 0 else { return false }
        proxy.state.withLock { $0.counts.resets += 1 }
        return true
    }

    /// Looks at a packet of the client. False when the connection ends here.
    private func meet(_ packet: [UInt8]) -> Bool {
        // A command begins its exchange; what the client says in a handshake has higher numbers.
        guard packet.count > 4, packet[3] == 0, let text = statement(of: packet) else { return true }
        let caught = proxy.state.withLock { state -> FaultProxy.Snare? in
            state.statements?.append(FaultProxy.Statement(process: process, text: text))
            guard let snare = state.snare, snare.fits(text, of: process) else { return nil }
            guard snare.spared == 0 else {
                state.snare?.spared -= 1
                return nil
            }
            state.snare = nil
            return snare
        }
        guard let caught else { return true }
        if caught.moment == .beforeServer { return spring(caught) }
        snare = caught
        return true
    }

    /// The text of a statement that a packet runs; nil for everything else.
    private func statement(of packet: [UInt8]) -> String? {
        switch packet[4] {
        case 0x03: return String(decoding: packet[5...], as: UTF8.self)
        case 0x16:
            preparing = String(decoding: packet[5...], as: UTF8.self)
            return nil
        case 0x17: return packet.count >= 9 ? prepared[PacketBuffer.number(packet[5..<9])] : nil
        default: return nil
        }
    }

    /// The first answer to a preparation gives the statement its number.
    private func note(answer packet: [UInt8]) {
        guard let text = preparing else { return }
        preparing = nil
        if packet.count >= 9, packet[4] == 0 { prepared[PacketBuffer.number(packet[5..<9])] = text }
    }

    /// Does what a snare does. False when that ends the connection.
    private func spring(_ snare: FaultProxy.Snare) -> Bool {
        proxy.state.withLock { state in
            state.counts.caught += 1
            state.isHolding = snare.act == .hold || snare.act == .strand
        }
        if snare.act == .cut { return false }
        if case .late(let delay) = snare.act {
            shutdown(client, Int32(SHUT_RDWR))
            usleep(UInt32(delay / .microseconds(1)))
            return true
        }
        if snare.act == .strand { shutdown(client, Int32(SHUT_RDWR)) }
        while proxy.state.withLock({ $0.isHolding && !$0.isOver && $0.weather != .refusing }) {
            if snare.act == .hold, Descriptors.isClosed(client) { return false }
            usleep(2000)
        }
        return snare.act == .hold && proxy.weather != .refusing
    }
}

/// Bytes of one direction, cut into packets: three bytes of length, one of number, the content.
struct PacketBuffer {
    private var bytes: [UInt8] = []

    mutating func append(_ more: [UInt8]) { bytes += more }

    /// The next whole packet with its head.
    mutating func next() -> [UInt8]? {
        guard bytes.count >= 4 else { return nil }
        let count = 4 + Int(bytes[0]) + Int(bytes[1]) << 8 + Int(bytes[2]) << 16
        guard bytes.count >= count else { return nil }
        defer { bytes.removeFirst(count) }
        return Array(bytes[..<count])
    }

    /// Four bytes, the lowest first.
    static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}

private enum Descriptors {
    /// Nil at the end.
    static func read(_ number: Int32) -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = recv(number, &chunk, chunk.count, 0)
        return count > 0 ? Array(chunk[..<count]) : nil
    }

    static func write(_ bytes: [UInt8], to number: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// The process at the other end of a unix socket.
    static func peer(of number: Int32) -> Int32 {
        // struct ucred: process, user, group.
        var credentials: [Int32] = [0, 0, 0]
        var size = socklen_t(12)
        getsockopt(number, SOL_SOCKET, SO_PEERCRED, &credentials, &size)
        return credentials[0]
    }

    static func isClosed(_ number: Int32) -> Bool {
        var byte: UInt8 = 0
        let count = recv(number, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        return count == 0 || count < 0 && errno != EAGAIN
    }
}
