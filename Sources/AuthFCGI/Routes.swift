/// Every endpoint of the service.
enum Routes {
    static let all: [Route] =
        SessionRoutes.all + ConfirmRoutes.all + UserRoutes.all + ExportRoutes.all + VerificationRoutes.all
        + EmailRoutes.all + PasswordRoutes.all + RecoveryRoutes.all + DisownRoutes.all + FormRoutes.all
        + HealthRoutes.all + PageRoutes.all

    /// The same with the profiles that are mounted.
    static func all(with compat: Settings.Compat) -> [Route] {
        all.map { $0.numbered(below: "") } + CompatRoutes.mounted(by: compat)
    }
}
