import Domain
import Glibc

extension NetworkAddress {
    /// Reads an address as nginx writes it; nil for anything else, such as the `unix:` of a local client.
    init?(parsing text: String) {
        guard !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 {
            self.init(bytes: Array(bytes.prefix(4)))
        } else if inet_pton(AF_INET6, text, &bytes) == 1 {
            self.init(bytes: bytes)
        } else {
            return nil
        }
    }

    /// The usual text; an IPv4 address in dotted form.
    var text: String {
        let size = Int(INET6_ADDRSTRLEN)
        var buffer = [CChar](repeating: 0, count: size)
        let source = isIPv4 ? Array(bytes.suffix(4)) : bytes
        inet_ntop(isIPv4 ? AF_INET : AF_INET6, source, &buffer, socklen_t(size))
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
