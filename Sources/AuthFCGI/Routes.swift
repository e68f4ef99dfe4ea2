/// Every endpoint of the service.
enum Routes {
    static let all: [Route] =
        SessionRoutes.all + UserRoutes.all + PasswordRoutes.all + FormRoutes.all + HealthRoutes.all
        + PageRoutes.all

    /// The same with the profiles that are mounted.
    static func all(with compat: Settings.Compat) -> [Route] {
        all.map { $0.numbered(below: "") } + CompatRoutes.mounted(by: compat)
    }
}
