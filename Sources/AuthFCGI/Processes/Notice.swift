internal import CSystem
internal import Glibc

/// What a supervisor tells whoever started it, by the protocol of sd_notify(3): one datagram, and nobody waits for it.
///
/// Without `NOTIFY_SOCKET` nobody wants to know. The variable stays: the program that a reload brings reads it again,
/// under the same process id.
enum Notice {
    case ready(generation: Int)
    case reloading
    case stopping

    func send() {
        guard let path = getenv("NOTIFY_SOCKET"), path[0] == UInt8(ascii: "/") || path[0] == UInt8(ascii: "@") else {
            return
        }
        _ = system_send_datagram(path, text)
    }

    var text: String {
        switch self {
        case .ready(let generation): "READY=1\nSTATUS=generation \(generation) serves"
        // systemd 253 wants to know when the reload began; older ones take no notice.
        case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(Monotonic.now * 1000)\nSTATUS=reloading"
        case .stopping: "STOPPING=1\nSTATUS=the workers finish"
        }
    }
}
