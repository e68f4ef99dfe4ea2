internal import CSystem
internal import Crypto
internal import Domain
internal import Glibc
internal import JSON

/// The settings of a generation in memory that processes inherit: a worker that is started later works with the same
/// ones as the others, whatever stands in the file by then.
struct SettingsSnapshot {
    let descriptor: Descriptor

    init(_ descriptor: Descriptor) {
        self.descriptor = descriptor
    }

    /// - Parameter written: what was read, from which source ever; a later one wins.
    init(of written: [WrittenSetting]) throws(Failure) {
        let pairs = written.compactMap { setting in
            setting.value.json.map { value -> JSONValue in [.string(setting.path), value] }
        }
        var bytes = JSONValue.array(pairs).encoded()
        defer { wipe(&bytes) }
        descriptor = try Descriptor(system_file_create(bytes, bytes.count), from: "memfd_create")
    }

    func settings() throws(Failure) -> Settings {
        var bytes = try content()
        defer { wipe(&bytes) }
        guard case .array(let pairs)? = try? JSONValue.parse(bytes) else {
            throw .defect("the settings that were handed over are not readable")
        }
        let written = pairs.compactMap { pair -> WrittenSetting? in
            guard case .array(let parts) = pair, parts.count == 2, case .string(let path) = parts[0] else { return nil }
            return WrittenSetting(path: path, value: SettingValue(parts[1]), place: .handedOver)
        }
        do throws(SettingsProblems) {
            return try SettingsFile.load(written)
        } catch {
            throw .unusable(error.description)
        }
    }

    private func content() throws(Failure) -> [UInt8] {
        let size = lseek(descriptor.number, 0, Int32(SEEK_END))
        guard size >= 0 else { throw .system("lseek", code: errno) }
        var bytes = [UInt8](repeating: 0, count: size)
        // Not read(2): all processes share one position.
        guard pread(descriptor.number, &bytes, size, 0) == size else { throw .system("pread", code: errno) }
        return bytes
    }
}

extension SettingValue {
    /// Nil for what no setting accepts. What stood in a variable is an object: its text means another thing.
    fileprivate var json: JSONValue? {
        switch self {
        case .integer(let number): .integer(Int64(number))
        case .text(let text): .string(text)
        case .flag(let flag): .bool(flag)
        case .list(let values): .array(values.compactMap(\.json))
        case .variable(let text): ["variable": .string(text)]
        case .other: nil
        }
    }

    fileprivate init(_ json: JSONValue) {
        switch json {
        case .integer(let number): self = .integer(Int(number))
        case .string(let text): self = .text(text)
        case .bool(let flag): self = .flag(flag)
        case .array(let values): self = .list(values.map { SettingValue($0) })
        default:
            if case .string(let text)? = json["variable"] { self = .variable(text) } else { self = .other }
        }
    }
}
