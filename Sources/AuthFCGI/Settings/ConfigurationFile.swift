internal import CConfig
internal import Glibc

/// One value of a settings file, with the place where it stands.
struct WrittenSetting: Sendable, Equatable {
    let path: String
    let value: SettingValue
    let place: SettingPlace
}

/// A settings file as libconfig reads it, flattened to dotted paths.
///
/// A group that is no group of settings is one entry without a value that any setting accepts, so that one slip
/// is one complaint.
struct ConfigurationFile {
    private(set) var settings: [WrittenSetting] = []
    private(set) var problems: [SettingsProblem] = []
    private let path: String
    private let directory: String

    init(path: String) {
        self.path = path
        directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
        var config = config_t()
        config_init(&config)
        defer { config_destroy(&config) }
        // `@include` means a file beside the one that includes it, wherever the command was started.
        config_set_include_dir(&config, directory)
        guard let stream = fopen(path, "re") else {
            add(nil, line: 0, "cannot be read: \(String(cString: strerror(errno)))")
            return
        }
        defer { fclose(stream) }
        guard config_read(&config, stream) == CONFIG_TRUE, let root = config.root else {
            let text = config.error_text.map { String(cString: $0) } ?? "not readable"
            add(
                config.error_file, line: config.error_line,
                "\(text); a group is `name = { … };`, a value `name = value;`")
            return
        }
        flatten(root, below: "")
    }

    private mutating func add(_ file: UnsafePointer<CChar>?, line: Int32, _ message: String) {
        problems.append(SettingsProblem(place: place(file, Int(line)), key: "", message: message))
    }

    /// libconfig calls an included file as it was written, and the file itself by no name.
    private func place(_ file: UnsafePointer<CChar>?, _ line: Int) -> SettingPlace {
        guard let name = file.map({ String(cString: $0) }) else { return .file(path, line: line) }
        return .file(name.hasPrefix("/") ? name : directory + name, line: line)
    }

    private mutating func flatten(_ group: UnsafeMutablePointer<config_setting_t>, below prefix: String) {
        for index in 0..<config_setting_length(group) {
            guard let setting = config_setting_get_elem(group, UInt32(index)), let name = setting.pointee.name else {
                continue
            }
            let path = prefix + String(cString: name)
            if Int32(setting.pointee.type) == CONFIG_TYPE_GROUP, SettingsTable.isGroup(path) {
                flatten(setting, below: path + ".")
            } else {
                let place = place(setting.pointee.file, Int(setting.pointee.line))
                settings.append(WrittenSetting(path: path, value: Self.value(of: setting), place: place))
            }
        }
    }

    private static func value(of setting: UnsafeMutablePointer<config_setting_t>) -> SettingValue {
        switch Int32(setting.pointee.type) {
        case CONFIG_TYPE_INT: .integer(Int(config_setting_get_int(setting)))
        case CONFIG_TYPE_INT64: .integer(Int(config_setting_get_int64(setting)))
        case CONFIG_TYPE_STRING: .text(config_setting_get_string(setting).map { String(cString: $0) } ?? "")
        case CONFIG_TYPE_BOOL: .flag(config_setting_get_bool(setting) == CONFIG_TRUE)
        case CONFIG_TYPE_ARRAY, CONFIG_TYPE_LIST:
            .list(
                (0..<config_setting_length(setting)).compactMap { index in
                    config_setting_get_elem(setting, UInt32(index)).map { value(of: $0) }
                })
        default: .other
        }
    }
}
